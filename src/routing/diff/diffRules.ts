import type { CompiledBudget, CompiledClass, CompiledRoute } from '../../policy/compiled.ts';
import { durationMs } from '../../policy/durations.ts';
import { parseInstant } from '../../policy/instants.ts';
import type { Constraint, GateDefinition, Policy, PolicyPrice, PolicyTest, When } from '../../policy/schema.ts';

/**
 * What a changed field does to what a policy forbids. `changed` is what cannot be judged from the words alone: it may be
 * looser, and is told as such, because a check that trusts "nothing is looser" must never be wrong.
 */
export type Verdict = 'looser' | 'tighter' | 'changed';

/** Judges one field before and after; undefined where both mean the same, or where it forbids nothing. */
type Comparer<Value> = (was: Value | undefined, is: Value | undefined) => Verdict | undefined;

/** One comparer for every field, so that a new field of the language cannot be forgotten here. */
export type Rules<Thing> = {
  readonly [Key in keyof Thing]-?: (was: Thing[Key] | undefined, is: Thing[Key] | undefined) => Verdict | undefined;
};

export interface FieldChange<Thing> {
  readonly key: keyof Thing & string;
  readonly verdict: Verdict;
}

/** The fields of one thing that differ, in the order of the table, each with what that does. */
export function fieldChanges<Thing extends object>(
  rules: Rules<Thing>,
  was: Thing,
  is: Thing,
): readonly FieldChange<Thing>[] {
  return (Object.keys(rules) as (keyof Thing & string)[]).flatMap((key) => {
    const verdict = same(was[key], is[key]) ? undefined : rules[key](was[key], is[key]);
    return verdict === undefined ? [] : [{ key, verdict }];
  });
}

/** What several changes come to together: one way, or where they pull both ways, not to be judged. */
export function together(verdicts: readonly Verdict[]): Verdict | undefined {
  const [first] = verdicts;
  return verdicts.every((verdict) => verdict === first) ? first : 'changed';
}

/** Whether two values of a policy, which are plain JSON, are written the same. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

const asked: Comparer<unknown> = () => 'changed';
const toldToPeople: Comparer<unknown> = () => undefined;
/** A key that restricts by being there. */
const restricts: Comparer<unknown> = (was, is) =>
  was === undefined ? 'tighter' : is === undefined ? 'looser' : 'changed';
/** A key that lets through by being there. */
const admits: Comparer<unknown> = (was, is) =>
  was === undefined ? 'looser' : is === undefined ? 'tighter' : 'changed';
const more = (was: number, is: number): Verdict | undefined =>
  is === was ? undefined : is > was ? 'looser' : 'tighter';
/** A number that is a limit; left out, there is none. */
const atMost: Comparer<number> = (was = Infinity, is = Infinity) => more(was, is);
const atLeast: Comparer<number> = (was = 0, is = 0) => more(is, was);
/** A word of a scale that begins with the loosest; left out, it is the one named. */
const strictness =
  <Word extends string>(scale: readonly Word[], leftOut: Word): Comparer<Word> =>
  (was = leftOut, is = leftOut) =>
    more(scale.indexOf(is), scale.indexOf(was));
const final: Comparer<boolean> = (was = false, is = false) => more(Number(is), Number(was));

type Names = string | readonly string[];
const listOf = (names: Names): readonly string[] => (typeof names === 'string' ? [names] : names);
const isIn = (some: readonly string[], others: readonly string[]): boolean => some.every((one) => others.includes(one));

/** Which of two lists admits more; with a "!" among them, more entries may admit less. */
function wider(was: Names, is: Names): Verdict | undefined {
  const [old, fresh] = [listOf(was), listOf(is)];
  if ([...old, ...fresh].some((one) => one.startsWith('!'))) return 'changed';
  if (isIn(old, fresh)) return isIn(fresh, old) ? undefined : 'looser';
  return isIn(fresh, old) ? 'tighter' : 'changed';
}

/** Only what is listed passes; left out, everything does. */
const only: Comparer<Names> = (was, is) =>
  was === undefined ? 'tighter' : is === undefined ? 'looser' : wider(was, is);
/** What is listed is forbidden or asked for; left out, nothing is. */
const demands: Comparer<Names> = (was = [], is = []) => wider(is, was);

/** Which requests a rule holds for: keys are ANDed, so that another key makes it hold for fewer. */
const reach: Comparer<When> = (was = {}, is = {}) => {
  const keys = new Set([...Object.keys(was), ...Object.keys(is)] as (keyof When)[]);
  const verdicts = [...keys].flatMap((key): readonly Verdict[] => {
    const [old, fresh] = [was[key], is[key]];
    if (same(old, fresh)) return [];
    if (old === undefined || fresh === undefined) return [fresh === undefined ? 'tighter' : 'looser'];
    return isNames(old) && isNames(fresh) ? [wider(fresh, old) ?? []].flat() : ['changed'];
  });
  return together(verdicts);
};

/** For how many requests a condition holds: `tighter` for more, as what it is there for then holds for more. */
export const whenReach = reach;

function isNames(value: unknown): value is Names {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}

const until: Comparer<string> = (was, is) =>
  more(
    -((was === undefined ? undefined : parseInstant(was)) ?? Infinity),
    -((is === undefined ? undefined : parseInstant(is)) ?? Infinity),
  );
/** An override lasts a day at most, whatever is written. */
const MOST_OVERRIDE_MS = 86_400e3;
const lasts = (most: number): Comparer<string> => {
  const ms = (text: string | undefined): number => Math.min(most, durationMs(text ?? '') ?? most);
  return (was, is) => more(ms(was), ms(is));
};

export const constraintRules: Rules<Constraint> = {
  id: toldToPeople,
  reason: toldToPeople,
  mode: admits,
  when: reach,
  allow: only,
  deny: demands,
  hosts: only,
  local: restricts,
  block: restricts,
  residency: only,
  retention: restricts,
  maxCostUsd: atMost,
  review: demands,
  attested: restricts,
  else: admits,
  until,
};

const PERIODS = ['day', 'week', 'month', 'ever'] as const;

/** A budget's amount counts once a period: the same amount for a shorter one allows more. */
export const amountRules = {
  per: asked,
  period: (was = 'ever', is = 'ever') => more(PERIODS.indexOf(is), PERIODS.indexOf(was)),
  usd: atMost,
} satisfies Rules<BudgetAmount>;
export interface BudgetAmount {
  readonly per: string;
  readonly period?: (typeof PERIODS)[number] | undefined;
  readonly usd: number;
}

type Steps = CompiledBudget['steps'];
/** As budgets rank them when several are due. */
const STEPS = ['warn', 'ask', 'downgrade', 'block'] as const;
const rank = ({ step }: Steps[number]): number => STEPS.indexOf(typeof step === 'string' ? step : 'downgrade');

const steps: Comparer<Steps> = (was = [], is = []) => {
  const meets = (some: Steps, others: Steps): boolean =>
    some.every((one) => others.some((other) => other.at <= one.at && rank(other) >= rank(one)));
  if (!meets(was, is)) return 'looser';
  return meets(is, was) ? 'changed' : 'tighter';
};

export type BudgetTerms = Pick<CompiledBudget['source'], 'when' | 'onUnknown'> & { readonly steps: Steps };
export const budgetRules: Rules<BudgetTerms> = {
  when: reach,
  steps,
  onUnknown: strictness(['open', 'closed'], 'closed'),
};

export const gateRules: Rules<GateDefinition> = {
  who: only,
  approvals: (was = 1, is = 1) => atLeast(was, is),
  within: lasts(Infinity),
};

type Overrides = NonNullable<Policy['overrides']>;
export const overrideRules: Rules<Overrides> = {
  who: only,
  direction: strictness(['any', 'up', 'none'], 'any'),
  reason: strictness(['optional', 'required'], 'required'),
  expires: lasts(MOST_OVERRIDE_MS),
  maxPerDay: atMost,
};

function granting(overrides: Overrides | undefined): Overrides | undefined {
  return overrides?.direction === 'none' ? undefined : overrides;
}

export type RouteTerms = Pick<CompiledRoute, 'review' | 'maxCostUsd' | 'passFloor' | 'trial'> &
  Pick<CompiledClass['source'], 'final'>;
export const routeRules: Rules<RouteTerms> = {
  review: demands,
  maxCostUsd: atMost,
  passFloor: atLeast,
  trial: (was, is) => (same([was?.source, was?.use], [is?.source, is?.use]) ? undefined : 'changed'),
  final,
};

type Attestations = NonNullable<Policy['attestations']>;
const evaluation: Rules<NonNullable<Attestations['eval']>> = {
  minPassRate: atLeast,
  confidence: atLeast,
  minTasks: atLeast,
  maxAgeDays: atMost,
};
const adversarial: Rules<NonNullable<Attestations['adversarial']>> = { maxAgeDays: atMost, maxSuccessRate: atMost };
const attestations: Rules<Attestations> = {
  files: asked,
  keys: only,
  eval: inside(evaluation, restricts),
  adversarial: inside(adversarial, restricts),
  onMissing: strictness(['warn', 'skip', 'block'], 'skip'),
};

/** Judges a thing by its fields; where it came or went, by that. */
function inside<Thing extends object>(rules: Rules<Thing>, whole: Comparer<unknown>): Comparer<Thing> {
  return (was, is) =>
    was === undefined || is === undefined
      ? whole(was, is)
      : together(fieldChanges(rules, was, is).map(({ verdict }) => verdict));
}

/** A lower price lets more through every limit of money; one that came or went cannot be judged without the list price. */
const price: Comparer<PolicyPrice> = (was, is) => {
  if (was === undefined || is === undefined) return 'changed';
  const numbers = ({ inputUsd, outputUsd, cacheReadUsd, cacheWriteUsd }: PolicyPrice): readonly number[] => [
    inputUsd,
    outputUsd,
    cacheReadUsd ?? inputUsd,
    cacheWriteUsd ?? inputUsd,
  ];
  const old = numbers(was);
  return together(numbers(is).flatMap((usd, at) => more(-(old[at] ?? usd), -usd) ?? []));
};

const prices: Comparer<NonNullable<Policy['prices']>> = (was = {}, is = {}) =>
  together(
    [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((target) => price(was[target], is[target]) ?? []),
  );

const tests: Comparer<readonly PolicyTest[]> = (was = [], is = []) =>
  demands(
    was.map((one) => JSON.stringify(one)),
    is.map((one) => JSON.stringify(one)),
  );

const diff: Rules<NonNullable<Policy['diff']>> = {
  base: asked,
  // What is not counted makes work look smaller; what is counted again may move it to another class.
  ignore: (was = [], is = []) => (wider(was, is) === 'looser' ? 'looser' : 'changed'),
};

/** The rest of a policy, a layer at a time. What is compared elsewhere, by id or as routes, is not named here. */
export type Settings = Pick<
  Policy,
  'extends' | 'modules' | 'diff' | 'diversity' | 'attestations' | 'overrides' | 'session' | 'prices' | 'tests'
>;
export const settingRules: Rules<Settings> = {
  extends: asked,
  modules: asked,
  diff: (was = {}, is = {}) => inside(diff, asked)(was, is),
  diversity: (was, is) => atLeast(was?.minSuppliers, is?.minSuppliers),
  attestations: inside(attestations, restricts),
  // Those that go in no direction are as good as none.
  overrides: (was, is) => {
    const granted = [granting(was), granting(is)] as const;
    return granted.some((one) => one !== undefined) ? inside(overrideRules, admits)(...granted) : undefined;
  },
  session: asked,
  prices,
  tests,
};
