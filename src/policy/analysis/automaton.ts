import { braceExpand } from 'minimatch';
import { globOptions } from '../glob.ts';
import { type CharSet, nameCharacters, type Piece, readRow, type Segment } from './globSyntax.ts';
import type { Work } from './memo.ts';

/** An automaton larger than this is not built; the answer is then "cannot tell". */
const MOST_STATES = 12_000;
/** Sets of states that one automaton may come to while it is walked. */
const MOST_SUBSETS = 6_000;

const SLASH: CharSet = [[0x2f, 0x2f]];

/**
 * What some globs match, as a nondeterministic automaton that is made deterministic while it is walked (Rabin and
 * Scott's subsets, only those that are visited). State numbers stand for subsets; -1 is the dead one, from which no path
 * is accepted any more.
 */
export interface Automaton {
  readonly start: number;
  accepts(state: number): boolean;
  /** The state after one more character; `'full'` when the automaton has grown past its budget. Takes what it costs from `work`. */
  step(state: number, character: number, work: Work): number | 'full';
  /** States before it is made deterministic. */
  readonly size: number;
  /** Where the automaton begins to treat characters differently, ascending. */
  readonly boundaries: readonly number[];
}

export const DEAD = -1;

/** The automaton of everything that one of these unsigned patterns matches; undefined where one cannot be reasoned about. */
export function automatonOf(patterns: readonly string[]): Automaton | undefined {
  const builder = new Builder();
  for (const pattern of patterns) {
    // Which of the two takes a backslash first is more than we want to know.
    if (pattern.includes('\\') && pattern.includes('{')) return undefined;
    for (const row of braceExpand(pattern, globOptions)) {
      const segments = readRow(row);
      if (segments === undefined) return undefined;
      if (segments !== 'nothing') addRow(builder, segments);
      if (builder.size > MOST_STATES) return undefined;
    }
  }
  return walkable(builder);
}

interface Edge {
  readonly set: CharSet;
  readonly to: number;
}

/** States 0 and 1 are the start and the end. */
class Builder {
  readonly edges: Edge[][] = [[], []];
  readonly jumps: number[][] = [[], []];

  get size(): number {
    return this.edges.length;
  }

  add(): number {
    this.jumps.push([]);
    return this.edges.push([]) - 1;
  }

  edge(from: number, set: CharSet, to: number): void {
    this.edges[from]?.push({ set, to });
  }

  jump(from: number, to: number): void {
    this.jumps[from]?.push(to);
  }
}

const START = 0;
const END = 1;

/**
 * `**` is any number of whole segments; at the end, at least one. So a `**` that is not last is a loop over
 * "segment, slash", and the last one is "segment" after that loop.
 */
function addRow(builder: Builder, segments: readonly Segment[]): void {
  let at = builder.add();
  builder.jump(START, at);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment.kind === 'folders') {
      const name = builder.add();
      builder.edge(at, nameCharacters, name);
      builder.edge(name, nameCharacters, name);
      builder.edge(name, SLASH, at);
      if (isLast) at = name;
      continue;
    }
    for (const piece of segment.pieces) at = addPiece(builder, at, piece);
    if (isLast) continue;
    const next = builder.add();
    builder.edge(at, SLASH, next);
    at = next;
  }
  builder.jump(at, END);
}

function addPiece(builder: Builder, from: number, piece: Piece): number {
  const to = builder.add();
  switch (piece.kind) {
    case 'character':
      builder.edge(from, piece.set, to);
      return to;
    case 'run':
      builder.jump(from, to);
      builder.edge(to, nameCharacters, to);
      return to;
    case 'choice': {
      const entry = builder.add();
      builder.jump(from, entry);
      if (piece.optional) builder.jump(entry, to);
      for (const option of piece.options) {
        let at = builder.add();
        builder.jump(entry, at);
        for (const inner of option) at = addPiece(builder, at, inner);
        builder.jump(at, to);
        if (piece.repeats) builder.jump(at, entry);
      }
      return to;
    }
  }
}

interface Subset {
  readonly members: readonly number[];
  readonly accepts: boolean;
  /** By class of characters. */
  readonly next: (number | undefined)[];
}

function walkable(builder: Builder): Automaton {
  const closures = builder.edges.map((): readonly number[] | undefined => undefined);
  const boundaries = boundariesOf(builder);
  const subsets: Subset[] = [];
  const ids = new Map<string, number>();
  const idOf = (states: Iterable<number>): number | 'full' => {
    const members = new Set<number>();
    for (const state of states) {
      closures[state] ??= closureOf(builder, state);
      for (const reached of closures[state]) members.add(reached);
    }
    if (members.size === 0) return DEAD;
    const sorted = [...members].sort((a, b) => a - b);
    const key = sorted.join();
    const known = ids.get(key);
    if (known !== undefined) return known;
    if (subsets.length >= MOST_SUBSETS) return 'full';
    const id = subsets.push({ members: sorted, accepts: members.has(END), next: [] }) - 1;
    ids.set(key, id);
    return id;
  };
  const start = idOf([START]);
  return {
    start: start === 'full' ? DEAD : start,
    boundaries,
    accepts: (state) => subsets[state]?.accepts === true,
    size: builder.size,
    step: (state, character, work) => {
      work.left -= 1;
      const subset = subsets[state];
      if (subset === undefined) return DEAD;
      const column = columnOf(boundaries, character);
      const known = subset.next[column];
      if (known !== undefined) return known;
      const reached: number[] = [];
      work.left -= 5 * subset.members.length;
      for (const member of subset.members) {
        for (const { set, to } of builder.edges[member] ?? []) if (contains(set, character)) reached.push(to);
      }
      const id = idOf(reached);
      if (id !== 'full') subset.next[column] = id;
      return id;
    },
  };
}

/** Of the states reached by jumps, those that say something: that read a character, or are the end. */
function closureOf(builder: Builder, from: number): readonly number[] {
  const seen = new Set([from]);
  const waiting = [from];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    for (const to of builder.jumps[state] ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      waiting.push(to);
    }
  }
  return [...seen].filter((state) => state === END || (builder.edges[state]?.length ?? 0) > 0);
}

function boundariesOf({ edges }: Builder): readonly number[] {
  const found = new Set([0]);
  const seen = new Set<CharSet>();
  for (const list of edges) {
    for (const { set } of list) {
      if (seen.has(set)) continue;
      seen.add(set);
      for (const [from, to] of set) found.add(from).add(to + 1);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** The last boundary that is not above a character. */
export function columnOf(boundaries: readonly number[], character: number): number {
  let low = 0;
  let high = boundaries.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((boundaries[middle] ?? 0) <= character) low = middle;
    else high = middle;
  }
  return low;
}

function contains(set: CharSet, character: number): boolean {
  return set.some(([from, to]) => character >= from && character <= to);
}

/** Whether the automaton takes a path, character by character; undefined past its budget. For holding it against the matcher. */
export function accepts(automaton: Automaton, path: string): boolean | undefined {
  const work = { left: Number.POSITIVE_INFINITY };
  let state = automaton.start;
  for (const character of path) {
    const next = automaton.step(state, character.codePointAt(0) ?? 0, work);
    if (next === 'full') return undefined;
    state = next;
    if (state === DEAD) return false;
  }
  return automaton.accepts(state);
}
