import type { PolicyMode } from '../../policy/schema.ts';
import { applyBudgets } from '../budget.ts';
import { bringIn, type Candidate, chainOfName, nameOf } from '../candidate.ts';
import { reachable } from '../capability.ts';
import type { Classification } from '../classify.ts';
import { admit } from '../constrain.ts';
import type { BudgetOutcome, RemovedCandidate } from '../decision.ts';
import type { Facts } from '../facts.ts';
import type { Limits } from '../limits.ts';
import type { State } from '../state.ts';

/** What a decision has come to before a session or a person has a say in it. */
export interface Standing {
  readonly facts: Facts;
  readonly state: State;
  readonly limits: Limits;
  readonly mode: PolicyMode;
  readonly classified: Classification;
  readonly budgets: readonly BudgetOutcome[];
}

/**
 * Whether one target may serve this request, on the route or not: every constraint, budget and ability is asked as for a
 * target of the route.
 *
 * @param rule what brings it in, when it is not on the route
 */
export function standingOf(
  target: string,
  rule: string,
  kept: readonly Candidate[],
  { facts, state, limits, mode }: Standing,
):
  | { readonly kind: 'in'; readonly candidate: Candidate }
  | { readonly kind: 'out'; readonly removed: readonly RemovedCandidate[] } {
  const known = kept.find((candidate) => nameOf(candidate) === target);
  if (known !== undefined) return { kind: 'in', candidate: known };
  const brought = bringIn(chainOfName(target), rule, state);
  const admitted = admit(brought.offered, limits);
  const budgeted = applyBudgets(admitted.kept, mode, limits);
  const able = reachable(budgeted.kept, facts, state);
  const candidate = able.kept.find((left) => nameOf(left) === target);
  if (candidate !== undefined) return { kind: 'in', candidate };
  return { kind: 'out', removed: [...brought.refused, ...admitted.removed, ...budgeted.removed, ...able.removed] };
}
