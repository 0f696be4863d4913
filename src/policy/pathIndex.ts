import { braceExpand } from 'minimatch';
import { expandPlainBraces } from './braces.ts';
import type { GlobSet, PathIndex } from './compiled.ts';
import { globOptions, globSet, type PathMatcher, pathMatcher, readSign } from './glob.ts';

/** How many paths an index remembers the answer for. A request names tens; a repository-wide report, far more. */
const REMEMBERED_PATHS = 4_096;
/** And about how many set ids all those answers may have: in a hostile policy each path matches ten thousand lists. */
const REMEMBERED_IDS = 400_000;

/** Characters that are not themselves in a glob. `,` and `-` matter only inside what the others open. */
const MAGIC = /[*?[\](){}\\!+@|]/;

/** What a path must have for the patterns under it to be worth trying. */
interface IndexKey {
  readonly text: string;
  /** How many brace expansions of all patterns offer it. */
  offers: number;
  /** Those that are filed under it. */
  readonly patterns: FiledPattern[];
}

/** Each kind of key has its own table, looked up once for each prefix, segment or ending of the path. */
interface KeyTables {
  readonly prefix: Map<string, IndexKey>;
  readonly segment: Map<string, IndexKey>;
  readonly ending: Map<string, IndexKey>;
}

/** One pattern, shared by every list that has it. */
interface FiledPattern {
  readonly number: number;
  readonly matches: PathMatcher;
  /** A text that every path which it matches contains; often empty. Looking for it is ten times as fast as matching. */
  readonly within: string;
}

interface Tables extends KeyTables {
  /** Characters of the longest key. */
  readonly longest: number;
}

/** Patterns by what a path needs to match them, whatever lists they stand in. */
export interface FiledPatterns {
  readonly byText: ReadonlyMap<string, FiledPattern>;
  readonly tables: Tables;
  /** Worth trying for any path. */
  readonly unkeyed: readonly FiledPattern[];
}

/**
 * Files the patterns of globs, each once. Each brace expansion of a pattern is filed under the rarest thing that a path
 * needs to match it: its leading folders, a whole segment, or the end of the file name from a dot.
 */
export function filePatterns(lists: readonly (readonly string[])[]): FiledPatterns {
  const byText = new Map<string, FiledPattern>();
  for (const glob of lists.flat()) {
    const { pattern } = readSign(glob);
    if (byText.has(pattern)) continue;
    byText.set(pattern, { number: byText.size, matches: pathMatcher(pattern), within: textWithin(pattern) });
  }
  return { byText, ...fileAway(byText) };
}

/** Where a pattern stands: the lists in which it adds matches, and those from which it takes matches away. */
interface Uses {
  readonly sets: number[];
  readonly against: number[];
}

/**
 * Indexes lists of globs. A lookup gathers the patterns that are filed under what the path has and confirms each find with
 * minimatch, so the answer is that of the naive loop.
 *
 * @param lists the glob lists; the position in this array is the set's id
 * @param filed their patterns, and perhaps others, where they are filed already
 */
export function indexPaths(
  lists: readonly (readonly string[])[],
  filed: FiledPatterns = filePatterns(lists),
): PathIndex {
  const { byText, tables, unkeyed } = filed;
  const sets = lists.map((list, id) =>
    globSet(id, list, (pattern) => byText.get(pattern)?.matches ?? pathMatcher(pattern)),
  );
  const uses: (Uses | undefined)[] = [];
  /** Lists of nothing but `!`: every path is in them at first. */
  const addingNothing = enterLists(lists, byText, uses);
  const findPatterns = (path: string): readonly FiledPattern[] => {
    const found: FiledPattern[] = [];
    const tried = new Set<FiledPattern>();
    const confirm = (pattern: FiledPattern): void => {
      if (!path.includes(pattern.within) || tried.has(pattern)) return;
      tried.add(pattern);
      if (pattern.matches(path)) found.push(pattern);
    };
    for (const pattern of unkeyed) if (path.includes(pattern.within) && pattern.matches(path)) found.push(pattern);
    forEachCandidate(tables, path, confirm);
    return found;
  };
  const find: Find = { patterns: findPatterns, sets: (found) => setsOf(found, uses, addingNothing) };
  return { sets, match: remembering(find, (path) => matchNaively(sets, path)) };
}

/** The lists that a path is in, by the patterns that match it; ascending. */
function setsOf(
  found: readonly FiledPattern[],
  uses: readonly (Uses | undefined)[],
  addingNothing: readonly number[],
): readonly number[] {
  const sets = new Set<number>(addingNothing);
  for (const { number } of found) for (const id of uses[number]?.sets ?? []) sets.add(id);
  for (const { number } of found) for (const id of uses[number]?.against ?? []) sets.delete(id);
  return [...sets].sort((a, b) => a - b);
}

/** Patterns under one key up to here are what any large policy has; more than that make lookups slow. */
const UNCROWDED = 32;

/**
 * How many patterns share what they are filed under with many others, or are filed under nothing: those are tried for path
 * after path, so their number bounds what a lookup costs.
 */
export function countCrowded({ tables, unkeyed }: FiledPatterns): number {
  let crowded = unkeyed.length;
  for (const table of [tables.prefix, tables.segment, tables.ending]) {
    for (const { patterns } of table.values()) if (patterns.length > UNCROWDED) crowded += patterns.length;
  }
  return crowded;
}

/** Notes the lists of each pattern, by its number; gives the lists in which no pattern adds matches. */
function enterLists(
  lists: readonly (readonly string[])[],
  byText: FiledPatterns['byText'],
  uses: (Uses | undefined)[],
): readonly number[] {
  const addingNothing: number[] = [];
  for (const [id, list] of lists.entries()) {
    let adds = false;
    for (const glob of new Set(list)) {
      const { takesAway, pattern } = readSign(glob);
      const number = byText.get(pattern)?.number;
      if (number === undefined) throw new RangeError(`the pattern ${pattern} is not filed`);
      const entry = uses[number] ?? { sets: [], against: [] };
      uses[number] = entry;
      (takesAway ? entry.against : entry.sets).push(id);
      if (!takesAway) adds = true;
    }
    if (!adds) addingNothing.push(id);
  }
  return addingNothing;
}

/** The same answer by asking every list; what the index is measured and tested against. */
export function matchNaively(sets: readonly GlobSet[], path: string): readonly number[] {
  return sets.filter((set) => set.test(path)).map((set) => set.id);
}

/** Files every pattern under one key per brace expansion: of those it offers, the rarest. */
function fileAway(patterns: ReadonlyMap<string, FiledPattern>): Pick<FiledPatterns, 'tables' | 'unkeyed'> {
  const keys: KeyTables = { prefix: new Map(), segment: new Map(), ending: new Map() };
  const offered: (readonly [FiledPattern, readonly (readonly IndexKey[])[]])[] = [];
  for (const [pattern, entry] of patterns) {
    const rows = pattern.includes('{')
      ? (expandPlainBraces(pattern) ?? braceExpand(pattern, globOptions)).map((row) => keysOf(row, keys))
      : [keysOf(pattern, keys)];
    offered.push([entry, rows]);
  }
  let longest = 0;
  const unkeyed: FiledPattern[] = [];
  for (const [entry, rows] of offered) {
    const chosen = rows.map(rarest);
    // One expansion that fits any path makes the whole pattern a candidate for any path.
    if (chosen.length === 0 || chosen.includes(undefined)) {
      unkeyed.push(entry);
      continue;
    }
    for (const key of chosen) {
      if (key === undefined) continue;
      longest = Math.max(longest, key.text.length);
      if (key.patterns.at(-1) !== entry) key.patterns.push(entry);
    }
  }
  return { tables: { ...keys, longest }, unkeyed };
}

function rarest(keys: readonly IndexKey[]): IndexKey | undefined {
  let [best] = keys;
  for (const key of keys) if (best === undefined || key.offers < best.offers) best = key;
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
function keysOf(row: string, { prefix, segment: segments, ending }: KeyTables): readonly IndexKey[] {
  const names = row.split('/');
  // minimatch rewrites empty and dotted segments; such patterns are rare, and trying them always is right.
  if (names.some((name) => name === '' || name === '.' || name === '..')) return [];
  const keys: IndexKey[] = [];
  const firstMagic = names.findIndex((name) => MAGIC.test(name));
  const leading = firstMagic === -1 ? names : names.slice(0, firstMagic);
  if (leading.length > 0) keys.push(offer(prefix, leading.join('/')));
  if (firstMagic === -1) return keys;
  for (const name of names.slice(firstMagic)) {
    if (!MAGIC.test(name)) keys.push(offer(segments, name));
  }
  const last = names.at(-1) ?? '';
  const plainEnd = literalEnd(last);
  const dot = plainEnd.indexOf('.');
  if (MAGIC.test(last) && dot !== -1) keys.push(offer(ending, plainEnd.slice(dot)));
  return keys;
}

function offer(table: Map<string, IndexKey>, text: string): IndexKey {
  let key = table.get(text);
  if (key === undefined) {
    key = { text, offers: 0, patterns: [] };
    table.set(text, key);
  }
  key.offers += 1;
  return key;
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
  callback: (pattern: FiledPattern) => void,
): void {
  const visit = (key: IndexKey | undefined): void => {
    if (key !== undefined) for (const pattern of key.patterns) callback(pattern);
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
  patterns(path: string): readonly FiledPattern[];
  sets(found: readonly FiledPattern[]): readonly number[];
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
