import { braceExpand } from 'minimatch';
import { globOptions, pathMatcher, readSign } from '../glob.ts';
import type { Work } from './memo.ts';

/** The files of a repository, ready to be asked what a glob matches. Immutable; make a new one when files come or go. */
export interface RepositoryFiles {
  /** Sorted. */
  readonly paths: readonly string[];
  /**
   * What may still be spent on new patterns, in steps of some fifth of a microsecond; whoever begins a look refills it.
   * What was found out is remembered, so that the next look goes on from there.
   */
  readonly work: Work;
  /** Whether all of these lists are found out: of others, `matching` and `select` give nothing. */
  settles(lists: readonly (readonly string[])[]): boolean;
  /** Whether some file matches an unsigned pattern; yes where the work ran out before one was found. */
  has(pattern: string): boolean;
  /** The files in a folder, at any depth, in order; "" is the repository itself. */
  within(folder: string): Iterable<string>;
  /** The files that a list of globs matches, in order. */
  matching(globs: readonly string[]): Iterable<string>;
  /** The files that all of these lists match and none of those does, in order. */
  select(inside: readonly (readonly string[])[], outside: readonly (readonly string[])[]): Iterable<string>;
}

const MAGIC = /[*?[\](){}\\!+@|]/;

/** A bit for each file. */
type Bits = Uint32Array;

/** Enough for any list of globs that people write: about a third of a second. */
export const workForOneLookAtFiles = 1_500_000;

/** Patterns whose files are remembered; each takes an eighth of a byte a file. */
const REMEMBERED = 4_000;

/** Patterns of which it is remembered whether they match any file. */
const REMEMBERED_ANSWERS = 50_000;

/** Files whose bits take as long to go through as one file takes to try. */
const BITS_OF_A_STEP = 1_000;

/**
 * Files by folder, by whole segment and by the end of their name, so that a glob is only tried on those that have what it
 * asks for by name; each is confirmed with minimatch.
 *
 * @param files repository-relative, with "/"
 * @param work shared with other lists of files that are asked for the same look
 */
export function repositoryFiles(
  files: Iterable<string>,
  work: Work = { left: workForOneLookAtFiles },
): RepositoryFiles {
  const paths = [...new Set(files)].sort();
  const words = Math.ceil(paths.length / 32);
  const tables = lazily(() => tablesOf(paths));
  const byPattern = new Map<string, Bits>();
  const byList = new Map<string, Bits>();
  const answers = new Map<string, boolean>();
  const everything = lazily(() => bitsOf(words, paths.keys()));

  const bitsOfPattern = (pattern: string): Bits | undefined => {
    const known = byPattern.get(pattern);
    if (known !== undefined || work.left <= 0) return known;
    work.left -= paths.length / BITS_OF_A_STEP;
    const bits = bitsOf(words, matchesOf(pattern, paths, tables, work));
    if (work.left <= 0) return undefined;
    if (byPattern.size >= REMEMBERED) byPattern.clear();
    byPattern.set(pattern, bits);
    return bits;
  };
  const bitsOfGlobs = (globs: readonly string[]): Bits | undefined => {
    const key = JSON.stringify(globs);
    let bits = byList.get(key);
    if (bits !== undefined) return bits;
    const signed = globs.map(readSign);
    const adds = signed.filter((glob) => !glob.takesAway);
    bits = adds.length === 0 ? everything().slice() : new Uint32Array(words);
    for (const { takesAway, pattern } of [...adds, ...signed.filter((glob) => glob.takesAway)]) {
      const matching = bitsOfPattern(pattern);
      if (matching === undefined) return undefined;
      work.left -= paths.length / BITS_OF_A_STEP;
      if (takesAway) remove(bits, matching);
      else add(bits, matching);
    }
    if (byList.size >= REMEMBERED) byList.clear();
    byList.set(key, bits);
    return bits;
  };
  // Most patterns match something, and the first file that shows it is enough.
  const has = (pattern: string): boolean => {
    const known = byPattern.get(pattern)?.some((word) => word !== 0) ?? answers.get(pattern);
    if (known !== undefined || work.left <= 0) return known ?? true;
    const { done } = matchesOf(pattern, paths, tables, work).next();
    if (work.left <= 0) return true;
    if (answers.size >= REMEMBERED_ANSWERS) answers.clear();
    answers.set(pattern, done !== true);
    return done !== true;
  };
  const select: RepositoryFiles['select'] = (inside, outside) => {
    const [within, without] = [inside.map(bitsOfGlobs), outside.map(bitsOfGlobs)].map((sets) =>
      sets.every((set) => set !== undefined) ? sets : undefined,
    );
    return within === undefined || without === undefined ? [] : pathsBetween([everything(), ...within], without, paths);
  };
  return {
    paths,
    work,
    settles: (lists) => lists.every((globs) => bitsOfGlobs(globs) !== undefined),
    has,
    *within(folder) {
      if (folder === '') yield* paths;
      else for (const index of rangeOf(paths, `${folder}/`)) yield paths[index] ?? '';
    },
    matching: (globs) => select([globs], []),
    select,
  };
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function bitsOf(words: number, indices: Iterable<number>): Bits {
  const bits = new Uint32Array(words);
  for (const index of indices) bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
  return bits;
}

function add(bits: Bits, others: Bits): void {
  for (let word = 0; word < bits.length; word += 1) bits[word] = (bits[word] ?? 0) | (others[word] ?? 0);
}

function remove(bits: Bits, others: Bits): void {
  for (let word = 0; word < bits.length; word += 1) bits[word] = (bits[word] ?? 0) & ~(others[word] ?? 0);
}

/** Word by word, so that whoever only wants the first path stops there. */
function* pathsBetween(inside: readonly Bits[], outside: readonly Bits[], paths: readonly string[]): Generator<string> {
  for (let word = 0; word * 32 < paths.length; word += 1) {
    let rest = -1;
    for (const bits of inside) rest &= bits[word] ?? 0;
    for (const bits of outside) rest &= ~(bits[word] ?? 0);
    for (; rest !== 0; rest &= rest - 1) {
      const path = paths[word * 32 + (31 - Math.clz32(rest & -rest))];
      if (path !== undefined) yield path;
    }
  }
}

interface Tables {
  readonly bySegment: ReadonlyMap<string, readonly number[]>;
  /** From each dot of the file's name on. */
  readonly byEnding: ReadonlyMap<string, readonly number[]>;
}

function tablesOf(paths: readonly string[]): Tables {
  const bySegment = new Map<string, number[]>();
  const byEnding = new Map<string, number[]>();
  const add = (table: Map<string, number[]>, key: string, index: number): void => {
    const list = table.get(key);
    if (list === undefined) table.set(key, [index]);
    else if (list.at(-1) !== index) list.push(index);
  };
  for (const [index, path] of paths.entries()) {
    const segments = path.split('/');
    for (const segment of segments) add(bySegment, segment, index);
    const name = segments.at(-1) ?? '';
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      add(byEnding, name.slice(dot), index);
    }
  }
  return { bySegment, byEnding };
}

function* matchesOf(
  pattern: string,
  paths: readonly string[],
  tables: () => Tables,
  work: Work,
): Generator<number, undefined> {
  // Longer patterns take longer to try.
  const price = 1 + pattern.length / 8;
  const matches = pathMatcher(pattern);
  const tried = new Set<number>();
  for (const row of braceExpand(pattern, globOptions)) {
    for (const index of candidatesOf(row, paths, tables)) {
      if (tried.has(index)) continue;
      tried.add(index);
      work.left -= price;
      if (work.left <= 0) return undefined;
      if (matches(paths[index] ?? '')) yield index;
    }
  }
  return undefined;
}

/** The files that have what one brace expansion asks for by name; of several things, the rarest. */
function candidatesOf(row: string, paths: readonly string[], tables: () => Tables): Iterable<number> {
  const segments = row.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return paths.keys();
  const firstMagic = segments.findIndex((segment) => MAGIC.test(segment));
  const leading = firstMagic === -1 ? segments : segments.slice(0, firstMagic);
  if (leading.length > 0) return rangeOf(paths, leading.join('/'));
  const offers: (readonly number[])[] = [];
  for (const segment of segments) {
    if (!MAGIC.test(segment)) offers.push(tables().bySegment.get(segment) ?? []);
  }
  const last = segments.at(-1) ?? '';
  const plainEnd = /[^*?[\](){}\\!+@|]*$/.exec(last)?.[0] ?? '';
  const dot = plainEnd.indexOf('.');
  if (dot !== -1) offers.push(tables().byEnding.get(plainEnd.slice(dot)) ?? []);
  const [rarest] = offers.sort((a, b) => a.length - b.length);
  return rarest ?? paths.keys();
}

/** The file of this name and those in the folder of this name: in sorted order, all that begin with it. */
function* rangeOf(paths: readonly string[], prefix: string): Generator<number> {
  let low = 0;
  let high = paths.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((paths[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  for (let index = low; paths[index]?.startsWith(prefix) === true; index += 1) yield index;
}
