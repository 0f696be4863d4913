import type { CompiledBudget, CompiledPolicy, CompiledRoute } from '../../policy/compiled.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import type { Constraint, GateDefinition, PolicyMode } from '../../policy/schema.ts';
import { formatUsd } from '../labels.ts';
import type { Change } from './change.ts';
import { chainWords, changedWords, namesOf, stepsWords, trialWords } from './changedWords.ts';
import { classChanges } from './classChanges.ts';
import {
  amountRules,
  type BudgetAmount,
  type BudgetTerms,
  budgetRules,
  constraintRules,
  fieldChanges,
  gateRules,
  type RouteTerms,
  type Rules,
  routeRules,
  type Settings,
  same,
  settingRules,
  together,
  type Verdict,
} from './diffRules.ts';

const STRICTNESS: readonly PolicyMode[] = ['observe', 'warn', 'enforce'];

/** What two policies say differently by their own words: routes, rules that came and went, every field of those that stayed. */
export function writtenChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  return [
    ...modeChanges(before.mode, after.mode),
    ...routeChanges(before, after),
    ...classChanges(before, after),
    ...constraintChanges(before, after),
    ...budgetChanges(before, after),
    ...gateChanges(before, after),
    ...settingChanges(before, after),
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
  const routes = pairs<RouteTerms & Pick<CompiledRoute, 'use' | 'escalateTo'>>(before, after, (policy) => [
    ...policy.classes.map(({ id, route, source }) => [id, { ...route, final: source.final }] as const),
    [policy.name === '' ? 'default' : `${policy.name}:default`, policy.default] as const,
  ]);
  return routes.flatMap(({ id, was, is }): readonly Change[] => {
    if (was === undefined || is === undefined) {
      const words = is === undefined ? 'is gone' : `is new: ${chainWords(is.use)}`;
      const held = was !== undefined && (was.review.length > 0 || was.maxCostUsd !== undefined || was.final === true);
      return [{ kind: 'class', id, words, looser: held }];
    }
    const change = (words: string, verdict: Verdict): Change => ({ kind: 'route', id, words, ...told(verdict) });
    const [escalated, escalates] = [was.escalateTo ?? [], is.escalateTo ?? []];
    return [
      // Where work goes is a preference, under every constraint: it forbids nothing either way.
      ...(same(namesOf(was.use), namesOf(is.use))
        ? []
        : [change(`${chainWords(was.use)} → ${chainWords(is.use)}`, 'tighter')]),
      ...(same(namesOf(escalated), namesOf(escalates))
        ? []
        : [change(`escalates to ${chainWords(escalates)}, before to ${chainWords(escalated)}`, 'changed')]),
      ...fieldsOf<RouteTerms>(routeRules, was, is, change, routeWords),
    ];
  });
}

function constraintChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const constraints = pairs<Constraint>(before, after, (policy) =>
    policy.constraints.map(({ id, source }) => [id, source]),
  );
  return constraints.flatMap(({ id, was, is }): readonly Change[] => {
    const change = (words: string, verdict: Verdict): Change => ({ kind: 'constraint', id, words, ...told(verdict) });
    if (was === undefined) return [change(`is new: ${is?.reason ?? ''}`, 'tighter')];
    if (is === undefined) return [change(`is gone: ${was.reason}`, 'looser')];
    return fieldsOf(constraintRules, was, is, change);
  });
}

function budgetChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const budgets = pairs<CompiledBudget>(before, after, (policy) => policy.budgets.map((one) => [one.id, one]));
  return budgets.flatMap(({ id, was, is }): readonly Change[] => {
    const change = (words: string, verdict: Verdict): Change => ({ kind: 'budget', id, words, ...told(verdict) });
    if (was === undefined) return is === undefined ? [] : [change(`is new: ${budgetWords(is)}`, 'tighter')];
    if (is === undefined) return [change(`is gone: ${budgetWords(was)}`, 'looser')];
    const amount = verdictOf<BudgetAmount>(amountRules, was.source, is.source);
    const terms = ({ steps, source: { when, onUnknown } }: CompiledBudget): BudgetTerms => ({ when, onUnknown, steps });
    return [
      ...(amount === undefined ? [] : [change(`${budgetWords(was)} → ${budgetWords(is)}`, amount)]),
      ...fieldsOf(budgetRules, terms(was), terms(is), change, termWords),
    ];
  });
}

function gateChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const gates = pairs<GateDefinition>(before, after, (policy) => policy.gates);
  return gates.flatMap(({ id, was, is }): readonly Change[] => {
    const change = (words: string, verdict: Verdict): Change => ({ kind: 'review', id, words, ...told(verdict) });
    if (was === undefined) return is === undefined ? [] : [change(`is a new gate: ${whoWords(is)}`, 'tighter')];
    if (is === undefined) return [change('is no gate any more', 'looser')];
    const verdict = verdictOf(gateRules, was, is);
    return verdict === undefined ? [] : [change(`${whoWords(was)} → ${whoWords(is)}`, verdict)];
  });
}

/** What a layer says once for everything: overrides, attestations, prices, what counts as the work. */
function settingChanges(before: LayeredPolicy, after: LayeredPolicy): readonly Change[] {
  const settings = pairs<Settings>(before, after, ({ name, source }) => [[name, source]]);
  return settings.flatMap(({ id: layer, was = {}, is = {} }) =>
    fieldChanges(settingRules, was, is).map(
      ({ key, verdict }): Change => ({
        kind: key === 'overrides' ? 'override' : 'setting',
        id: layer === '' ? key : `${layer}:${key}`,
        words: changedWords(was[key], is[key]),
        ...told(verdict),
      }),
    ),
  );
}

/** Fields that say in words of their own what is different. */
type Words<Thing> = { readonly [Key in keyof Thing]?: (was: Thing[Key], is: Thing[Key]) => string };

const routeWords: Words<RouteTerms> = { trial: trialWords };
const termWords: Words<BudgetTerms> = { steps: (was, is) => `steps: ${stepsWords(was)} → ${stepsWords(is)}` };

function fieldsOf<Thing extends object>(
  rules: Rules<Thing>,
  was: Thing,
  is: Thing,
  change: (words: string, verdict: Verdict) => Change,
  words: Words<Thing> = {},
): readonly Change[] {
  return fieldChanges(rules, was, is).map(({ key, verdict }) =>
    change(words[key]?.(was[key], is[key]) ?? `has another "${key}": ${changedWords(was[key], is[key])}`, verdict),
  );
}

function verdictOf<Thing extends object>(rules: Rules<Thing>, was: Thing, is: Thing): Verdict | undefined {
  return together(fieldChanges(rules, was, is).map(({ verdict }) => verdict));
}

/** What cannot be judged counts as looser, and says that it only may be. */
function told(verdict: Verdict): Pick<Change, 'looser' | 'perhaps'> {
  return verdict === 'changed' ? { looser: true, perhaps: true } : { looser: verdict === 'looser' };
}

function budgetWords({ limitNanoUsd, source }: CompiledBudget): string {
  const period = source.period === undefined ? '' : ` a ${source.period}`;
  return `${formatUsd(limitNanoUsd)} per ${source.per}${period}`;
}

function whoWords({ who, approvals, within }: GateDefinition): string {
  const people = typeof who === 'string' ? who : who.join(', ');
  return `${approvals ?? 1} by ${people}${within === undefined ? '' : ` within ${within}`}`;
}
