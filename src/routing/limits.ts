import type { CompiledConstraint, CompiledWhen } from '../policy/compiled.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import { qualified } from '../policy/outer.ts';
import { type AttestationTerms, attestationTerms } from './attestation.ts';
import type { Classification, LayerView } from './classify.ts';
import { holds } from './conditions.ts';
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

/** Everything that limits the candidates of one request, apart from budgets. */
export interface Limits {
  readonly state: State;
  /** Applied; those of the outermost layer first. */
  readonly rules: readonly Rule[];
  /** Only recorded. */
  readonly observed: readonly Rule[];
  /** The cap of each layer's own class, where it has one. All hold, so the least does. */
  readonly caps: readonly Cap[];
  /** False with `mode: "warn"`: a `block` then takes nothing away. */
  readonly blocks: boolean;
}

/** The constraints of all layers that are in force at `state.now` and that the request does not certainly escape. */
export function limitsOf({ layers, mode }: LayeredPolicy, { views }: Classification, state: State): Limits {
  const terms = attestationTerms(layers);
  const matching = views.flatMap(({ layer, outgoing }, place) =>
    layer.policy.constraints.flatMap((constraint): Rule[] => {
      if (constraint.until !== undefined && state.now >= constraint.until) return [];
      const truth = constraint.when === undefined ? true : holds(constraint.when, outgoing);
      if (truth === false) return [];
      const file = constraint.when && touchedBy(constraint.when, outgoing);
      return [{ constraint, certain: truth === true, file, attestation: terms[place] ?? {} }];
    }),
  );
  return {
    state,
    rules: matching.filter(({ constraint }) => constraint.source.mode !== 'observe'),
    observed: matching.filter(({ constraint }) => constraint.source.mode === 'observe'),
    caps: views.flatMap(capOf),
    blocks: mode !== 'warn',
  };
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
