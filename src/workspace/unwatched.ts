import { lstat } from 'node:fs/promises';
import { chunks } from './blobs.ts';
import { type GitProgram, runGit } from './git.ts';
import { limits } from './limits.ts';

/**
 * Files that git was told not to look at: `git update-index --assume-unchanged` and `--skip-worktree` take a change of them
 * out of every diff, so their lines are counted without git's comparison.
 */
export type Unwatched =
  /** Believed to be unchanged, also where it is gone. */
  | 'assumed'
  /** Left out of a sparse checkout: that it is not there is no change. */
  | 'skipped';

/** What git tracks of some paths, each with how it was told not to look at it, if it was. */
export type Tracked = ReadonlyMap<string, Unwatched | undefined>;

interface Place {
  readonly git: GitProgram;
  readonly root: string;
}

/**
 * Which of these paths git tracks (has in its index).
 *
 * @throws {GitError}
 */
export async function trackedOf(place: Place, paths: readonly string[], signal?: AbortSignal): Promise<Tracked> {
  if (paths.length > limits.pathsPerWalk) {
    const wanted = new Set(paths);
    return new Map([...(await list(place, [], signal))].filter(([path]) => wanted.has(path)));
  }
  const tracked = new Map<string, Unwatched | undefined>();
  for (const chunk of chunks(paths)) for (const [path, how] of await list(place, chunk, signal)) tracked.set(path, how);
  return tracked;
}

/**
 * All files that git was told not to look at.
 *
 * @throws {GitError}
 */
export async function listUnwatched(place: Place, signal?: AbortSignal): Promise<ReadonlyMap<string, Unwatched>> {
  const listed = await list(place, [], signal);
  return new Map([...listed].flatMap(([path, how]) => (how === undefined ? [] : [[path, how] as const])));
}

/** Those whose change git would not tell: what a sparse checkout leaves out does not count as deleted. */
export async function maybeChanged(
  root: string,
  unwatched: ReadonlyMap<string, Unwatched>,
): Promise<readonly string[]> {
  const isThere = presence(root);
  const found: string[] = [];
  for (const [path, how] of unwatched) if (how === 'assumed' || (await isThere(path))) found.push(path);
  return found;
}

async function list(
  { git, root }: Place,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Iterable<readonly [path: string, how: Unwatched | undefined]>> {
  const deadlineMs = paths.length === 0 ? limits.listDeadlineMs : limits.gitDeadlineMs;
  const args = ['ls-files', '-z', '-v', '--', ...paths];
  const output = await runGit(git, { cwd: root, args, signal, deadlineMs });
  return parseListing(output.toString('utf8'));
}

/** Records of `git ls-files -v -z`: a letter, a blank and the path. Small: assumed unchanged; S: skipped. */
function* parseListing(output: string): Generator<readonly [path: string, how: Unwatched | undefined]> {
  for (const record of output.split('\0')) {
    const tag = record[0];
    if (tag === undefined) continue;
    const how = tag === 'S' ? 'skipped' : tag >= 'a' && tag <= 'z' ? 'assumed' : undefined;
    // One that is both is left out of the checkout.
    yield [record.slice(2), tag === 's' ? 'skipped' : how];
  }
}

/** Whether a file is there. Of a folder that is not, as most are in a sparse checkout, nothing more is asked. */
function presence(root: string): (path: string) => Promise<boolean> {
  const folders = new Map<string, Promise<boolean>>([['', Promise.resolve(true)]]);
  const lies = (path: string): Promise<boolean> =>
    lstat(`${root}/${path}`).then(
      () => true,
      () => false, // not there, or not for us to see
    );
  const hasFolder = (folder: string): Promise<boolean> => {
    const known = folders.get(folder);
    if (known) return known;
    const answer = hasFolder(folderOf(folder)).then((isThere) => isThere && lies(folder));
    folders.set(folder, answer);
    return answer;
  };
  return async (path) => (await hasFolder(folderOf(path))) && lies(path);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
