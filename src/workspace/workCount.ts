import {
  type ChangedPath,
  countTracked,
  type DiffBase,
  type LineChange,
  listBetween,
  listChanged,
  type ResolvedBase,
  resolveBase,
} from './changes.ts';
import { type CountCache, countPaths, type EditorText } from './counts.ts';
import type { GitProgram } from './git.ts';
import { GitError } from './gitError.ts';
import { limits } from './limits.ts';
import { settledKey } from './recall.ts';
import type { Head, Place } from './repository.ts';
import { listUnwatched, maybeChanged } from './unwatched.ts';
import { isRepositoryPath } from './workingPaths.ts';

/** Whose lines are counted, and against what. */
export interface CountRequest {
  /** Repository-relative; left out, it is the whole change against the base. */
  readonly paths?: readonly string[] | undefined;
  /** Files open with unsaved changes. With `paths`, only those among them count; for a whole change all do. */
  readonly buffers?: readonly EditorText[] | undefined;
  /** `head` unless told; `session` measures against HEAD as well. */
  readonly base?: 'session' | DiffBase | undefined;
  /** One listing of what differs from HEAD, for several questions at once: it is a walk over the whole working tree. */
  readonly listed?: () => Promise<readonly ChangedPath[]>;
}

/** Where it is counted. */
export interface CountGround {
  readonly git: GitProgram;
  readonly place: Place & { readonly kind: 'git' };
  readonly head: Head;
  readonly cache: CountCache;
  /** {@link indexKey} of the place. */
  readonly stateKey: () => Promise<string>;
  readonly signal: AbortSignal;
}

/**
 * The lines of each file of the work. What is left out for its number is said in `unknown`.
 *
 * @throws {GitError}
 */
export async function countWork(
  { git, place, head, cache, stateKey: keyOf, signal }: CountGround,
  request: CountRequest,
  unknown: string[],
): Promise<ReadonlyMap<string, LineChange>> {
  const { root } = place;
  const wanted = request.base === undefined || request.base === 'session' ? 'head' : request.base;
  const stateKey = await keyOf();
  const base = await resolveBase({ git, root }, head, wanted, signal);
  if (base.kind === 'unknown') throw new GitError('failed', base.reason);
  const buffers = (request.buffers ?? []).filter((buffer) => isRepositoryPath(buffer.path));
  const known = { git, root, base, stateKey, signal };
  if (request.paths !== undefined) {
    const { paths } = request;
    const among = new Set(paths);
    const open = buffers.filter((buffer) => among.has(buffer.path));
    const counted = await countPaths({ ...known, paths, buffers: open }, cache);
    return new Map(paths.map((path) => [path, counted.get(path) ?? {}]));
  }
  const listed = request.listed ?? (() => listChanged({ git, root }, signal));
  const unwatched = async () => {
    const known = cache.unwatched;
    if (known?.key === stateKey) return maybeChanged(root, known.value);
    const value = await listUnwatched({ git, root }, signal);
    cache.unwatched = { key: stateKey, value };
    return maybeChanged(root, value);
  };
  const staged = async () => {
    const settled = await settledKey(`${place.gitFolder}/index`);
    const key = settled && `${base.commit} ${stateKey} ${settled}`;
    if (key !== undefined && cache.staged?.key === key) return cache.staged.value;
    const value = await countTracked({ git, root }, base, undefined, signal);
    if (key !== undefined) cache.staged = { key, value };
    return value;
  };
  const whole = await wholeChange({ git, root, base, head, wanted, listed, staged, unwatched, signal });
  const paths = bounded(whole.open, unknown);
  const counted = await countPaths({ ...known, paths, buffers }, cache);
  const all = new Map([...whole.counted, ...counted]);
  // A file that reads as the base does, in its editor or again after a commit, is no part of the change.
  for (const path of [...whole.maybeReverted, ...buffers.map((buffer) => buffer.path)])
    if (isUnchanged(all.get(path))) all.delete(path);
  return new Map(bounded([...all], unknown));
}

interface WholeRequest {
  readonly git: GitProgram;
  readonly root: string;
  readonly base: ResolvedBase & { readonly kind: 'commit' };
  readonly head: Head;
  readonly wanted: DiffBase;
  readonly listed: () => Promise<readonly ChangedPath[]>;
  /** Lines of what the index has and the base has not. */
  readonly staged: () => Promise<ReadonlyMap<string, LineChange>>;
  /** Tracked files that are not among `listed` whatever becomes of them. */
  readonly unwatched: () => Promise<readonly string[]>;
  readonly signal: AbortSignal;
}

interface Whole {
  readonly counted: ReadonlyMap<string, LineChange>;
  /** Paths of the change whose lines nobody has counted yet. */
  readonly open: readonly string[];
  /** Tracked paths that differ from HEAD, and perhaps not from the base. */
  readonly maybeReverted: readonly string[];
}

/** The whole change: what one walk over tracked files counts, and the paths that are open still. */
async function wholeChange(request: WholeRequest): Promise<Whole> {
  const { git, root, base, head, wanted, signal } = request;
  const counted = new Map<string, LineChange>();
  switch (wanted) {
    case 'staged':
      return { counted: await request.staged(), open: [], maybeReverted: [] };
    case 'head': {
      const [changed, unwatched] = await Promise.all([request.listed(), request.unwatched()]);
      const open = new Set([...changed.map(({ path }) => path), ...unwatched]);
      return { counted, open: [...open], maybeReverted: unwatched };
    }
    case 'merge-base': {
      // Comparing two trees is quick; a walk over the working tree is not, and `listed` is one already.
      const [changed, unwatched, committed] = await Promise.all([
        request.listed(),
        request.unwatched(),
        head.commit === undefined ? [] : listBetween({ git, root }, base.commit, head.commit, signal),
      ]);
      const maybeReverted = [
        ...changed.filter(({ kind }) => kind !== 'untracked').map(({ path }) => path),
        ...unwatched,
      ];
      const open = new Set([...committed, ...changed.map(({ path }) => path), ...unwatched]);
      return { counted, open: [...open], maybeReverted };
    }
    default:
      return wanted satisfies never;
  }
}

/** At most so many as are looked at; what is left out is said. */
export function bounded<Item>(items: readonly Item[], unknown: string[]): readonly Item[] {
  if (items.length <= limits.files) return items;
  unknown.push(`Only the first ${limits.files} of ${items.length} files are looked at.`);
  return items.slice(0, limits.files);
}

function isUnchanged(change: LineChange | undefined): boolean {
  return change?.added === 0 && change.deleted === 0 && !change.binary;
}
