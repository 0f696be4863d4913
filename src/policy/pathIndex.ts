import { braceExpand } from 'minimatch';
import type { GlobSet, PathIndex } from './compiled.ts';
import { globOptions, globSet, type PathMatcher, pathMatcher, readSign } from './glob.ts';

/** How many paths an index remembers the answer for. A request names tens; a repository-wide report, far more. */
const REMEMBERED_PATHS = 4_096;
/** And how many set ids all those answers may have: in a hostile policy each path matches ten thousand lists. */
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
  readonly matches: PathMatcher;
  /** The lists in which it adds matches. */
  readonly sets: number[];
  /** The lists from which it takes matches away. */
  readonly against: number[];
}

type Tables = Record<IndexKey['table'], Map<string, IndexedPattern[]>>;

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
  const find = (path: string): readonly number[] => {
    const found = new Set<number>(addingNothing);
    const taken = new Set<number>();
    const confirm = ({ sets: adds, against, matches }: IndexedPattern): void => {
      const isKnown = adds.every((id) => found.has(id)) && against.every((id) => taken.has(id));
      if (isKnown || !matches(path)) return;
      for (const id of adds) found.add(id);
      for (const id of against) taken.add(id);
    };
    for (const pattern of unkeyed) confirm(pattern);
    forEachCandidate(tables, path, confirm);
    for (const id of taken) found.delete(id);
    return found.size === 0 ? NOTHING : [...found].sort((a, b) => a - b);
  };
  return { sets, match: remembering(find, (path) => matchNaively(sets, path)) };
}

const NOTHING: readonly number[] = [];

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
  for (const table of Object.values(tables)) {
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
    entry = { matches: pathMatcher(pattern), sets: [], against: [] };
    patterns.set(pattern, entry);
  }
  return entry;
}

/** Files every pattern under one key per brace expansion: of those it offers, the rarest. */
function fileAway(patterns: ReadonlyMap<string, IndexedPattern>): { tables: Tables; unkeyed: IndexedPattern[] } {
  const offers: { readonly entry: IndexedPattern; readonly rows: readonly (readonly IndexKey[])[] }[] = [];
  const uses = new Map<string, number>();
  for (const [pattern, entry] of patterns) {
    const rows = braceExpand(pattern, globOptions).map(keysOf);
    offers.push({ entry, rows });
    for (const keys of rows) for (const key of keys) uses.set(nameOf(key), (uses.get(nameOf(key)) ?? 0) + 1);
  }
  const tables: Tables = { prefix: new Map(), segment: new Map(), ending: new Map() };
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
      const list = tables[key.table].get(key.text);
      if (list === undefined) tables[key.table].set(key.text, [entry]);
      else if (list.at(-1) !== entry) list.push(entry);
    }
  }
  return { tables, unkeyed };
}

function nameOf(key: IndexKey): string {
  return `${key.table}:${key.text}`;
}

function rarest(keys: readonly IndexKey[], uses: ReadonlyMap<string, number>): IndexKey | undefined {
  let best: IndexKey | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const key of keys) {
    const count = uses.get(nameOf(key)) ?? 0;
    if (count < fewest) {
      best = key;
      fewest = count;
    }
  }
  return best;
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
function forEachCandidate(tables: Tables, path: string, callback: (pattern: IndexedPattern) => void): void {
  const visit = (list: readonly IndexedPattern[] | undefined): void => {
    if (list !== undefined) for (const pattern of list) callback(pattern);
  };
  let start = 0;
  for (;;) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    visit(tables.prefix.get(path.slice(0, end)));
    visit(tables.segment.get(path.slice(start, end)));
    if (slash === -1) break;
    start = slash + 1;
  }
  for (let dot = path.indexOf('.', start); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    visit(tables.ending.get(path.slice(dot)));
  }
}

/**
 * Remembers answers in a bounded cache that forgets the oldest half at a time. Paths that no repository has (empty,
 * with `//`, with a slash at an end) are answered by `odd`, because minimatch tidies them before it matches.
 */
function remembering(
  find: (path: string) => readonly number[],
  odd: (path: string) => readonly number[],
): (path: string) => readonly number[] {
  let recent = new Map<string, readonly number[]>();
  let older = new Map<string, readonly number[]>();
  let ids = 0;
  return (path) => {
    const known = recent.get(path) ?? older.get(path);
    if (known !== undefined) return known;
    const isOdd = path === '' || path.startsWith('/') || path.endsWith('/') || path.includes('//');
    const answer = isOdd ? odd(path) : find(path);
    if (recent.size >= REMEMBERED_PATHS / 2 || ids + answer.length > REMEMBERED_IDS / 2) {
      older = recent;
      recent = new Map();
      ids = 0;
    }
    recent.set(path, answer);
    ids += answer.length;
    return answer;
  };
}
