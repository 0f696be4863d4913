import { globSet, readSign } from '../glob.ts';
import { type Automaton, automatonOf, columnOf, DEAD } from './automaton.ts';
import type { Memo, Work } from './memo.ts';
import { isEnd, type Shape, shapes, stepShape } from './pathShape.ts';

/** The paths that one list of globs matches. */
export interface PathSet {
  /** Names it in memories: equal keys match the same paths. */
  readonly key: string;
  /** undefined: every path, less what is taken away. */
  readonly adds: Automaton | undefined;
  readonly takesAway: Automaton | undefined;
  /** minimatch's own answer. */
  test(path: string): boolean;
}

/** Whether there is a path of some kind. `unknown`: it took too long to find out, so nothing may be concluded. */
export type PathSearch =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' };

/** Product states that one search visits. */
const MOST_VISITED = 3_000;
/** What one search may spend. */
const MOST_WORK = 400_000;
/** What building one state of an automaton costs. */
const STATE_WORK = 20;

/** The set that a list of globs stands for; undefined where one of them cannot be reasoned about. */
export function pathSetOf(globs: readonly string[], memo: Memo): PathSet | undefined {
  const key = JSON.stringify(globs);
  if (memo.work.left <= 0) return undefined;
  return memo.get('path-set', key, () => {
    const set = buildPathSet(globs, key);
    memo.work.left -= STATE_WORK * ((set?.adds?.size ?? 0) + (set?.takesAway?.size ?? 0) + globs.length);
    return set;
  });
}

function buildPathSet(globs: readonly string[], key: string): PathSet | undefined {
  const signed = globs.map(readSign);
  const added = signed.filter((glob) => !glob.takesAway).map(({ pattern }) => pattern);
  const taken = signed.filter((glob) => glob.takesAway).map(({ pattern }) => pattern);
  const adds = added.length === 0 ? undefined : automatonOf(added);
  const takesAway = taken.length === 0 ? undefined : automatonOf(taken);
  if ((added.length > 0 && adds === undefined) || (taken.length > 0 && takesAway === undefined)) return undefined;
  return { key, adds, takesAway, test: globSet(0, globs).test };
}

/**
 * The shortest path that is in all of `inside` and in none of `outside`, a readable one where there is one: a breadth-first
 * walk of the product of the automata, over one character of each kind that they tell apart. What it finds has been
 * confirmed with minimatch; `none` is proven.
 */
export function findPath(inside: readonly PathSet[], outside: readonly PathSet[], memo: Memo): PathSearch {
  const key = `${keysOf(inside)}\n-\n${keysOf(outside)}`;
  if (memo.work.left <= 0) return { kind: 'unknown' };
  return memo.get('path', key, () => {
    const product = productOf(inside, outside);
    const work: Work = { left: MOST_WORK };
    const readable = walk(product, shapes.readable, work);
    const found = readable.kind === 'none' ? walk(product, shapes.any, work) : readable;
    memo.work.left -= MOST_WORK - work.left + 10 * product.letters.length;
    if (found.kind !== 'found') return found;
    const isRight = inside.every((set) => set.test(found.path)) && !outside.some((set) => set.test(found.path));
    return isRight ? found : { kind: 'unknown' };
  });
}

function keysOf(sets: readonly PathSet[]): string {
  return [...new Set(sets.map(({ key }) => key))].sort().join('\n');
}

/**
 * Automata side by side. The first ones, `wanted`, must accept, `refused` ones must not; of each of the `unwanted` pairs,
 * what is left must not.
 */
interface Product {
  readonly automata: readonly Automaton[];
  readonly wanted: readonly number[];
  readonly refused: readonly number[];
  readonly unwanted: readonly { readonly adds: number | undefined; readonly takesAway: number | undefined }[];
  readonly letters: readonly number[];
}

function productOf(inside: readonly PathSet[], outside: readonly PathSet[]): Product {
  const automata: Automaton[] = [];
  const place = (automaton: Automaton): number => {
    const known = automata.indexOf(automaton);
    return known === -1 ? automata.push(automaton) - 1 : known;
  };
  const wanted = [...new Set(inside.flatMap(({ adds }) => (adds === undefined ? [] : place(adds))))];
  const refused = inside.flatMap(({ takesAway }) => (takesAway === undefined ? [] : place(takesAway)));
  const unwanted = outside.map(({ adds, takesAway }) => ({
    adds: adds === undefined ? undefined : place(adds),
    takesAway: takesAway === undefined ? undefined : place(takesAway),
  }));
  return { automata, wanted, refused, unwanted, letters: lettersOf(automata) };
}

const PREFERRED = [..."abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_-. ~@+#$%&()[]{}!,;='"].map(
  (letter) => letter.charCodeAt(0),
);

/** One character of each kind that the automata tell apart, the readable ones first. "/" is always one of them. */
function lettersOf(automata: readonly Automaton[]): readonly number[] {
  const all = new Set([0, 0x2e, 0x2f, 0x30, ...automata.flatMap(({ boundaries }) => boundaries)]);
  const boundaries = [...all].sort((a, b) => a - b);
  const chosen = new Map<number, number>();
  for (const character of PREFERRED) {
    const kind = columnOf(boundaries, character);
    if (!chosen.has(kind)) chosen.set(kind, character);
  }
  for (const [kind, boundary] of boundaries.entries()) {
    const isHalf = boundary >= 0xd800 && boundary <= 0xdfff;
    if (!chosen.has(kind) && !isHalf && boundary <= 0x10ffff) chosen.set(kind, boundary);
  }
  return [...chosen.values()];
}

interface Visit {
  readonly states: readonly number[];
  readonly shape: Shape['state'];
  readonly before: Visit | undefined;
  readonly character: number;
}

function walk(product: Product, shape: Shape, work: Work): PathSearch {
  const { automata, wanted, letters } = product;
  const first: Visit = {
    states: automata.map(({ start }) => start),
    shape: shape.state,
    before: undefined,
    character: 0,
  };
  if (wanted.some((index) => first.states[index] === DEAD)) return { kind: 'none' };
  const seen = new Set<string>([keyOf(first)]);
  let level: readonly Visit[] = [first];
  while (level.length > 0) {
    const next: Visit[] = [];
    for (const visit of level) {
      for (const character of letters) {
        const reachedShape = stepShape(shape, visit.shape, character);
        if (reachedShape === undefined) continue;
        const states = stepAll(product, visit.states, character, work);
        if (states === 'lost') continue;
        if (states === 'full' || work.left <= 0) return { kind: 'unknown' };
        const reached: Visit = { states, shape: reachedShape, before: visit, character };
        const key = keyOf(reached);
        if (seen.has(key)) continue;
        if (isEnd(reachedShape) && isAccepted(product, states)) return { kind: 'found', path: pathOf(reached) };
        if (seen.size >= MOST_VISITED) return { kind: 'unknown' };
        seen.add(key);
        next.push(reached);
      }
    }
    level = next;
  }
  return { kind: 'none' };
}

/** One more character in every automaton; `lost` as soon as one that must accept no longer can. */
function stepAll(
  { automata, wanted }: Product,
  states: readonly number[],
  character: number,
  work: Work,
): readonly number[] | 'lost' | 'full' {
  let reached: number[] | undefined;
  // Those that must accept stand first, so that most characters cost one step.
  for (const [index, automaton] of automata.entries()) {
    const state = states[index] ?? DEAD;
    const next = state === DEAD ? DEAD : automaton.step(state, character, work);
    if (next === 'full') return 'full';
    if (next === DEAD && index < wanted.length) return 'lost';
    reached ??= new Array<number>(automata.length).fill(DEAD);
    reached[index] = next;
  }
  return reached ?? [];
}

function isAccepted({ automata, wanted, refused, unwanted }: Product, states: readonly number[]): boolean {
  const accepted = (index: number): boolean => automata[index]?.accepts(states[index] ?? DEAD) === true;
  const isInside = ({ adds, takesAway }: Product['unwanted'][number]): boolean =>
    (adds === undefined || accepted(adds)) && (takesAway === undefined || !accepted(takesAway));
  return wanted.every(accepted) && !refused.some(accepted) && !unwanted.some(isInside);
}

function keyOf({ states, shape }: Visit): string {
  return `${shape}:${states.join()}`;
}

function pathOf(last: Visit): string {
  const characters: string[] = [];
  for (let visit = last; visit.before !== undefined; visit = visit.before) {
    characters.push(String.fromCodePoint(visit.character));
  }
  return characters.reverse().join('');
}
