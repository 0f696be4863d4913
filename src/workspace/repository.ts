import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, sep } from 'node:path';
import { type GitProgram, runGit } from './git.ts';
import { GitError, type GitErrorCode } from './gitError.ts';
import { lookClosely } from './look.ts';
import {
  type BranchCommit,
  LOCAL_DEFAULTS,
  type MergedBranches,
  mergedBranches,
  ORIGIN_HEAD,
  REMOTE_REFS,
} from './mergedBranch.ts';
import { isBelow } from './plainPaths.ts';
import { type Recall, recall, remember, settledKey } from './recall.ts';
import { nearestMark, type UnreadRepository, unreadProblem } from './unreadRepository.ts';

/** Where a path belongs. Folders are absolute, with symbolic links resolved. */
export type Place =
  | {
      readonly kind: 'git';
      /** The top of the working tree; of a linked worktree or a submodule, its own. */
      readonly root: string;
      /** This working tree's own git folder (HEAD, index). */
      readonly gitFolder: string;
      /** The one shared by all worktrees (refs, configuration). */
      readonly commonFolder: string;
    }
  | {
      readonly kind: 'folder';
      readonly root: string;
      /** Why there is no git here. */
      readonly reason: GitErrorCode | 'elsewhere';
      /** Only where a repository is there all the same; the root is then the folder of its `.git`. */
      readonly unread?: UnreadRepository;
    };

/** What HEAD stands on. A missing commit is a repository without any; a missing branch is a detached HEAD. */
export interface Head extends MergedBranches {
  readonly commit?: string;
  /** Without `refs/heads/`. */
  readonly branch?: string;
}

/**
 * Finds the repository of a file or folder; the nearest existing ancestor counts when it does not exist (yet). Without git,
 * or where git refuses, the place is a folder and says why: the one of a repository that cannot be read, else itself.
 *
 * @throws {GitError} only `aborted`; `Error` when `path` is not absolute
 */
export async function locate(
  path: string,
  git: GitProgram | GitError | undefined,
  signal?: AbortSignal,
): Promise<Place> {
  if (!isAbsolute(path)) throw new Error(`A repository is looked for from an absolute path, not from "${path}".`);
  const folder = await nearestFolder(path);
  const mark = await nearestMark(folder);
  const without = (root: string, reason: GitErrorCode | 'elsewhere', told?: string): Place => ({
    kind: 'folder',
    root,
    reason,
    ...(mark !== undefined && { unread: { mark, problem: unreadProblem(reason, root, told) } }),
  });
  const own = mark === undefined ? folder : dirname(mark);
  if (git === undefined) return without(own, 'missing');
  if (git instanceof GitError) return without(own, git.code, git.message);
  const ask = async (...args: string[]) => {
    const output = await runGit(git, { cwd: folder, args: ['rev-parse', '--path-format=absolute', ...args], signal });
    return output.toString('utf8').replace(/\r?\n$/, '');
  };
  const places = ['--show-toplevel', '--git-dir', '--git-common-dir'];
  try {
    // One question for all three; a path with a line break in it needs one each.
    const lines = (await ask(...places)).split(/\r?\n/);
    const found = lines.length === places.length ? lines : await Promise.all(places.map((place) => ask(place)));
    const [root = folder, gitFolder = folder, commonFolder = folder] = await Promise.all(
      found.map((path) => realpath(path)),
    );
    // A repository's configuration can claim any folder as its working tree; only one around the path is believed.
    if (!isWithin(root, folder)) return without(own, 'elsewhere');
    // Git passes over a broken repository to the one around it, whose rules are not those that were merged here.
    if (mark !== undefined && own !== root && isWithin(root, own)) return without(own, 'not-a-repository');
    return { kind: 'git', root, gitFolder, commonFolder };
  } catch (error) {
    if (error instanceof GitError && error.code === 'aborted') throw error;
    const { code, message } = error instanceof GitError ? error : new GitError('failed', String(error));
    return without(own, code, message);
  }
}

/** Whether an absolute path is `root` or lies in it, by the text of both. */
export function isWithin(root: string, path: string): boolean {
  if (path === root) return true;
  if (isBelow(root, path)) return true;
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * The commit, the branch and what {@link mergedBranches} makes of the refs.
 *
 * @throws {GitError}
 */
export async function readHead(git: GitProgram, root: string, signal?: AbortSignal): Promise<Head> {
  const ask = async (...args: string[]) => {
    const output = await runGit(git, { cwd: root, args, signal, answers: [1] });
    return output.toString('utf8').trim();
  };
  const [[commit, branch], refs] = await Promise.all([
    readOwn(ask),
    ask(...LIST_REFS, ORIGIN_HEAD, ...LOCAL_DEFAULTS).then(refsIn),
  ]);
  // Remotes may have very many branches: they are listed only where they decide.
  const ofRemotes = refs.has(ORIGIN_HEAD) ? [] : refsIn(await ask(...LIST_REFS, REMOTE_REFS));
  return {
    ...(commit !== '' && { commit }),
    ...(branch.startsWith('refs/heads/') && { branch: branch.slice('refs/heads/'.length) }),
    ...mergedBranches(new Map([...refs, ...ofRemotes])),
  };
}

/** HEAD's commit and the full name of its branch; empty where it has none. */
async function readOwn(
  ask: (...args: string[]) => Promise<string>,
): Promise<readonly [commit: string, branch: string]> {
  const lines = (await ask('rev-parse', '--revs-only', 'HEAD^{commit}', '--symbolic-full-name', 'HEAD')).split(/\r?\n/);
  const [commit = '', branch = ''] = lines;
  if (lines.length === 2 && branch.startsWith('refs/heads/')) return [commit, branch];
  // Detached, or without a commit yet: both are asked for by themselves.
  return Promise.all([
    ask('rev-parse', '--verify', '--quiet', 'HEAD^{commit}'),
    ask('symbolic-ref', '--quiet', 'HEAD'),
  ]);
}

const LIST_REFS = ['for-each-ref', '--format=%(objectname) %(refname) %(symref)'] as const;

function refsIn(output: string): ReadonlyMap<string, BranchCommit> {
  const found = new Map<string, BranchCommit>();
  for (const line of output.split('\n')) {
    const [commit, name, target] = line.trim().split(' ');
    if (commit && name) found.set(name, { ref: target || name, commit });
  }
  return found;
}

/**
 * A text that stays the same as long as HEAD, its branch and {@link mergedBranches} do: a few stats, cheap enough before each
 * request. Undefined where refs are kept in another form than files, so that nothing can be concluded.
 */
export async function headKey(place: Place & { kind: 'git' }): Promise<string | undefined> {
  const { gitFolder, commonFolder } = place;
  if ((await fileKey(`${commonFolder}/reftable`)) !== undefined) return undefined;
  const head = await headText(`${gitFolder}/HEAD`);
  if (head === undefined || head.length > LONGEST_HEAD) return undefined;
  const names = ['packed-refs', 'refs/heads', ORIGIN_HEAD, ...(await remoteFolders(commonFolder))];
  const branch = /^ref: (refs\/heads\/[^\0\n]+)\n?$/.exec(head)?.[1];
  if (branch !== undefined && !branch.includes('..')) names.push(branch);
  const keys = await Promise.all(names.map((name) => fileKey(`${commonFolder}/${name}`)));
  return [head, ...keys.map((key) => key ?? '-')].join(' ');
}

/**
 * When HEAD, or the branch that it is on, last went to another commit, in milliseconds: what it stands on has been there since
 * then at the latest. Undefined where git keeps no record of that.
 */
export async function headMovedAt({ gitFolder }: Place & { kind: 'git' }): Promise<number | undefined> {
  const log = await stat(`${gitFolder}/logs/HEAD`).catch(() => undefined);
  return log?.mtimeMs;
}

/** Of a longer one nothing is concluded. In characters. */
const LONGEST_HEAD = 4_096;
const headTexts: Recall<string> = new Map();

/** What HEAD says, read once while its file stays as it is; undefined where it cannot be read. */
async function headText(path: string): Promise<string | undefined> {
  const key = await settledKey(path);
  const known = key && recall(headTexts, path, key);
  if (known) return known;
  const text = await readFile(path, 'utf8').catch(() => undefined); // no HEAD: git says what is wrong
  if (key && text !== undefined && text.length <= LONGEST_HEAD) remember(headTexts, path, key, text);
  return text;
}

/** Folders of remotes' refs that are looked at for changes. Who has more has several branches, of which none decides. */
const MOST_FOLDERS = 16;

/** The folders of remotes' refs, the outer ones first: a ref is replaced by renaming, which its folder's time tells. */
async function remoteFolders(commonFolder: string): Promise<readonly string[]> {
  const folders = ['refs/remotes'];
  for (let at = 0; at < folders.length && folders.length < MOST_FOLDERS; at += 1) {
    const names = await foldersIn(`${commonFolder}/${folders[at]}`);
    folders.push(...names.map((name) => `${folders[at]}/${name}`));
  }
  return folders.slice(0, MOST_FOLDERS);
}

const folderNames: Recall<readonly string[]> = new Map();

/** The folders in a folder, read once while nothing comes into it or goes; none where it cannot be read. */
async function foldersIn(path: string): Promise<readonly string[]> {
  const key = await settledKey(path);
  // No remote is usual.
  if (key === '-') return [];
  const known = key && recall(folderNames, path, key);
  if (known) return known;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []); // its own key tells of it all the same
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .slice(0, MOST_FOLDERS);
  if (key) remember(folderNames, path, key, names);
  return names;
}

/**
 * A text that stays the same as long as the index, the configuration and the attributes do, which decide what git says
 * about a file beside the file itself.
 */
export async function indexKey(place: Place & { kind: 'git' }): Promise<string> {
  const { root, gitFolder, commonFolder } = place;
  const files = [
    `${gitFolder}/index`,
    `${gitFolder}/config.worktree`,
    `${commonFolder}/config`,
    `${commonFolder}/info/attributes`,
    `${root}/.gitattributes`,
  ];
  return (await Promise.all(files.map(fileKey))).map((key) => key ?? '-').join(' ');
}

/** Identity, size and time of a file or folder as one text, or why it cannot be looked at; undefined when it is not there. */
export async function fileKey(path: string): Promise<string | undefined> {
  const found = await lookClosely('file', path);
  return typeof found === 'object' ? `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}` : found;
}

/** The folder of a path, with links resolved; of one that does not exist yet, its nearest ancestor's. */
export async function nearestFolder(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    try {
      const real = await realpath(current);
      if ((await stat(real)).isDirectory()) return real;
    } catch (error) {
      // A path that does not exist yet belongs where its nearest ancestor does; the root always exists.
      if (dirname(current) === current) throw error;
    }
  }
}
