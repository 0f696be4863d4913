import { type CommittedFile, readCommitted } from './blobs.ts';
import { countTracked, type LineChange, type ResolvedBase } from './changes.ts';
import type { GitProgram } from './git.ts';
import { limits } from './limits.ts';
import { countChangedLines, countLines } from './lineDiff.ts';
import { isBinaryName } from './numstat.ts';
import { recall, remember, settledKey } from './recall.ts';
import { countUntracked, type ReadAllowance, readRegularFile } from './untracked.ts';
import { trackedOf, type Unwatched } from './unwatched.ts';

/** The text of a file as an editor has it, saved or not. */
export interface EditorText {
  /** Repository-relative. */
  readonly path: string;
  readonly text: string;
}

export interface CountRequest {
  readonly git: GitProgram;
  readonly root: string;
  readonly base: ResolvedBase & { readonly kind: 'commit' };
  /** What decides git's answer beside the file itself (`indexKey`). */
  readonly stateKey: string;
  readonly paths: readonly string[];
  readonly buffers?: readonly EditorText[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was worked out before. */
export interface CountCache {
  /** Each with a key of all that it rests on. */
  readonly counts: Map<string, { readonly key: string; readonly value: LineChange }>;
  /** Files as a commit has them, by commit and path: what is typed is compared with the same ones at every key. */
  readonly committed: Map<string, CommittedFile | undefined>;
  /** What is staged, as of a commit and a state of the index. */
  staged?: { readonly key: string; readonly value: ReadonlyMap<string, LineChange> };
  /** All files that git was told not to look at, as of a state of the index. */
  unwatched?: { readonly key: string; readonly value: ReadonlyMap<string, Unwatched> };
}

export const emptyCountCache = (): CountCache => ({ counts: new Map(), committed: new Map() });

/** Committed files that are kept: about as many as a person types in at a time. */
const mostCommitted = 8;

/**
 * Added and deleted lines of known paths against a base: tracked files by git, untracked ones by reading them, and files open
 * with unsaved changes, or that git was told not to look at, by comparing their text with the base's. A staged base looks at
 * the index alone.
 *
 * @throws {GitError}
 */
export async function countPaths(request: CountRequest, cache: CountCache): Promise<Map<string, LineChange>> {
  const { git, root, base, signal } = request;
  const buffers = base.staged ? [] : (request.buffers ?? []);
  const inEditor = new Set(buffers.map((buffer) => buffer.path));
  const onDisk = request.paths.filter((path) => !inEditor.has(path));
  const [counted, unsaved] = await Promise.all([
    countOnDisk(request, onDisk, cache),
    countBuffers(git, root, base.commit, buffers, cache.committed, signal),
  ]);
  return new Map([...counted, ...unsaved]);
}

async function countOnDisk(
  request: CountRequest,
  paths: readonly string[],
  { counts: cache, committed }: CountCache,
): Promise<Map<string, LineChange>> {
  const { git, root, base, signal } = request;
  const counted = new Map<string, LineChange>();
  const keys = new Map<string, string>();
  const open: string[] = [];
  for (const path of paths) {
    const key = await settledKey(`${root}/${path}`);
    const full = key && `${base.commit} ${base.staged} ${request.stateKey} ${key}`;
    const known = full && recall(cache, path, full);
    if (full) keys.set(path, full);
    if (known) counted.set(path, known);
    else open.push(path);
  }
  if (open.length === 0) return counted;
  const [fresh, tracked] = await Promise.all([
    countTracked({ git, root }, base, open, signal),
    base.staged ? new Map(open.map((path) => [path, undefined])) : trackedOf({ git, root }, open, signal),
  ]);
  const allowance = { bytes: limits.countedBytesInAll };
  const unwatched = await readUnwatched(root, open, tracked, allowance);
  // Git's word on these is what it was told to say.
  for (const path of unwatched.keys()) fresh.set(path, {});
  for (const path of open) {
    if (fresh.has(path)) continue;
    fresh.set(path, tracked.has(path) ? { added: 0, deleted: 0 } : await countUntracked(root, path, allowance));
  }
  const texts = [...unwatched].flatMap(([path, text]) => (text === undefined ? [] : [{ path, text }]));
  for (const [path, value] of await countBuffers(git, root, base.commit, texts, committed, signal))
    fresh.set(path, value);
  for (const [path, value] of fresh) {
    counted.set(path, value);
    const key = keys.get(path);
    if (key !== undefined) remember(cache, path, key, value);
  }
  return counted;
}

/** The texts of files that git was told not to look at; undefined where one is no text that can be compared. */
async function readUnwatched(
  root: string,
  paths: readonly string[],
  tracked: ReadonlyMap<string, Unwatched | undefined>,
  allowance: ReadAllowance,
): Promise<ReadonlyMap<string, string | undefined>> {
  const texts = new Map<string, string | undefined>();
  for (const path of paths) {
    const how = tracked.get(path);
    if (how === undefined) continue;
    const file = await readRegularFile(root, `${root}/${path}`, Math.min(limits.countedBytes, allowance.bytes));
    // What a sparse checkout leaves out is as git says: unchanged.
    if (file.kind === 'missing' && how === 'skipped') continue;
    if (file.kind === 'content') allowance.bytes -= file.bytes.length;
    const text = file.kind === 'content' ? new TextDecoder().decode(file.bytes) : undefined;
    texts.set(path, file.kind === 'missing' ? '' : text);
  }
  return texts;
}

async function countBuffers(
  git: GitProgram,
  root: string,
  commit: string,
  buffers: readonly EditorText[],
  cache: CountCache['committed'],
  signal: AbortSignal | undefined,
): Promise<Map<string, LineChange>> {
  const paths = buffers.map((buffer) => buffer.path);
  const committed = await recallCommitted(git, root, commit, paths, cache, signal);
  return new Map(
    buffers.map(({ path, text }): [string, LineChange] => {
      if (text.length > limits.countedBytes) return [path, {}];
      const before = committed.get(path);
      switch (before?.kind) {
        case undefined:
          return [path, { added: countLines(text), deleted: 0 }];
        case 'text':
        case 'binary': {
          const { added, deleted } = countChangedLines(before.text, text);
          // Open without a change, it must stay out of the whole change.
          if (isBinaryName(path) && added + deleted > 0) return [path, { added: 0, deleted: 0, binary: true }];
          return [path, { added, deleted }];
        }
        case 'too-large':
        case 'symbolic-link':
        case 'not-a-file':
          return [path, {}];
        default:
          return before satisfies never;
      }
    }),
  );
}

async function recallCommitted(
  git: GitProgram,
  root: string,
  commit: string,
  paths: readonly string[],
  cache: CountCache['committed'],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, CommittedFile | undefined>> {
  const nameOf = (path: string): string => `${commit} ${path}`;
  const known = new Map(paths.filter((path) => cache.has(nameOf(path))).map((path) => [path, cache.get(nameOf(path))]));
  const open = paths.filter((path) => !known.has(path));
  if (open.length === 0) return known;
  const read = await readCommitted(git, root, commit, open, limits.countedBytes, signal);
  for (const path of open) {
    cache.set(nameOf(path), read.get(path));
    const [oldest] = cache.keys();
    if (cache.size > mostCommitted && oldest !== undefined) cache.delete(oldest);
  }
  return new Map([...known, ...open.map((path) => [path, read.get(path)] as const)]);
}
