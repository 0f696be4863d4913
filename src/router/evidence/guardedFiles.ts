import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError } from '../../workspace/gitError.ts';
import { look } from '../../workspace/look.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { isCopyable } from '../copyableFiles.ts';
import { objectMemo } from '../objectMemo.ts';
import { textMemo } from '../textMemo.ts';
import { type Anchors, anchorsOf } from './anchors.ts';
import type { Evidence } from './evidence.ts';
import { enoughWeight, type Fingerprint, findRepeated, fingerprintOf } from './fingerprints.ts';
import type { Guard } from './guards.ts';
import { type PresentFiles, presentFiles } from './presentFiles.ts';

/** Bounds on what is compared with the text that goes out. */
const most = {
  files: 2_000,
  bytes: 2 * 1024 * 1024,
  fileBytes: 256 * 1024,
  atOnce: 64,
  /** Prints of each file that git is asked for at first; if all are shared, more are. */
  askedPrints: 24,
  askedRounds: 3,
  sharedBy: 3,
} as const;

/** A workspace's files, and which of them constraints guard. */
export interface GuardedFiles {
  readonly present: PresentFiles;
  /** Guarded ones among those present. */
  readonly paths: ReadonlySet<string>;
  readonly isGuarded: Guard['isGuarded'];
  readonly namedBy: Guard['namedBy'];
}

/** @throws {GitError} only `aborted` */
export async function guardedFiles(workspace: Workspace, { isGuarded, namedBy }: Guard): Promise<GuardedFiles> {
  const present = await presentFiles(workspace);
  return { present, paths: new Set(present.paths.filter(isGuarded)), isGuarded, namedBy };
}

/** Guarded files whose text is repeated in what goes out. */
export interface Repeated {
  readonly paths: readonly string[];
  /** False when there are more guarded files than are compared. */
  readonly complete: boolean;
}

interface Known {
  /** Of its time and size; undefined where there is no text to know it by. */
  readonly key: string;
  readonly print: Fingerprint | undefined;
}

/** What the guarded files of a workspace say. */
export interface GuardedPrints {
  readonly files: ReadonlyMap<string, Known>;
  readonly index: PrintIndex;
  readonly complete: boolean;
}

/** What was read last, by workspace. */
const lastRead = new WeakMap<Workspace, GuardedPrints>();

/**
 * Which guarded files' text stands in the texts that go out, whoever printed it. A file is repeated when lines of it
 * weigh enough together that are in no file that is not guarded: what a guarded file shares with any other gives nothing
 * away.
 *
 * @throws {GitError} only `aborted`
 */
export async function repeatedFiles(
  workspace: Workspace,
  guarded: GuardedFiles,
  { index, complete }: GuardedPrints,
  texts: Evidence['texts'],
  signal: AbortSignal,
): Promise<Repeated> {
  if (index.lines.size === 0 && index.keys.size === 0) return { paths: [], complete };
  const found = new Set<string>();
  for (const some of texts) for (const print of index.printsIn(some)) found.add(print);
  const suspects = suspectsOf(found, index);
  if (suspects.size === 0) return { paths: [], complete };
  const shared = new Set<string>();
  const repeated = new Set<string>();
  let open = [...suspects];
  let count = most.askedPrints;
  for (let round = 1; open.length > 0; round += 1, count *= 8) {
    const own = open.map(([path, prints]) => ({ path, prints: prints.slice(0, count), isAll: prints.length <= count }));
    const asked = new Set(own.flatMap(({ prints }) => prints).filter((print) => !shared.has(print)));
    for (const print of await foundElsewhere(workspace, guarded, [...asked], signal)) shared.add(print);
    const done = new Set<string>();
    for (const { path, prints, isAll } of own) {
      const telling = prints.filter((print) => !shared.has(print));
      const isRepeated = weigh(telling, index) >= enoughWeight;
      // What there was no time to ask for is taken for the file's own.
      if (isRepeated || (!isAll && round === most.askedRounds)) repeated.add(path);
      if (isRepeated || isAll || round === most.askedRounds) done.add(path);
    }
    open = open.filter(([path]) => !done.has(path));
  }
  const paths = [...repeated];
  return { paths, complete };
}

/**
 * Reads the guarded files, those again whose time or size has changed.
 *
 * @throws {GitError} only `aborted`
 */
export async function guardedPrints(
  workspace: Workspace,
  { paths, present }: GuardedFiles,
  signal: AbortSignal,
): Promise<GuardedPrints> {
  const before = lastRead.get(workspace);
  // Data first: there is less of it, and a line of it says more.
  const ordered = [...paths].sort((a, b) => Number(isCopyable(a)) - Number(isCopyable(b))).slice(0, most.files);
  const files = new Map<string, Known>();
  let bytes = 0;
  let complete = present.complete && paths.size <= most.files;
  for (let from = 0; from < ordered.length; from += most.atOnce) {
    if (signal.aborted) throw new GitError('aborted', `Reading ${workspace.root} was cancelled.`);
    const some = await Promise.all(
      ordered.slice(from, from + most.atOnce).map(async (path) => {
        const place = join(workspace.root, path);
        const found = await look(place); // nothing where it is gone since it was listed
        return { path, place, found: found?.isFile() ? found : undefined };
      }),
    );
    for (const { path, place, found } of some) {
      if (!found) continue;
      const size = Number(found.size);
      if (size > most.fileBytes || bytes + size > most.bytes) {
        complete = false;
        continue;
      }
      bytes += size;
      // The time of the last change cannot be set back, as that of the last writing can.
      const key = `${found.mtimeNs} ${found.ctimeNs} ${size} ${found.ino}`;
      const known = before?.files.get(path);
      files.set(path, known?.key === key ? known : { key, print: await printOf(path, place) });
    }
  }
  const isSame =
    before?.files.size === files.size && [...files].every(([path, file]) => before.files.get(path) === file);
  const now = { files, index: isSame ? before.index : indexOf(files), complete };
  lastRead.set(workspace, now);
  return now;
}

async function printOf(path: string, place: string): Promise<Fingerprint | undefined> {
  const text = await readFile(place).catch(() => undefined); // gone, or not ours to read
  return text === undefined || text.includes(0) ? undefined : fingerprintOf(path, text.toString('utf8'));
}

interface PrintIndex {
  readonly lines: ReadonlyMap<string, { readonly weight: number; readonly paths: readonly string[] }>;
  readonly anchors: Anchors;
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** Which of all these stand in some texts. Texts that are the same in memory are searched once. */
  printsIn(texts: readonly string[]): readonly string[];
}

function indexOf(files: ReadonlyMap<string, Known>): PrintIndex {
  const lines = new Map<string, { weight: number; paths: string[] }>();
  const keys = new Map<string, string[]>();
  for (const [path, { print }] of files) {
    if (!print) continue;
    for (const [line, weight] of print.lines) {
      const entry = lines.get(line);
      if (entry) entry.paths.push(path);
      else lines.set(line, { weight, paths: [path] });
    }
    for (const key of print.keys) keys.set(key, [...(keys.get(key) ?? []), path]);
  }
  // What many guarded files share is the way they are written.
  for (const [line, { weight, paths }] of lines) {
    if (weight < enoughWeight && paths.length > most.sharedBy) lines.delete(line);
  }
  const wanted = { lines, keys, anchors: anchorsOf(new Set([...keys.keys(), ...lines.keys()])) };
  const inText = textMemo((text: string): ReadonlySet<string> => {
    let found: Set<string> | undefined;
    findRepeated(text, wanted, (print) => {
      found ??= new Set();
      found.add(print);
    });
    return found ?? NONE;
  });
  const printsIn = objectMemo((texts: readonly string[]): readonly string[] =>
    texts.flatMap((text) => [...inText(text)]),
  );
  return { ...wanted, printsIn };
}

const NONE: ReadonlySet<string> = new Set();

function weigh(prints: readonly string[], { lines, keys }: PrintIndex): number {
  return prints.reduce((sum, print) => sum + (keys.has(print) ? enoughWeight : (lines.get(print)?.weight ?? 0)), 0);
}

/** The files that would be repeated if what was found were theirs alone, each with what was found, the most telling first. */
function suspectsOf(found: ReadonlySet<string>, index: PrintIndex): ReadonlyMap<string, readonly string[]> {
  const byPath = new Map<string, string[]>();
  const tellingOf = (print: string): number => (index.keys.has(print) ? 2 * enoughWeight : weigh([print], index));
  for (const print of found) {
    for (const path of new Set([...(index.keys.get(print) ?? []), ...(index.lines.get(print)?.paths ?? [])])) {
      const own = byPath.get(path);
      if (own) own.push(print);
      else byPath.set(path, [print]);
    }
  }
  for (const [path, own] of byPath) {
    if (weigh(own, index) < enoughWeight) byPath.delete(path);
    else own.sort((a, b) => tellingOf(b) - tellingOf(a) || b.length - a.length);
  }
  return byPath;
}

/** Which of these stand in a file that is not guarded, as far as git can say. */
async function foundElsewhere(
  workspace: Workspace,
  { isGuarded }: GuardedFiles,
  prints: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const found = await workspace.occurrences(prints, signal).catch((error: unknown) => {
    if (!(error instanceof GitError) || error.code === 'aborted') throw error;
    return []; // no git here: a line counts as the guarded file's own
  });
  const shared = [...new Set(found.filter(({ path }) => !isGuarded(path)).map(({ text }) => text))];
  // git finds the longest of several in one place.
  return new Set(prints.filter((print) => shared.some((text) => text.includes(print))));
}
