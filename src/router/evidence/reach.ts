import { posix } from 'node:path';
import { findGlobProblem, globSet } from '../../policy/glob.ts';
import type { GuardedFiles } from './guardedFiles.ts';
import type { Mention } from './mention.ts';

/** Files that a narrow folder or pattern has at most: whoever prints what is in it means all of them. */
const narrow = 20;
/** Patterns that are tried for one request; each is held against every file. */
export const mostPatterns = 50;
/** The whole workspace is no aim. */
const everything = /^(?:\.?\/)?(?:\*{1,2}(?:\/\*{0,2})*)?$/;

/**
 * The guarded files that are read by printing, or by giving to a command, a whole folder or pattern. All of them are
 * where half of what it covers is guarded, or where it is narrow and printed (a shell writes a pattern out, too).
 * A wide one, such as a search in all of `src`, is judged by what it gave back: else no search would ever be served beside
 * a guarded file.
 */
export function reachedFiles(covered: readonly string[], { paths }: GuardedFiles, reach: Mention['reach']): string[] {
  if (reach === 'listed') return [];
  const guarded = covered.filter((path) => paths.has(path));
  const isAimed = guarded.length * 2 >= covered.length || (reach === 'printed' && covered.length <= narrow);
  return isAimed ? guarded : [];
}

/** The files under a folder, repository-relative. */
export function filesUnder(folder: string, { present }: GuardedFiles): readonly string[] {
  return present.paths.filter((path) => path.startsWith(`${folder}/`));
}

/** The files that a pattern means; none where it is no pattern or means the whole workspace. */
export function filesOf(written: string, { present }: GuardedFiles, root: string): readonly string[] {
  const inRoot = written.startsWith(`${root}/`) ? written.slice(root.length + 1) : written;
  const pattern = posix.normalize(inRoot);
  if (!/[*?[{]/.test(pattern) || everything.test(pattern)) return [];
  if (findGlobProblem(pattern)?.deadly === true) return [];
  const set = globSet(0, [pattern]);
  return present.paths.filter((path) => set.test(path));
}
