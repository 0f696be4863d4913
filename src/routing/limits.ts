import type { CompiledConstraint, CompiledPolicy } from '../policy/compiled.ts';
import type { Classification } from './classify.ts';
import { holds } from './conditions.ts';
import type { State } from './state.ts';

export const NANO_USD_PER_USD = 1e9;

/** A constraint that applies to this request. */
export interface Rule {
  readonly constraint: CompiledConstraint;
  /** False when it applies only because a fact is not known. */
  readonly certain: boolean;
}

/** Everything that limits the candidates of one request, apart from budgets. */
export interface Limits {
  readonly state: State;
  /** Applied. */
  readonly rules: readonly Rule[];
  /** Only recorded. */
  readonly observed: readonly Rule[];
  /** The cap of the class's own route. */
  readonly routeCap: { readonly rule: string; readonly limitNanoUsd: number } | undefined;
  readonly onMissing: 'skip' | 'warn' | 'block';
  /** False with `mode: "warn"`: a `block` then takes nothing away. */
  readonly blocks: boolean;
}

/** The constraints that are in force at `state.now` and that the request does not certainly escape. */
export function limitsOf(policy: CompiledPolicy, classified: Classification, state: State): Limits {
  const matching = policy.constraints.flatMap((constraint): Rule[] => {
    if (constraint.until !== undefined && state.now >= constraint.until) return [];
    const truth = constraint.when === undefined ? true : holds(constraint.when, classified.outgoing);
    return truth === false ? [] : [{ constraint, certain: truth === true }];
  });
  const { maxCostUsd } = classified.route;
  return {
    state,
    rules: matching.filter(({ constraint }) => constraint.source.mode !== 'observe'),
    observed: matching.filter(({ constraint }) => constraint.source.mode === 'observe'),
    routeCap:
      maxCostUsd === undefined
        ? undefined
        : { rule: classified.class, limitNanoUsd: Math.round(maxCostUsd * NANO_USD_PER_USD) },
    onMissing: policy.source.attestations?.onMissing ?? 'skip',
    blocks: policy.mode !== 'warn',
  };
}
