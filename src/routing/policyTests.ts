import type { CompiledPolicy, TargetChain } from '../policy/compiled.ts';
import { innermost, type LayeredPolicy } from '../policy/layers.ts';
import { outerNames, qualified } from '../policy/outer.ts';
import type { PolicyTest, RequestFacts } from '../policy/schema.ts';
import { assumedProvider } from './assumedProviders.ts';
import { ruleOf } from './candidate.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Facts } from './facts.ts';
import type { ProviderFacts, State } from './state.ts';
import { everythingWorks, type Ground } from './works.ts';

const NANO_USD_PER_USD = 1e9;

/**
 * What the tests of a policy are run against. Without attestations every target that the policy names is taken to have one;
 * a provider of which `provider` knows nothing is taken to be set up as the policy asks.
 */
export interface TestGround extends Ground {
  /** How many paths the tests may name together before the rest of them is left out; left out: any number. */
  readonly mostPaths?: number | undefined;
}

export interface PolicyTestResult {
  /** In the policy's list. */
  readonly index: number;
  readonly name: string;
  readonly passed: boolean;
  readonly failures: readonly PolicyTestFailure[];
  readonly decision: Decision;
}

export interface PolicyTestFailure {
  /** Where in the document the expectation stands. */
  readonly path: readonly (string | number)[];
  readonly expected: string;
  readonly got: string;
}

/**
 * Runs the `tests` of the innermost policy against all layers that are in force with it. Every target is reachable,
 * capable and healthy and nothing is spent, unless `given` says otherwise; the policy is enforced whatever its `mode`,
 * because the tests are about what it says.
 */
export function runPolicyTests(inForce: LayeredPolicy, ground: TestGround): readonly PolicyTestResult[] {
  const enforced: LayeredPolicy = { ...inForce, mode: 'enforce' };
  const attestations = ground.attestations ?? everyTarget(inForce).map((target) => ({ target, valid: true }));
  const assumed = assumedProvider(inForce);
  const provider = (id: string): ProviderFacts =>
    ground.provider?.(id) ?? { id, ...assumed(id), usable: true, serves: { chat: true, completion: true } };
  const gateCalled = gateNames(inForce);
  return withinReach(innermost(inForce)?.policy.source.tests ?? [], ground).map((test, index) => {
    const state = stateGiven(test.given, enforced, { ...ground, provider, attestations });
    const decision = decide(enforced, factsOfRequest(test.given), state);
    const failures = compare(test.expect, decision, gateCalled).map(({ path, ...failure }) => ({
      path: ['tests', index, 'expect', ...path],
      ...failure,
    }));
    return { index, name: test.name ?? `test ${index + 1}`, passed: failures.length === 0, failures, decision };
  });
}

/** The first tests, as long as what they name is no more than may be looked at. */
function withinReach(
  tests: readonly PolicyTest[],
  { mostPaths = Number.POSITIVE_INFINITY }: TestGround,
): readonly PolicyTest[] {
  let paths = 0;
  const end = tests.findIndex(({ given: { files = [], reads = [] } }) => {
    paths += files.length + reads.length;
    return paths > mostPaths;
  });
  return end === -1 ? tests : tests.slice(0, end);
}

/** A request as policies and the command line write it. Without a `kind` it is a chat. */
export function factsOfRequest(given: RequestFacts): Facts {
  const { kind = 'chat', files, reads, context, text, client, team, branch, intent } = given;
  return {
    kind,
    ...(files === undefined
      ? {}
      : { files: files.map((file) => (typeof file === 'string' ? { path: file } : defined(file))) }),
    ...(context === undefined ? {} : { context: defined(context) }),
    ...defined({ reads, text, client, team, branch, intent }),
  };
}

function stateGiven(given: RequestFacts, { layers }: LayeredPolicy, ground: TestGround): State {
  const { spent = {}, down = [], context } = given;
  const nanoUsd = (id: string): number | undefined =>
    Object.hasOwn(spent, id) ? Math.round((spent[id] ?? 0) * NANO_USD_PER_USD) : undefined;
  const taskSpentNanoUsd = nanoUsd('task') ?? 0;
  const tokens = context?.tokens;
  return {
    ...everythingWorks(ground),
    unhealthy: (provider, model) => {
      const maker = ground.model(provider, model)?.maker;
      const names = [provider, `${provider}/${model}`, `maker:${maker ?? ''}`];
      return names.some((name) => down.includes(name)) ? 'the test says that it is down' : undefined;
    },
    spent: Object.fromEntries(
      layers
        .flatMap(({ policy }) => policy.budgets)
        .map(({ id, source }) => {
          const unsaid = source.per === 'task' ? taskSpentNanoUsd : 0;
          return [id, { spentNanoUsd: nanoUsd(id) ?? unsaid, reservedNanoUsd: 0 }];
        }),
    ),
    taskSpentNanoUsd,
    inputTokens: () => (tokens === undefined ? undefined : { low: tokens, high: tokens }),
  };
}

function everyTarget({ layers }: LayeredPolicy): readonly string[] {
  return [...new Set(layers.flatMap(({ policy }) => targetsOf(policy)))];
}

function targetsOf(policy: CompiledPolicy): readonly string[] {
  const steps = policy.budgets.flatMap(({ steps }) => steps.map(({ step }) => step));
  const chains: readonly TargetChain[] = [
    policy.default.use,
    ...policy.classes.map(({ route }) => route.use),
    ...policy.constraints.map(({ else: chain }) => chain ?? []),
    ...steps.map((step) => (typeof step === 'object' ? step.downgradeTo : [])),
  ];
  return chains.flat().map(({ target }) => target);
}

function compare(
  expected: PolicyTest['expect'],
  decision: Decision,
  gateCalled: (name: string) => string,
): readonly PolicyTestFailure[] {
  const { outcome } = decision;
  const served = servedBy(decision);
  const failures: PolicyTestFailure[] = [];
  const expectSame = (key: string, wanted: string | undefined, got: string): void => {
    if (wanted !== undefined && wanted !== got) failures.push({ path: [key], expected: wanted, got });
  };
  expectSame('class', expected.class, decision.class);
  expectSame('model', expected.model, served);
  expectSame('provider', expected.provider, outcome.kind === 'routed' ? outcome.target.provider : served);
  expectSame(
    'review',
    listed(expected.review && [...new Set(expected.review.map(gateCalled))].sort()),
    listed(decision.gates) ?? '',
  );
  expectSame('blocked', expected.blocked?.toString(), String(outcome.kind === 'blocked'));
  const took = rulesThatTookPart(decision);
  for (const [place, rule] of (expected.by ?? []).entries()) {
    if (!took.has(rule)) failures.push({ path: ['by', place], expected: rule, got: listed([...took].sort()) ?? '' });
  }
  return failures;
}

/** What a gate that a test names is called in decisions: the file's own, else that of the nearest layer around it. */
function gateNames(inForce: LayeredPolicy): (name: string) => string {
  const own = innermost(inForce);
  const { gates } = outerNames({ outer: inForce.layers.filter((layer) => layer !== own) });
  const defined = own?.policy.source.review ?? {};
  return (name) => (Object.hasOwn(defined, name) ? qualified(own?.name ?? '', name) : (gates.get(name) ?? name));
}

/** Who answers, in one line: the target's name, or what became of the request instead. */
export function servedBy({ outcome }: Decision): string {
  switch (outcome.kind) {
    case 'routed':
      return outcome.target.target;
    case 'blocked':
      return `blocked by ${outcome.by.join(', ')}`;
    case 'native':
    case 'unserved':
      return outcome.kind;
  }
}

/** The rules that refused or took something away, or, being budgets, did anything. */
function rulesThatTookPart({ outcome, removed, budgets }: Decision): ReadonlySet<string> {
  return new Set([
    ...(outcome.kind === 'blocked' ? outcome.by : []),
    ...removed.flatMap(({ reason }) => ruleOf(reason) ?? []),
    ...budgets.filter(({ did }) => did !== 'nothing' && did !== 'not-enforced').map(({ id }) => id),
  ]);
}

function listed(names: readonly string[] | undefined): string | undefined {
  return names === undefined ? undefined : names.length === 0 ? 'none' : names.join(', ');
}

/** The fields that are there: to leave a key out and to set it to undefined are different things under strict types. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
