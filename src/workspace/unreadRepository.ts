import { lstat, readdir, stat } from 'node:fs/promises';
import { delimiter, dirname, join, sep } from 'node:path';
import { GitError, type GitErrorCode } from './gitError.ts';

/**
 * A repository that lies here and that git does not read. What is committed in it is not known, which is no leave to do
 * without: a rule that was merged would be lost by one broken line of configuration.
 */
export interface UnreadRepository {
  /** Absolute path of its `.git`. */
  readonly mark: string;
  /** Why git does not read it, and what to do: one sentence or more, without the place. */
  readonly problem: string;
}

/**
 * The nearest `.git` of a folder, as far up as git itself looks: on the same disk, and not beyond the folders of
 * `GIT_CEILING_DIRECTORIES`. Undefined where there is none, and inside one.
 *
 * @param folder absolute, with links resolved
 */
export async function nearestMark(
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const ceilings = new Set(
    (environment['GIT_CEILING_DIRECTORIES'] ?? '').split(delimiter).filter((path) => path !== ''),
  );
  const disk = await deviceOf(folder);
  for (let current = folder; ; current = dirname(current)) {
    if (current !== folder && (ceilings.has(current) || (await deviceOf(current)) !== disk)) return undefined;
    const mark = join(current, '.git');
    if (await isMark(mark)) return `${folder}${sep}`.startsWith(`${mark}${sep}`) ? undefined : mark;
    if (dirname(current) === current) return undefined;
  }
}

/** A file or link that leads to a repository, or a folder that holds anything: git passes over an empty one too. */
async function isMark(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined); // none here: the next folder up may have one
  if (!found?.isDirectory()) return found !== undefined;
  // One that cannot be listed is not known to be empty.
  return readdir(path).then(
    (names) => names.length > 0,
    () => true,
  );
}

async function deviceOf(folder: string): Promise<number | undefined> {
  return stat(folder).then(
    ({ dev }) => dev,
    () => undefined, // gone meanwhile: of no disk
  );
}

/** Why git does not read a repository that is there, for people. */
export function unreadProblem(reason: GitErrorCode | 'elsewhere', root: string, told: string | undefined): string {
  switch (reason) {
    case 'not-trusted':
      return `git does not trust this folder because it belongs to another user. If you trust it, run: git config --global --add safe.directory "${root}"`;
    case 'missing':
      return 'git was not found. Install git 2.31 or newer, or name it in the settings.';
    case 'too-old':
      return 'git is too old. Install git 2.31 or newer, or name one in the settings.';
    case 'elsewhere':
      return 'Its configuration names another folder as its working tree (core.worktree). Open that folder, or correct the configuration.';
    case 'not-a-repository':
      return 'git finds no repository with a working tree in it: HEAD is missing or broken, or the configuration says that it is bare (core.bare). "git status" says more.';
    case 'deadline':
      return 'git did not answer in time. Try "git status" there.';
    case 'aborted':
    case 'too-much-output':
    case 'failed':
      return `${told ?? 'git failed.'} Try "git status" there.`;
    default:
      return reason satisfies never;
  }
}

/** What an unread repository leaves unknown, as an error. */
export function unreadError({ mark, problem }: UnreadRepository, reason: GitErrorCode | 'elsewhere'): GitError {
  return new GitError(reason === 'elsewhere' ? 'failed' : reason, `The repository ${mark} cannot be read. ${problem}`);
}
