import type {
  CompiledBudget,
  CompiledConstraint,
  CompiledPolicy,
  CompiledRoute,
  TargetChain,
} from '../policy/compiled.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { Budget, Constraint, GateDefinition, PolicyMode } from '../policy/schema.ts';
import { formatUsd } from '../routing/labels.ts';
import type { Change } from './change.ts';

const STRICTNESS: readonly PolicyMode[] = ['observe', 'warn', 'enforce'];
const DIRECTIONS = ['none', 'up', 'any'] as const;

/** What two policies say differently by their own words: routes, rules that came and went, limits, gates. */
export function writtenChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  return [
    ...modeChanges(before.mode, after.mode),
    ...routeChanges(before, after),
    ...constraintChanges(before, after),
    ...budgetChanges(before, after),
    ...gateChanges(before, after),
    ...overrideChanges(before, after),
  ];
}

interface Pair<Value> {
  readonly id: string;
  readonly was: Value | undefined;
  readonly is: Value | undefined;
}

/** The same thing before and after, by its id. */
function pairs<Value>(
  before: LayeredPolicy,
  after: LayeredPolicy,
  of: (policy: CompiledPolicy) => Iterable<readonly [string, Value]>,
): readonly Pair<Value>[] {
  const all = ({ layers }: LayeredPolicy): Map<string, Value> =>
    new Map(layers.flatMap(({ policy }) => [...of(policy)]));
  const [old, fresh] = [all(before), all(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].map((id) => ({ id, was: old.get(id), is: fresh.get(id) }));
}

function modeChanges(was: PolicyMode, is: PolicyMode): readonly Change[] {
  if (was === is) return [];
  const looser = STRICTNESS.indexOf(is) < STRICTNESS.indexOf(was);
  return [{ kind: 'mode', id: 'mode', words: `${was} → ${is}`, looser }];
}

function routeChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const routes = pairs<CompiledRoute>(before, after, ({ name, classes, default: fallback }) => [
    ...classes.map(({ id, route }) => [id, route] as const),
    [name === '' ? 'default' : `${name}:default`, fallback] as const,
  ]);
  return routes.flatMap(({ id, was, is }): Change[] => {
    if (was === undefined || is === undefined) {
      const words = is === undefined ? 'is gone' : `is new: ${chainWords(is.use)}`;
      return [{ kind: 'class', id, words, looser: was !== undefined && was.review.length > 0 }];
    }
    const change = (words: string, looser = false): Change => ({ kind: 'route', id, words, looser });
    return [
      ...(same(namesOf(was.use), namesOf(is.use)) ? [] : [change(`${chainWords(was.use)} → ${chainWords(is.use)}`)]),
      ...(same(namesOf(was.escalateTo ?? []), namesOf(is.escalateTo ?? []))
        ? []
        : [change(`escalates to ${chainWords(is.escalateTo ?? [])}, before to ${chainWords(was.escalateTo ?? [])}`)]),
      ...(was.maxCostUsd === is.maxCostUsd
        ? []
        : [
            change(
              `may cost ${limitWords(is.maxCostUsd)} a task, before ${limitWords(was.maxCostUsd)}`,
              (is.maxCostUsd ?? Infinity) > (was.maxCostUsd ?? Infinity),
            ),
          ]),
    ];
  });
}

function constraintChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const constraints = pairs<CompiledConstraint>(before, after, (policy) =>
    policy.constraints.map((one) => [one.id, one]),
  );
  return constraints.flatMap(({ id, was, is }): Change[] => {
    const change = (words: string, looser: boolean): Change => ({ kind: 'constraint', id, words, looser });
    if (was === undefined) return [change(`is new: ${is?.source.reason ?? ''}`, false)];
    if (is === undefined) return [change(`is gone: ${was.source.reason}`, true)];
    const observes = is.source.mode === 'observe';
    const mode =
      was.source.mode === is.source.mode ? [] : [change(observes ? 'only observes now' : 'is enforced now', observes)];
    const keys = changedKeys(was.source, is.source).filter((key) => key !== 'mode' && key !== 'reason' && key !== 'id');
    const loosened = keys.filter((key) => is.source[key] === undefined && key !== 'when' && key !== 'else');
    return [
      ...mode,
      ...(keys.length === 0
        ? []
        : [change(`has another ${keys.map((key) => `"${key}"`).join(', ')}`, loosened.length > 0)]),
    ];
  });
}

function changedKeys(was: Constraint, is: Constraint): readonly (keyof Constraint)[] {
  const keys = new Set([...Object.keys(was), ...Object.keys(is)] as (keyof Constraint)[]);
  return [...keys].filter((key) => !same(was[key], is[key])).sort();
}

function budgetChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const budgets = pairs<CompiledBudget>(before, after, (policy) => policy.budgets.map((one) => [one.id, one]));
  return budgets.flatMap(({ id, was, is }): Change[] => {
    const change = (words: string, looser: boolean): Change => ({ kind: 'budget', id, words, looser });
    if (was === undefined) return is === undefined ? [] : [change(`is new: ${budgetWords(is)}`, false)];
    if (is === undefined) return [change(`is gone: ${budgetWords(was)}`, true)];
    const limit =
      was.limitNanoUsd === is.limitNanoUsd &&
      was.source.period === is.source.period &&
      was.source.per === is.source.per;
    const keys = (['then', 'steps', 'when', 'onUnknown'] as const satisfies readonly (keyof Budget)[]).filter(
      (key) => !same(was.source[key], is.source[key]),
    );
    const opens = is.source.onUnknown === 'open' && was.source.onUnknown !== 'open';
    const stops = (budget: CompiledBudget): boolean => budget.steps.some(({ step }) => step !== 'warn');
    return [
      ...(limit ? [] : [change(`${budgetWords(was)} → ${budgetWords(is)}`, is.limitNanoUsd > was.limitNanoUsd)]),
      ...(keys.length === 0
        ? []
        : [change(`has another ${keys.map((key) => `"${key}"`).join(', ')}`, opens || (stops(was) && !stops(is)))]),
    ];
  });
}

function gateChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const gates = pairs<GateDefinition>(before, after, (policy) => policy.gates);
  return gates.flatMap(({ id, was, is }): Change[] => {
    const change = (words: string, looser: boolean): Change => ({ kind: 'review', id, words, looser });
    if (was === undefined) return is === undefined ? [] : [change(`is a new gate: ${whoWords(is)}`, false)];
    if (is === undefined) return [change('is no gate any more', true)];
    const fewer = (is.approvals ?? 1) < (was.approvals ?? 1);
    return same(was, is) ? [] : [change(`${whoWords(was)} → ${whoWords(is)}`, fewer)];
  });
}

function overrideChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const overrides = pairs(before, after, ({ name, source }) => [
    [name === '' ? 'overrides' : `${name}:overrides`, source.overrides ?? {}] as const,
  ]);
  return overrides.flatMap(({ id, was = {}, is = {} }): Change[] => {
    if (same(was, is)) return [];
    const direction = (one: typeof was): number => DIRECTIONS.indexOf(one.direction ?? 'none');
    const looser =
      direction(is) > direction(was) ||
      (is.maxPerDay ?? Infinity) > (was.maxPerDay ?? Infinity) ||
      (was.reason === 'required' && is.reason !== 'required');
    return [{ kind: 'override', id, words: `${JSON.stringify(was)} → ${JSON.stringify(is)}`, looser }];
  });
}

function namesOf(chain: TargetChain): readonly string[] {
  return chain.map((target) =>
    target.kind === 'model' && target.effort !== undefined ? `${target.target} (${target.effort})` : target.target,
  );
}

function chainWords(chain: TargetChain): string {
  const names = namesOf(chain);
  return names.length === 0 ? 'nothing' : names.slice(0, 4).join(', then ') + (names.length > 4 ? ', …' : '');
}

function limitWords(usd: number | undefined): string {
  return usd === undefined ? 'anything' : formatUsd(usd * 1e9);
}

function budgetWords({ limitNanoUsd, source }: CompiledBudget): string {
  const period = source.period === undefined ? '' : ` a ${source.period}`;
  return `${formatUsd(limitNanoUsd)} per ${source.per}${period}`;
}

function whoWords({ who, approvals, within }: GateDefinition): string {
  const people = typeof who === 'string' ? who : who.join(', ');
  return `${approvals ?? 1} by ${people}${within === undefined ? '' : ` within ${within}`}`;
}

/** Whether two values of a policy, which are plain JSON, are the same. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
