import type { DiffMeasure } from '../../policy/compiled.ts';
import { normaliseWords } from '../../policy/conditions.ts';
import { type RequestKind, requestKinds } from '../../policy/schema.ts';
import type { FactFile, Facts } from '../facts.ts';
import type { PathWorld } from './pathWorld.ts';
import { countsContradict, type Named, type Region } from './region.ts';

/** A request of a region; `none`, proven, or `unknown`: no example could be made, which proves nothing. */
export type Example = { readonly kind: 'found'; readonly facts: Facts } | { readonly kind: 'none' | 'unknown' };

const NONE = { kind: 'none' } as const;
const UNKNOWN = { kind: 'unknown' } as const;

/** Kinds as an example prefers them: what people think of first when they hear "a request". */
const KINDS: readonly RequestKind[] = [
  'edit',
  'agent',
  'chat',
  'completion',
  'plan',
  'review',
  'commit-message',
  'title',
];

/** Files that an example has at most. */
const MOST_FILES = 120;

/**
 * One request of a region, with paths of this world. Whatever it says of `none` holds for every request of the region;
 * the example itself is meant to be tried on the real rules by the caller.
 */
export function exampleOf(region: Region, world: PathWorld, branches: PathWorld): Example {
  const kind = KINDS.find((candidate) => (region.kinds & (1 << requestKinds.indexOf(candidate))) !== 0);
  if (kind === undefined || countsContradict(region)) return NONE;
  const names = { client: nameIn(region.client), team: nameIn(region.team), intent: nameIn(region.intent) };
  const text = textIn(region.keywords);
  const branch = branchIn(region.branch, branches);
  const context = contextIn(region);
  const files = region.filesKnown === false ? undefined : filesIn(region, world);
  const parts = [names.client, names.team, names.intent, text, branch, files];
  if (parts.some((part) => part === NONE)) return NONE;
  if (parts.some((part) => part === UNKNOWN)) return UNKNOWN;
  const textOf = (part: string | Failure | undefined): string | undefined =>
    typeof part === 'string' ? part : undefined;
  const given = Object.entries({ ...mapped(names, textOf), text: textOf(text), branch: textOf(branch) });
  const work = files === undefined || 'kind' in files ? {} : files;
  return {
    kind: 'found',
    facts: { kind, ...work, ...context, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) },
  };
}

type Failure = typeof NONE | typeof UNKNOWN;

function mapped<Key extends string, From, To>(record: Readonly<Record<Key, From>>, map: (from: From) => To) {
  return Object.fromEntries(Object.entries<From>(record).map(([key, value]) => [key, map(value)])) as Record<Key, To>;
}

/** A name that is in each of some lists and in none of others. */
function nameIn({ known, oneOf, noneOf }: Named<readonly string[]>): string | Failure | undefined {
  if (known !== true) return undefined;
  const [first, ...others] = oneOf;
  const isFree = (name: string): boolean => !noneOf.some((list) => list.includes(name));
  if (first === undefined) return ['someone', 'someone else', 'nobody'].find(isFree) ?? UNKNOWN;
  return first.find((name) => isFree(name) && others.every((list) => list.includes(name))) ?? NONE;
}

/** A prompt with a word of each of some lists and none of others. Whether a word hides another, the real rules say. */
function textIn({ known, oneOf, noneOf }: Named<readonly string[]>): string | Failure | undefined {
  if (known !== true) return undefined;
  const banned = new Set(noneOf.flat());
  const words = oneOf.map((list) => list.find((word) => !banned.has(word)));
  if (words.some((word) => word === undefined)) return NONE;
  return normaliseWords(words.join(' , '));
}

function branchIn({ known, oneOf, noneOf }: Named<number>, branches: PathWorld): string | Failure | undefined {
  if (known !== true) return undefined;
  const found = branches.find(oneOf, noneOf);
  return found.kind === 'found' ? found.path : found.kind === 'none' ? NONE : UNKNOWN;
}

function contextIn({ tokens, images, tools }: Region): Pick<Facts, 'context'> {
  const context = {
    ...(tokens.known === true ? { tokens: tokens.low } : {}),
    ...(typeof images === 'boolean' ? { images } : {}),
    ...(typeof tools === 'boolean' ? { tools } : {}),
  };
  return Object.keys(context).length === 0 ? {} : { context };
}

type Work = Required<Pick<Facts, 'files'>> & Pick<Facts, 'languages'>;

function filesIn(region: Region, world: PathWorld): Work | Failure | undefined {
  const { languages } = region;
  const needsOne = region.every.length > 0 || region.some.length > 0 || languages.oneOf.length > 0;
  const high = Math.min(region.diff.files.high, MOST_FILES);
  if (high === 0 && needsOne) return NONE;
  const paths = pathsIn(region, world, needsOne);
  if (!Array.isArray(paths)) return paths as Failure;
  const language = languageIn(languages);
  if (typeof language === 'object') return paths.length > 0 ? language : { files: [] };
  const [counted, extra] = [
    paths.filter(({ generated }) => generated !== true),
    paths.filter((file) => file.generated),
  ];
  const low = Math.max(region.diff.files.low, region.diff.modules.low, needsOne ? 1 : 0);
  if (low > MOST_FILES || counted.length > high) return UNKNOWN;
  if (counted.length < low) {
    const known = counted.map(({ path }) => path);
    const start = known.length > 0 ? [] : seeds(region, world);
    const first = [...known, ...start];
    const found = [...start, ...world.more(region.every, region.none, first, low - first.length)];
    counted.push(...found.slice(0, low - counted.length).map((path) => ({ path })));
    if (counted.length < low) return UNKNOWN;
  }
  return {
    files: [...measured(counted, region), ...extra],
    ...(language === undefined ? {} : { languages: Object.fromEntries(counted.map(({ path }) => [path, language])) }),
  };
}

function seeds({ every, none }: Region, world: PathWorld): readonly string[] {
  const found = world.find(every, none);
  return found.kind === 'found' ? [found.path] : [];
}

/** Paths that meet all that is asked of them, as few as can be; generated ones are seen by `touches` alone. */
function pathsIn(
  { every, notEvery, some, none, diff }: Region,
  world: PathWorld,
  needsOne: boolean,
): FactFile[] | Failure {
  if (diff.files.high === 0) return [];
  if (!needsOne && notEvery.length === 0 && diff.files.low === 0) {
    const found = world.find([], none);
    return found.kind === 'found' ? [{ path: found.path }] : [];
  }
  const single = world.find([...every, ...some], [...none, ...notEvery]);
  if (single.kind === 'found') return [{ path: single.path }];
  const files: FactFile[] = [];
  for (const set of some) {
    const counted = world.find([...every, set], none);
    if (counted.kind === 'found') {
      files.push({ path: counted.path });
      continue;
    }
    // A generated file is not counted, so it need not be among those that "every" speaks of.
    const uncounted = world.find([set], none);
    if (uncounted.kind !== 'found') return uncounted.kind === 'none' ? NONE : UNKNOWN;
    if (counted.kind === 'unknown') return UNKNOWN;
    files.push({ path: uncounted.path, generated: true });
  }
  for (const set of notEvery) {
    const found = world.find(every, [...none, set]);
    if (found.kind === 'found') files.push({ path: found.path });
    else if (found.kind === 'unknown') return UNKNOWN;
    // Of no files at all, "every file" is false too.
    else return needsOne || diff.files.low > 0 ? NONE : [];
  }
  if (needsOne && !files.some(({ generated }) => generated !== true)) {
    const found = world.find(every, none);
    if (found.kind !== 'found') return found.kind === 'none' ? NONE : UNKNOWN;
    files.unshift({ path: found.path });
  }
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

function languageIn({ known, oneOf, noneOf }: Region['languages']): string | Failure | undefined {
  if (known === false) return UNKNOWN;
  if (oneOf.length === 0 && noneOf.length === 0) return undefined;
  const language = nameIn({ known: true, oneOf, noneOf });
  if (language !== NONE) return language;
  // Two files may each be outside another list, so only one list that leaves nothing proves anything.
  const isProven = [[], ...noneOf].some((list) => nameIn({ known: true, oneOf, noneOf: [list] }) === NONE);
  return isProven ? NONE : UNKNOWN;
}

/** Files with lines and modules such that their sums are what the region asks for, where it asks. */
function measured(counted: readonly FactFile[], { diff }: Region): readonly FactFile[] {
  const asksForModules = diff.modules.low > 0 || diff.modules.high < Number.POSITIVE_INFINITY;
  const modules = Math.max(1, diff.modules.low);
  const [added, deleted] = linesOf(diff);
  const isInexact = (measure: DiffMeasure): boolean => diff[measure].exact === false;
  return counted.map((file, index) => {
    const leavesOut = (measure: 'added' | 'deleted'): boolean =>
      isInexact(measure) || (isInexact('lines') && diff[measure].exact !== true && index > 0);
    const counts = {
      added: index === 0 ? added : isInexact('added') || leavesOut('added') ? undefined : 0,
      deleted:
        index === 0 && !(isInexact('lines') && counted.length === 1) ? deleted : leavesOut('deleted') ? undefined : 0,
    };
    return {
      ...file,
      ...(counts.added === undefined ? {} : { added: counts.added }),
      ...(counts.deleted === undefined ? {} : { deleted: counts.deleted }),
      ...(asksForModules ? { module: `m${Math.min(index, modules - 1) + 1}` } : {}),
    };
  });
}

function linesOf({ lines, added, deleted }: Region['diff']): readonly [added: number, deleted: number] {
  const first = Math.min(added.high, Math.max(added.low, lines.low - deleted.low));
  return [first, Math.min(deleted.high, Math.max(deleted.low, lines.low - first))];
}
