import type { CompiledBudget, CompiledConstraint, CompiledWhen } from '../policy/compiled.ts';
import type { LayeredPolicy, PolicyLayer } from '../policy/layers.ts';
import { qualified } from '../policy/outer.ts';
import { type AttestationTerms, attestationTerms } from './attestation.ts';
import type { LayerView } from './classify.ts';
import { holds } from './conditions.ts';
import { countedClass } from './countedClass.ts';
import type { Sight } from './sight.ts';
import type { State } from './state.ts';

export const NANO_USD_PER_USD = 1e9;

/** A constraint that applies to this request. */
export interface Rule {
  readonly constraint: CompiledConstraint;
  /** False when it applies only because a fact is not known. */
  readonly certain: boolean;
  /** A file that it speaks of and whose text goes out, where there is one. */
  readonly file: string | undefined;
  /** What its layer asks of attestations. */
  readonly attestation: AttestationTerms;
}

/** What a class lets a task cost. */
export interface Cap {
  /** The class, or a layer's `default`. */
  readonly rule: string;
  readonly limitNanoUsd: number;
}

/** A budget that a request is counted by. */
export interface CountedBudget {
  readonly budget: CompiledBudget;
  /** As what class its layer counts the request. */
  readonly countedAs: string;
}

/** What its policies hold a request to, whenever it is asked and whatever was spent: worked out once with its class. */
export interface RulesInForce {
  /** The constraints that the request does not certainly escape, those of the outermost layer first. */
  readonly rules: readonly Rule[];
  /** The same of those that are only recorded. */
  readonly observed: readonly Rule[];
  /** The cap of each layer's own class, where it has one. All hold, so the least does. */
  readonly caps: readonly Cap[];
  /** The budgets that the request does not certainly escape, in the policies' order. */
  readonly budgets: readonly CountedBudget[];
}

/** Everything that limits the candidates of one request: of the constraints, those whose time is not over. */
export interface Limits extends RulesInForce {
  readonly state: State;
  /** False with `mode: "warn"`: a `block` then takes nothing away. */
  readonly blocks: boolean;
}

/** @param views of the layers, in their order */
export function rulesFor(layers: readonly PolicyLayer[], views: readonly LayerView[]): RulesInForce {
  const terms = attestationTerms(layers);
  const matching = views.flatMap(({ layer, outgoing }, place) =>
    layer.policy.constraints.flatMap((constraint): Rule[] => {
      const truth = constraint.when === undefined ? true : holds(constraint.when, outgoing);
      if (truth === false) return [];
      const file = constraint.when && touchedBy(constraint.when, outgoing);
      return [{ constraint, certain: truth === true, file, attestation: terms[place] ?? {} }];
    }),
  );
  return {
    rules: matching.filter(({ constraint }) => constraint.source.mode !== 'observe'),
    observed: matching.filter(({ constraint }) => constraint.source.mode === 'observe'),
    caps: views.flatMap(capOf),
    budgets: views.flatMap((view) =>
      view.layer.policy.budgets
        .filter(({ when }) => when === undefined || holds(when, view.outgoing) !== false)
        .map((budget) => ({ budget, countedAs: countedClass(view) })),
    ),
  };
}

/** What is in force at `state.now`. */
export function limitsOf(
  { mode }: Pick<LayeredPolicy, 'mode'>,
  { rules, observed, caps, budgets }: RulesInForce,
  state: State,
): Limits {
  return {
    state,
    rules: inTime(rules, state.now),
    observed: inTime(observed, state.now),
    caps,
    budgets,
    blocks: mode !== 'warn',
  };
}

/** Hardly any has a date. */
function inTime(rules: readonly Rule[], now: number): readonly Rule[] {
  const isOver = ({ constraint: { until } }: Rule): boolean => until !== undefined && now >= until;
  return rules.some(isOver) ? rules.filter((rule) => !isOver(rule)) : rules;
}

/** The first file that a condition's `touches` names, where there is one. */
function touchedBy({ clauses }: CompiledWhen, outgoing: Sight): string | undefined {
  const sets = new Set(clauses.flatMap((clause) => (clause.key === 'touches' ? [clause.set] : [])));
  return sets.size === 0
    ? undefined
    : outgoing.touched.find((path) => outgoing.setsOf(path).some((set) => sets.has(set)));
}

function capOf(view: LayerView): readonly Cap[] {
  const { maxCostUsd } = view.route;
  if (maxCostUsd === undefined) return [];
  return [{ rule: ruleOfRoute(view), limitNanoUsd: Math.round(maxCostUsd * NANO_USD_PER_USD) }];
}

/** What a layer's route goes by where it does something: its class, or `default` with the layer's name. */
export function ruleOfRoute({ own, layer }: LayerView): string {
  return own?.id ?? qualified(layer.name, 'default');
}
