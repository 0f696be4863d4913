import type { Classification } from './classify.ts';
import type { Reason } from './decision.ts';
import { type Rule, ruleOfRoute } from './limits.ts';

/** The reviews that this work must pass. */
export interface Gates {
  /** Sorted, without duplicates. */
  readonly gates: readonly string[];
  readonly why: readonly Reason[];
}

/**
 * The union of what each layer's class, its route and the applied constraints ask for. Nothing that a request passes through can
 * hold up a merge, so each gate says that it is not enforced here: a badge that binds nothing would be a lie.
 */
export function gatesOf({ views }: Classification, rules: readonly Rule[]): Gates {
  const asked = [
    ...views.flatMap((view) => view.route.review.map((gate) => ({ gate, rule: ruleOfRoute(view) }))),
    ...rules.flatMap(({ constraint }) => constraint.review.map((gate) => ({ gate, rule: constraint.id }))),
  ];
  const gates = [...new Set(asked.map(({ gate }) => gate))].sort();
  const who = (gate: string): readonly string[] =>
    listOf(views.find(({ layer }) => layer.policy.gates.has(gate))?.layer.policy.gates.get(gate)?.who);
  return {
    gates,
    why: [
      ...asked.map(({ gate, rule }): Reason => ({ kind: 'gate', gate, rule, who: who(gate) })),
      ...gates.map((gate): Reason => ({ kind: 'gate-not-enforced', gate })),
    ],
  };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
