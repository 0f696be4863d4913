import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type BranchCommit,
  LOCAL_DEFAULTS,
  type MergedBranches,
  mergedBranches,
  ORIGIN_HEAD,
  REMOTE_REFS,
} from './mergedBranch.ts';
import type { Head, Place } from './repository.ts';

/**
 * Repositories and heads of the common form, read without git: a process of it takes longer than all that is read here.
 * Whatever looks unusual in any way is undefined, and left to git itself.
 */

/** Bytes of a configuration or of packed refs; a larger one is git's to read. */
const MOST_BYTES = 1_000_000;

/** Settings that move the working tree, hold more configuration, or change how refs are kept. */
const UNUSUAL = /worktree|include|extensions|repositoryformatversion\s*=\s*[^01\s]|\bbare\b(?!\s*=\s*false\s*$)/im;

/**
 * The repository around an existing folder, by the rules of git's own search (setup.c): the nearest ancestor with a `.git`
 * folder, on the same disk and of this user. Undefined where git has to be asked, and where there is none.
 *
 * @param folder absolute, with links resolved
 */
export async function plainPlace(
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<(Place & { kind: 'git' }) | undefined> {
  const user = process.geteuid?.();
  // Git believes other owners on conditions of its own; for root, those of sudo.
  if (user === undefined || environment['GIT_CEILING_DIRECTORIES'] || environment['SUDO_UID']) return undefined;
  try {
    const { dev } = await stat(folder);
    for (let root = folder; ; root = dirname(root)) {
      const own = await lstat(root);
      // A bare repository, or the inside of one, is none that is worked in.
      if (own.dev !== dev || (await isThere(join(root, 'HEAD')))) return undefined;
      const gitFolder = join(root, '.git');
      if (await isThere(gitFolder)) {
        const [inner, config] = await Promise.all([lstat(gitFolder), readSmall(join(gitFolder, 'config'))]);
        const isPlain = inner.isDirectory() && inner.uid === user && own.uid === user && !UNUSUAL.test(config);
        const isWhole =
          (await isFolder(join(gitFolder, 'objects'))) &&
          (await isFolder(join(gitFolder, 'refs'))) &&
          !(await isThere(join(gitFolder, 'commondir')));
        if (!isPlain || !isWhole || (await readRef(join(gitFolder, 'HEAD'))) === undefined) return undefined;
        return { kind: 'git', root, gitFolder, commonFolder: gitFolder };
      }
      if (dirname(root) === root) return undefined;
    }
  } catch {
    // Gone or closed to us: git says so in words.
    return undefined;
  }
}

/** What HEAD stands on, from the files that hold refs; undefined where git has to be asked. */
export async function plainHead({ gitFolder, commonFolder }: Place & { kind: 'git' }): Promise<Head | undefined> {
  try {
    if (await isThere(join(commonFolder, 'reftable'))) return undefined;
    const head = await readRef(join(gitFolder, 'HEAD'));
    if (head === undefined) return undefined;
    const packed = packedRefs(await readSmall(join(commonFolder, 'packed-refs')));
    const commitOf = async (name: string): Promise<string | undefined> => {
      const path = join(commonFolder, name);
      if (!(await isThere(path))) return packed.get(name);
      const loose = await readRef(path);
      if (loose === undefined || !('commit' in loose)) throw new Unusual();
      return loose.commit;
    };
    const commit = 'commit' in head ? head.commit : await commitOf(head.ref);
    const merged = await mergedOf(commonFolder, packed, commitOf);
    const branch = 'ref' in head ? head.ref.slice('refs/heads/'.length) : undefined;
    return {
      ...(commit !== undefined && { commit }),
      ...(branch !== undefined && { branch }),
      ...merged,
    };
  } catch {
    // Of another form, or not readable: git knows more forms, and says what is wrong.
    return undefined;
  }
}

class Unusual extends Error {}

type Ref = { readonly commit: string } | { readonly ref: string };

type CommitOf = (name: string) => Promise<string | undefined>;

async function mergedOf(
  commonFolder: string,
  packed: ReadonlyMap<string, string>,
  commitOf: CommitOf,
): Promise<MergedBranches> {
  const refs = new Map<string, BranchCommit>();
  const remote = join(commonFolder, ORIGIN_HEAD);
  if (await isThere(remote)) {
    const target = await readRef(remote, 'refs/remotes/origin/');
    if (target === undefined || !('ref' in target)) throw new Unusual();
    const commit = await commitOf(target.ref);
    if (commit !== undefined) return mergedBranches(refs.set(ORIGIN_HEAD, { ref: target.ref, commit }));
  }
  for (const ref of LOCAL_DEFAULTS) {
    const commit = await commitOf(ref);
    if (commit !== undefined) refs.set(ref, { ref, commit });
  }
  for (const [ref, commit] of packed) if (ref.startsWith(REMOTE_REFS)) refs.set(ref, { ref, commit });
  for (const name of await looseNames(commonFolder, REMOTE_REFS.slice(0, -1))) {
    const found = await readRef(join(commonFolder, name), REMOTE_REFS);
    if (found === undefined) throw new Unusual();
    const ref = 'ref' in found ? found.ref : name;
    const commit = 'ref' in found ? await commitOf(ref) : found.commit;
    // A symbolic ref that leads nowhere is none to git either.
    if (commit === undefined) refs.delete(name);
    else refs.set(name, { ref, commit });
  }
  return mergedBranches(refs);
}

/** Loose refs of remotes that are read one by one; more are git's to read. */
const MOST_LOOSE = 500;

/** The names of refs that lie in files below a folder of refs. @throws where there are too many, or an odd one */
async function looseNames(commonFolder: string, folder: string): Promise<readonly string[]> {
  if (!(await isThere(join(commonFolder, folder)))) return [];
  const names: string[] = [];
  const folders = [folder];
  for (const current of folders) {
    for (const entry of await readdir(join(commonFolder, current), { withFileTypes: true })) {
      // Half-written refs and whatever else cannot be a name: git knows which of them to pass over.
      if (/^\.|\.lock$/.test(entry.name) || UNNAMEABLE.test(entry.name)) throw new Unusual();
      (entry.isDirectory() ? folders : names).push(`${current}/${entry.name}`);
    }
    if (names.length + folders.length > MOST_LOOSE) throw new Unusual();
  }
  return names;
}

/** git-check-ref-format(1): none of these is in the name of a ref. */
const UNNAMEABLE = /\.\.|\/\/|[\0-\x20\x7f~^:?*[\\]|\ufffd|\/$/;

/** What a file of refs says: a commit's name, or a ref below a prefix; undefined where it says anything else. */
async function readRef(path: string, prefix = 'refs/heads/'): Promise<Ref | undefined> {
  const file = await lstat(path);
  if (!file.isFile() || file.size > 4096) return undefined;
  const text = (await readFile(path, 'utf8')).replace(/\n$/, '');
  if (/^[0-9a-f]{40}$/.test(text)) return { commit: text };
  const ref = /^ref: (.+)$/.exec(text)?.[1];
  if (!ref?.startsWith(prefix) || UNNAMEABLE.test(ref)) return undefined;
  return { ref };
}

/** Lines "commit name"; "^…" lines, which say what a tag leads to, and the header are left out. */
function packedRefs(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const match = /^([0-9a-f]{40}) (refs\/\S+)$/.exec(line);
      return match === null ? [] : [[match[2] ?? '', match[1] ?? ''] as const];
    }),
  );
}

/** The text of a file; empty where there is none. @throws where it is no regular file of a usual size */
async function readSmall(path: string): Promise<string> {
  if (!(await isThere(path))) return '';
  const file = await stat(path);
  if (!file.isFile() || file.size > MOST_BYTES) throw new Unusual();
  return readFile(path, 'utf8');
}

/** @throws where it cannot be told */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(await realpath(path))).isDirectory();
}
