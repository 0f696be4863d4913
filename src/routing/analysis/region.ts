import type { Clause, DiffMeasure } from '../../policy/compiled.ts';
import { requestKinds } from '../../policy/schema.ts';
import { anyCount, cut, type Interval, overlap, wholeNumbers } from './interval.ts';
import { FALSE, TRUE, type Truths, UNKNOWN } from './truth.ts';

/** A clause that is not made of others. */
export type Primitive = Exclude<Clause, { readonly key: 'not' | 'anyOf' }>;

/** A count; `exact` undefined: not settled whether it is all known or only a lower bound. */
export interface Count extends Interval {
  readonly exact: boolean | undefined;
}

/** A fact with a value from lists: of each list in `oneOf` one, of those in `noneOf` none. */
export interface Named<Item> {
  readonly known: boolean | undefined;
  readonly oneOf: readonly Item[];
  readonly noneOf: readonly Item[];
}

/**
 * A set of requests, by what has been settled about each of their facts. Glob lists are numbers of sets in the policy's
 * index. Immutable.
 */
export interface Region {
  /** By the clause's own words: what it was settled to be. */
  readonly settled: ReadonlyMap<string, Truths>;
  /** A bit for each of the kinds of request. */
  readonly kinds: number;
  readonly filesKnown: boolean | undefined;
  readonly every: readonly number[];
  readonly notEvery: readonly number[];
  readonly some: readonly number[];
  readonly none: readonly number[];
  readonly diff: Readonly<Record<DiffMeasure, Count>>;
  readonly tokens: Interval & { readonly known: boolean | undefined };
  readonly images: boolean | 'unknown' | undefined;
  readonly tools: boolean | 'unknown' | undefined;
  readonly languages: Named<readonly string[]>;
  readonly client: Named<readonly string[]>;
  readonly team: Named<readonly string[]>;
  readonly intent: Named<readonly string[]>;
  readonly keywords: Named<readonly string[]>;
  readonly branch: Named<number>;
}

const unsettled = { known: undefined, oneOf: [], noneOf: [] } as const;
const exactly: Count = { ...anyCount, exact: true };
const perhaps: Count = { ...anyCount, exact: undefined };

/** Every request there can be. */
export const everything: Region = {
  settled: new Map(),
  kinds: (1 << requestKinds.length) - 1,
  filesKnown: undefined,
  every: [],
  notEvery: [],
  some: [],
  none: [],
  diff: { files: exactly, modules: exactly, lines: perhaps, added: perhaps, deleted: perhaps },
  tokens: { ...anyCount, known: undefined },
  images: undefined,
  tools: undefined,
  languages: unsettled,
  client: unsettled,
  team: unsettled,
  intent: unsettled,
  keywords: unsettled,
  branch: unsettled,
};

/** What a clause may come to in a region, by what was settled and what follows from numbers and kinds. */
export function statusIn(region: Region, clause: Primitive): Truths {
  const settled = region.settled.get(nameOf(clause));
  if (settled !== undefined) return settled;
  const needsCheap = clause.key === 'kind' || clause.key === 'diff';
  if (!needsCheap) return TRUE | FALSE | UNKNOWN;
  return partsOf(region, clause).reduce((truths, part) => truths | part.truth, 0);
}

/** A part of a region in which one clause is settled. */
export interface Part {
  readonly truth: Truths;
  readonly region: Region;
}

/** A region cut into parts that together are all of it; in each the clause is true, false or not known. */
export function split(region: Region, clause: Primitive): readonly Part[] {
  const name = nameOf(clause);
  return partsOf(region, clause).map(
    ({ truth, region: part }): Part => ({
      truth,
      region: { ...part, settled: new Map([...region.settled, [name, truth]]) },
    }),
  );
}

function partsOf(region: Region, clause: Primitive): readonly Part[] {
  switch (clause.key) {
    case 'kind':
      return partsByKind(region, maskOf(clause.any));
    case 'files':
      return partsByFiles(region, (known) => [
        [TRUE, { ...known, every: [...known.every, clause.set] }],
        [FALSE, { ...known, notEvery: [...known.notEvery, clause.set] }],
      ]);
    case 'touches':
      return partsByFiles(region, (known) => [
        [TRUE, { ...known, some: [...known.some, clause.set] }],
        [FALSE, { ...known, none: [...known.none, clause.set] }],
      ]);
    case 'languages':
      return partsByLanguages(region, clause.any);
    case 'diff':
      return partsByCount(region, clause.measure, wholeNumbers(clause.range));
    case 'client':
    case 'team':
    case 'intent':
    case 'keywords': {
      const { key } = clause;
      return partsByName(region[key], clause.any).map(([truth, named]) => part(truth, { ...region, [key]: named }));
    }
    case 'branch':
      return partsByName(region.branch, clause.set).map(([truth, branch]) => part(truth, { ...region, branch }));
    case 'context':
      return clause.measure === 'tokens'
        ? partsByTokens(region, wholeNumbers(clause.range))
        : partsByFlag(region, clause.measure, clause.is);
  }
}

function part(truth: Truths, region: Region): Part {
  return { truth, region };
}

function partsByKind(region: Region, mask: number): readonly Part[] {
  const [inside, outside] = [region.kinds & mask, region.kinds & ~mask];
  return [
    ...(inside === 0 ? [] : [part(TRUE, { ...region, kinds: inside })]),
    ...(outside === 0 ? [] : [part(FALSE, { ...region, kinds: outside })]),
  ];
}

/** Clauses on files are not known exactly when the files are not. */
function partsByFiles(
  region: Region,
  whenKnown: (known: Region) => readonly (readonly [Truths, Region])[],
): readonly Part[] {
  const parts: Part[] = [];
  if (region.filesKnown !== false) {
    for (const [truth, known] of whenKnown({ ...region, filesKnown: true })) parts.push(part(truth, known));
  }
  if (region.filesKnown !== true) parts.push(part(UNKNOWN, { ...region, filesKnown: false }));
  return parts;
}

/** With known files the language of one of them may still not be: then nothing is said about the others. */
function partsByLanguages(region: Region, list: readonly string[]): readonly Part[] {
  const { languages } = region;
  const parts = partsByFiles(region, (known) => [
    [TRUE, { ...known, languages: { ...languages, oneOf: [...languages.oneOf, list] } }],
    [FALSE, { ...known, languages: { ...languages, noneOf: [...languages.noneOf, list] } }],
    [UNKNOWN, { ...known, languages: { ...languages, known: false } }],
  ]);
  return parts.filter(({ region: { languages: found } }) => found.known !== false || found.oneOf.length === 0);
}

/**
 * A number of which only a lower bound is known can still rise: below the range nothing is known, above it the clause is
 * false, inside it is true only if the range has no upper end.
 */
function partsByCount(region: Region, measure: DiffMeasure, range: Interval): readonly Part[] {
  return partsByFiles(region, (known) => {
    const count = known.diff[measure];
    const parts: (readonly [Truths, Region])[] = [];
    const { below, within, above } = cut(count, range);
    const add = (truth: Truths, interval: Interval | undefined, exact: boolean): void => {
      if (interval === undefined) return;
      parts.push([truth, { ...known, diff: { ...known.diff, [measure]: { ...interval, exact } } }]);
    };
    if (count.exact !== false) {
      add(TRUE, within, true);
      add(FALSE, below, true);
      add(FALSE, above, true);
    }
    if (count.exact !== true) {
      add(range.high === Number.POSITIVE_INFINITY ? TRUE : UNKNOWN, within, false);
      add(UNKNOWN, below, false);
      add(FALSE, above, false);
    }
    return parts;
  });
}

function partsByName<Item>(named: Named<Item>, item: Item): readonly (readonly [Truths, Named<Item>])[] {
  const parts: (readonly [Truths, Named<Item>])[] = [];
  if (named.known !== false) {
    parts.push([TRUE, { ...named, known: true, oneOf: [...named.oneOf, item] }]);
    parts.push([FALSE, { ...named, known: true, noneOf: [...named.noneOf, item] }]);
  }
  if (named.known !== true) parts.push([UNKNOWN, { ...named, known: false }]);
  return parts;
}

function partsByTokens(region: Region, range: Interval): readonly Part[] {
  const { tokens } = region;
  const parts: Part[] = [];
  if (tokens.known !== false) {
    const { below, within, above } = cut(tokens, range);
    for (const [truth, interval] of [
      [TRUE, within],
      [FALSE, below],
      [FALSE, above],
    ] as const) {
      if (interval !== undefined) parts.push(part(truth, { ...region, tokens: { ...interval, known: true } }));
    }
  }
  if (tokens.known !== true) parts.push(part(UNKNOWN, { ...region, tokens: { ...tokens, known: false } }));
  return parts;
}

function partsByFlag(region: Region, flag: 'images' | 'tools', is: boolean): readonly Part[] {
  const parts: Part[] = [];
  for (const [truth, value] of [
    [TRUE, is],
    [FALSE, !is],
    [UNKNOWN, 'unknown'],
  ] as const) {
    if (region[flag] === undefined || region[flag] === value) parts.push(part(truth, { ...region, [flag]: value }));
  }
  return parts;
}

function maskOf(kinds: readonly string[]): number {
  return requestKinds.reduce((mask, kind, index) => (kinds.includes(kind) ? mask | (1 << index) : mask), 0);
}

const names = new WeakMap<Primitive, string>();

/** The clause's own words: clauses that say the same have one name. */
function nameOf(clause: Primitive): string {
  let name = names.get(clause);
  if (name === undefined) {
    name = JSON.stringify(clause);
    names.set(clause, name);
  }
  return name;
}

/** Whether counts contradict each other: more modules than files, fewer lines than added ones, and the like. */
export function countsContradict({ diff }: Region): boolean {
  const { files, modules, lines, added, deleted } = diff;
  if (modules.low > files.high) return true;
  // What is known of the parts is known of the sum, and the other way round.
  if (lines.exact === true && (added.exact === false || deleted.exact === false)) return true;
  if (lines.exact === false && added.exact === true && deleted.exact === true) return true;
  if (added.low + deleted.low > lines.high) return true;
  return overlap({ low: lines.low, high: lines.high }, { low: 0, high: added.high + deleted.high }) === undefined;
}
