import { chunks } from './blobs.ts';
import { withoutFilters } from './filters.ts';
import { type GitProgram, runGit } from './git.ts';
import { GitError } from './gitError.ts';
import { limits } from './limits.ts';
import { NO_DEFAULT_BRANCH } from './mergedBranch.ts';
import { type AskGit, countDiff } from './numstat.ts';
import type { Head } from './repository.ts';

/** What a change is measured against; `session` of a policy is `head` for the session's own paths. */
export type DiffBase = 'head' | 'staged' | 'merge-base';

/** A base that git can compare with. */
export type ResolvedBase =
  | { readonly kind: 'commit'; readonly commit: string; readonly staged: boolean }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Lines of one file. Left out: unknown. A file that is binary by its name has 0 of each. */
export interface LineChange {
  readonly added?: number;
  readonly deleted?: number;
  readonly binary?: true;
}

/** A path that differs from HEAD. A rename is two: the old path deleted, the new one added. */
export interface ChangedPath {
  readonly path: string;
  readonly kind: 'modified' | 'added' | 'deleted' | 'untracked' | 'conflicted';
  /** Whether the index has a change of it. */
  readonly staged: boolean;
}

interface Place {
  readonly git: GitProgram;
  readonly root: string;
}

/**
 * The tree that a change is measured against. A repository without a commit is measured against nothing, so all is added.
 *
 * @throws {GitError}
 */
export async function resolveBase(
  { git, root }: Place,
  head: Head,
  base: DiffBase,
  signal?: AbortSignal,
): Promise<ResolvedBase> {
  const staged = base === 'staged';
  if (head.commit === undefined) {
    // The empty tree's name depends on the repository's hash function; git knows it without storing it.
    const output = await runGit(git, { cwd: root, args: ['hash-object', '-t', 'tree', '--stdin'], signal });
    return { kind: 'commit', commit: output.toString('utf8').trim(), staged };
  }
  if (base !== 'merge-base') return { kind: 'commit', commit: head.commit, staged };
  if (head.defaultBranch === undefined) {
    return { kind: 'unknown', reason: NO_DEFAULT_BRANCH };
  }
  const args = ['merge-base', head.commit, head.defaultBranch.commit];
  const output = (await runGit(git, { cwd: root, args, signal, answers: [1] })).toString('utf8').trim();
  if (output === '') return { kind: 'unknown', reason: `HEAD shares no history with ${head.defaultBranch.ref}.` };
  return { kind: 'commit', commit: output, staged };
}

/**
 * Added and deleted lines of tracked files against a base: of these paths, or of all. A file that git does not track or that
 * does not differ is not in the answer.
 *
 * @throws {GitError}
 */
export async function countTracked(
  { git, root }: Place,
  base: ResolvedBase & { kind: 'commit' },
  paths: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<Map<string, LineChange>> {
  const counted = new Map<string, LineChange>();
  if (paths?.length === 0) return counted;
  const walk = paths === undefined || paths.length > limits.pathsPerWalk;
  const config = base.staged ? [] : await withoutFilters(git, root, signal);
  const sides = [...(base.staged ? ['--cached'] : []), base.commit];
  const deadlineMs = walk ? limits.listDeadlineMs : limits.gitDeadlineMs;
  const ask: AskGit = async (args) =>
    (await runGit(git, { cwd: root, args, config, signal, deadlineMs })).toString('utf8');
  for (const chunk of walk ? [[]] : chunks(paths)) {
    for (const [path, change] of await countDiff(ask, sides, chunk)) counted.set(path, change);
  }
  if (paths === undefined || !walk) return counted;
  const wanted = new Set(paths);
  return new Map([...counted].filter(([path]) => wanted.has(path)));
}

/**
 * All tracked files of the working tree, as the index lists them.
 *
 * @throws {GitError}
 */
export async function listTracked({ git, root }: Place, signal?: AbortSignal): Promise<readonly string[]> {
  const output = await runGit(git, {
    cwd: root,
    args: ['ls-files', '-z'],
    signal,
    deadlineMs: limits.listDeadlineMs,
  });
  return [
    ...new Set(
      output
        .toString('utf8')
        .split('\0')
        .filter((path) => path !== ''),
    ),
  ];
}

/**
 * All paths that differ between two commits; a rename is two.
 *
 * @throws {GitError}
 */
export async function listBetween(
  { git, root }: Place,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to];
  const output = await runGit(git, { cwd: root, args, signal, deadlineMs: limits.listDeadlineMs });
  return output
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
}

/**
 * What git does not track, ignored or not: files, and folders of which it tracks nothing, which end in "/".
 *
 * @throws {GitError}
 */
export async function listUntracked({ git, root }: Place, signal?: AbortSignal): Promise<readonly string[]> {
  const args = ['ls-files', '-z', '--others', '--directory'];
  const output = await runGit(git, { cwd: root, args, signal, deadlineMs: limits.listDeadlineMs });
  return output
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
}

/** A text that was looked for, and a file that has it. */
export interface Occurrence {
  readonly path: string;
  readonly text: string;
}

/**
 * Where these texts, each without a line break, stand in the working tree's files, but for ignored and binary ones. Of
 * texts that overlap in a line, the one that begins first is found.
 *
 * @throws {GitError}
 */
export async function findTexts(
  { git, root }: Place,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Occurrence[]> {
  if (texts.length === 0) return [];
  const args = ['grep', '--untracked', '--no-color', '-I', '-z', '-F', '-o', '--full-name', '-f', '-'];
  const stdin = `${texts.join('\n')}\n`;
  const deadlineMs = limits.listDeadlineMs;
  const output = await runGit(git, { cwd: root, args, stdin, signal, deadlineMs, answers: [1] });
  return output
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const at = line.indexOf('\0');
      return at < 0 ? [] : [{ path: line.slice(0, at), text: line.slice(at + 1) }];
    });
}

/**
 * All paths that differ from HEAD, untracked ones included (ignored ones not): for callers whose editor cannot tell.
 *
 * @throws {GitError}
 */
export async function listChanged({ git, root }: Place, signal?: AbortSignal): Promise<readonly ChangedPath[]> {
  const output = await runGit(git, {
    cwd: root,
    args: [
      'status',
      '--porcelain=v2',
      '-z',
      '--untracked-files=all',
      '--no-renames',
      '--ignore-submodules=dirty',
      '--no-ahead-behind',
    ],
    config: await withoutFilters(git, root, signal),
    signal,
    deadlineMs: limits.listDeadlineMs,
  });
  return parseStatus(output.toString('utf8'));
}

/** Records of `git status --porcelain=v2 -z`, see git-status(1), "Porcelain Format Version 2". */
function parseStatus(output: string): ChangedPath[] {
  return output.split('\0').flatMap((record): ChangedPath[] => {
    if (record === '') return [];
    const tag = record[0];
    if (tag === '?') return [{ path: record.slice(2), kind: 'untracked', staged: false }];
    const columns = tag === '1' ? 8 : 10;
    const match = new RegExp(`^[1u] (.)(.) (?:[^ ]+ ){${columns - 2}}(.+)$`, 's').exec(record);
    if (match === null)
      throw new GitError('failed', `git status wrote a record that was not understood: ${record.slice(0, 80)}`);
    const [, index = '.', worktree = '.', path = ''] = match;
    return [{ path, kind: tag === 'u' ? 'conflicted' : changeKind(index, worktree), staged: index !== '.' }];
  });
}

function changeKind(index: string, worktree: string): ChangedPath['kind'] {
  if (worktree === 'D' || (index === 'D' && worktree === '.')) return 'deleted';
  return index === 'A' || worktree === 'A' ? 'added' : 'modified';
}
