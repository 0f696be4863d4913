import { braceExpand } from 'minimatch';
import type { GlobSet, PathIndex } from './compiled.ts';
import { globOptions, globSet, type PathMatcher, pathMatcher, readSign } from './glob.ts';

/** How many paths an index remembers the answer for. A request names tens; a repository-wide report, far more. */
const REMEMBERED_PATHS = 4_096;
/** And about how many set ids all those answers may have: in a hostile policy each path matches ten thousand lists. */
const REMEMBERED_IDS = 400_000;

/** Characters that are not themselves in a glob. `,` and `-` matter only inside what the others open. */
const MAGIC = /[*?[\](){}\\!+@|]/;

/**
 * What a path must have for a pattern to be worth trying. Each kind has its own table, looked up once for each prefix,
 * segment or ending of the path.
 */
type IndexKey =
  | { readonly table: 'prefix'; readonly text: string }
  | { readonly table: 'segment'; readonly text: string }
  | { readonly table: 'ending'; readonly text: string };

/** One pattern, shared by every list that has it. */
interface IndexedPattern {
  readonly number: number;
  readonly matches: PathMatcher;
  /** A text that every path which it matches contains; often empty. Looking for it is ten times as fast as matching. */
  readonly within: string;
  /** The lists in which it adds matches. */
  readonly sets: number[];
  /** The lists from which it takes matches away. */
  readonly against: number[];
}

interface Tables extends Readonly<Record<IndexKey['table'], Map<string, IndexedPattern[]>>> {
  /** Characters of the longest key. */
  readonly longest: number;
}

/**
 * Indexes lists of globs. Each brace expansion of a pattern is filed under the rarest thing that a path needs to match
 * it: its leading folders, a whole segment, or the end of the file name from a dot. A lookup gathers what the path has
 * and confirms each find with minimatch, so the answer is that of the naive loop.
 *
 * @param lists the glob lists; the position in this array is the set's id
 */
export function indexPaths(lists: readonly (readonly string[])[]): PathIndex {
  const patterns = new Map<string, IndexedPattern>();
  const matcherOf = (pattern: string): PathMatcher => patternFor(patterns, pattern).matches;
  const sets = lists.map((list, id) => globSet(id, list, matcherOf));
  /** Lists of nothing but `!`: every path is in them at first. */
  const addingNothing = addPatterns(patterns, lists);
  const { tables, unkeyed } = fileAway(patterns);
  const findPatterns = (path: string): readonly IndexedPattern[] => {
    const found: IndexedPattern[] = [];
    const tried = new Set<IndexedPattern>();
    const confirm = (pattern: IndexedPattern): void => {
      if (!path.includes(pattern.within) || tried.has(pattern)) return;
      tried.add(pattern);
      if (pattern.matches(path)) found.push(pattern);
    };
    for (const pattern of unkeyed) if (path.includes(pattern.within) && pattern.matches(path)) found.push(pattern);
    forEachCandidate(tables, path, confirm);
    return found;
  };
  const find: Find = { patterns: findPatterns, sets: (found) => setsOf(found, addingNothing) };
  return { sets, match: remembering(find, (path) => matchNaively(sets, path)) };
}

/** The lists that a path is in, by the patterns that match it; ascending. */
function setsOf(found: readonly IndexedPattern[], addingNothing: readonly number[]): readonly number[] {
  const sets = new Set<number>(addingNothing);
  for (const { sets: adds } of found) for (const id of adds) sets.add(id);
  for (const { against } of found) for (const id of against) sets.delete(id);
  return [...sets].sort((a, b) => a - b);
}

/** Patterns under one key up to here are what any large policy has; more than that make lookups slow. */
const UNCROWDED = 32;

/**
 * How many patterns of these lists share what they are filed under with many others, or are filed under nothing: those
 * are tried for path after path, so their number bounds what a lookup costs.
 */
export function countCrowded(lists: readonly (readonly string[])[]): number {
  const patterns = new Map<string, IndexedPattern>();
  addPatterns(patterns, lists);
  const { tables, unkeyed } = fileAway(patterns);
  let crowded = unkeyed.length;
  for (const table of [tables.prefix, tables.segment, tables.ending]) {
    for (const list of table.values()) if (list.length > UNCROWDED) crowded += list.length;
  }
  return crowded;
}

/** Enters each pattern of each list; gives the lists in which no pattern adds matches. */
function addPatterns(patterns: Map<string, IndexedPattern>, lists: readonly (readonly string[])[]): readonly number[] {
  const addingNothing: number[] = [];
  for (const [id, list] of lists.entries()) {
    const signed = [...new Set(list)].map(readSign);
    for (const { takesAway, pattern } of signed) {
      const entry = patternFor(patterns, pattern);
      (takesAway ? entry.against : entry.sets).push(id);
    }
    if (signed.every(({ takesAway }) => takesAway)) addingNothing.push(id);
  }
  return addingNothing;
}

/** The same answer by asking every list; what the index is measured and tested against. */
export function matchNaively(sets: readonly GlobSet[], path: string): readonly number[] {
  return sets.filter((set) => set.test(path)).map((set) => set.id);
}

function patternFor(patterns: Map<string, IndexedPattern>, pattern: string): IndexedPattern {
  let entry = patterns.get(pattern);
  if (entry === undefined) {
    entry = {
      number: patterns.size,
      matches: pathMatcher(pattern),
      within: textWithin(pattern),
      sets: [],
      against: [],
    };
    patterns.set(pattern, entry);
  }
  return entry;
}

/** How many brace expansions of all patterns offer a key. */
type Uses = Record<IndexKey['table'], Map<string, number>>;

/** Files every pattern under one key per brace expansion: of those it offers, the rarest. */
function fileAway(patterns: ReadonlyMap<string, IndexedPattern>): { tables: Tables; unkeyed: IndexedPattern[] } {
  const offers: { readonly entry: IndexedPattern; readonly rows: readonly (readonly IndexKey[])[] }[] = [];
  const uses: Uses = { prefix: new Map(), segment: new Map(), ending: new Map() };
  for (const [pattern, entry] of patterns) {
    const expanded = pattern.includes('{') ? braceExpand(pattern, globOptions) : [pattern];
    const rows = expanded.map(keysOf);
    offers.push({ entry, rows });
    for (const keys of rows) {
      for (const { table, text } of keys) uses[table].set(text, (uses[table].get(text) ?? 0) + 1);
    }
  }
  const tables = { prefix: new Map(), segment: new Map(), ending: new Map(), longest: 0 } satisfies Tables;
  const unkeyed: IndexedPattern[] = [];
  for (const { entry, rows } of offers) {
    const chosen = rows.map((keys) => rarest(keys, uses));
    // One expansion that fits any path makes the whole pattern a candidate for any path.
    if (chosen.length === 0 || chosen.includes(undefined)) {
      unkeyed.push(entry);
      continue;
    }
    for (const key of chosen) {
      if (key === undefined) continue;
      const table: Map<string, IndexedPattern[]> = tables[key.table];
      const list = table.get(key.text);
      tables.longest = Math.max(tables.longest, key.text.length);
      if (list === undefined) table.set(key.text, [entry]);
      else if (list.at(-1) !== entry) list.push(entry);
    }
  }
  return { tables, unkeyed };
}

function rarest(keys: readonly IndexKey[], uses: Uses): IndexKey | undefined {
  let best: IndexKey | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const key of keys) {
    const count = uses[key.table].get(key.text) ?? 0;
    if (count < fewest) {
      best = key;
      fewest = count;
    }
  }
  return best;
}

/**
 * The longest text that every path matching this pattern contains, as `ledger` in `a/*ledger*`. Empty where brackets,
 * braces, escapes or dotted segments make that hard to see.
 */
function textWithin(pattern: string): string {
  if (/[[({\\]/.test(pattern)) return '';
  const segments = pattern.split('/');
  if (segments.includes('.') || segments.includes('..')) return '';
  const pieces = segments.flatMap((segment) => segment.split(/[*?]/));
  return pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '');
}

/** Everything that any path matching this brace-free pattern must have; empty when that is nothing we look up. */
function keysOf(row: string): readonly IndexKey[] {
  const segments = row.split('/');
  // minimatch rewrites empty and dotted segments; such patterns are rare, and trying them always is right.
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return [];
  const keys: IndexKey[] = [];
  const firstMagic = segments.findIndex((segment) => MAGIC.test(segment));
  const leading = firstMagic === -1 ? segments : segments.slice(0, firstMagic);
  if (leading.length > 0) keys.push({ table: 'prefix', text: leading.join('/') });
  if (firstMagic === -1) return keys;
  for (const segment of segments.slice(firstMagic)) {
    if (!MAGIC.test(segment)) keys.push({ table: 'segment', text: segment });
  }
  const last = segments.at(-1) ?? '';
  const plainEnd = literalEnd(last);
  const dot = plainEnd.indexOf('.');
  if (MAGIC.test(last) && dot !== -1) keys.push({ table: 'ending', text: plainEnd.slice(dot) });
  return keys;
}

/** The plain text at the end of a segment: `*.test.ts` ends in `.test.ts`. */
function literalEnd(segment: string): string {
  let at = segment.length;
  while (at > 0 && !MAGIC.test(segment.charAt(at - 1))) at -= 1;
  return segment.slice(at);
}

/** Calls back with each pattern filed under a leading folder, a segment or an ending of the path; some more than once. */
function forEachCandidate(
  { prefix, segment, ending, longest }: Tables,
  path: string,
  callback: (pattern: IndexedPattern) => void,
): void {
  const visit = (list: readonly IndexedPattern[] | undefined): void => {
    if (list !== undefined) for (const pattern of list) callback(pattern);
  };
  let start = 0;
  for (;;) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    // No key is longer, and without this a path of ten thousand folders would be cut off ten thousand times.
    if (end <= longest) visit(prefix.get(path.slice(0, end)));
    if (end - start <= longest) visit(segment.get(path.slice(start, end)));
    if (slash === -1) break;
    start = slash + 1;
  }
  const firstDot = Math.max(start, path.length - longest);
  for (let dot = path.indexOf('.', firstDot); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    visit(ending.get(path.slice(dot)));
  }
}

/** How an index finds an answer: the patterns that match a path, and the lists that those come to. */
interface Find {
  patterns(path: string): readonly IndexedPattern[];
  sets(found: readonly IndexedPattern[]): readonly number[];
}

interface Memory {
  readonly ofPath: Map<string, readonly number[]>;
  /** By the numbers of the patterns that match: most paths of a repository share their answer with many others. */
  readonly ofPatterns: Map<string, readonly number[]>;
}

/**
 * Remembers answers in a bounded cache that forgets the oldest half at a time. Paths with the same answer get the same
 * array. Paths that no repository has (empty, with `//`, with a slash at an end) are answered by `odd`, because minimatch
 * tidies them before it matches.
 */
function remembering(find: Find, odd: (path: string) => readonly number[]): (path: string) => readonly number[] {
  let recent: Memory = { ofPath: new Map(), ofPatterns: new Map() };
  let older = recent;
  /** In the arrays that `recent` holds. */
  let ids = 0;
  const answerTo = (path: string): readonly number[] => {
    const isOdd = path === '' || path.startsWith('/') || path.endsWith('/') || path.includes('//');
    if (isOdd) {
      const answer = odd(path);
      ids += answer.length;
      return answer;
    }
    const found = find.patterns(path);
    const key = found.map(({ number }) => number).join();
    const known = recent.ofPatterns.get(key);
    if (known !== undefined) return known;
    const answer = older.ofPatterns.get(key) ?? find.sets(found);
    recent.ofPatterns.set(key, answer);
    ids += answer.length;
    return answer;
  };
  return (path) => {
    const known = recent.ofPath.get(path) ?? older.ofPath.get(path);
    if (known !== undefined) return known;
    if (recent.ofPath.size >= REMEMBERED_PATHS / 2 || ids > REMEMBERED_IDS / 2) {
      older = recent;
      recent = { ofPath: new Map(), ofPatterns: new Map() };
      ids = 0;
    }
    const answer = answerTo(path);
    recent.ofPath.set(path, answer);
    return answer;
  };
}
