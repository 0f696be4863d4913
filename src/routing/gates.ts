import type { Classification } from './classify.ts';
import type { Reason } from './decision.ts';
import { type Rule, ruleOfRoute } from './limits.ts';

type GateReason = Extract<Reason, { kind: 'gate' }>;

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
  if (asked.length === 0) return { gates: [], why: [] };
  const gates = [...new Set(asked.map(({ gate }) => gate))].sort();
  return {
    gates,
    why: [
      ...asked.map(({ gate, rule }): Reason => ({ kind: 'gate', gate, rule, ...termsOf(gate, views) })),
      ...gates.map((gate): Reason => ({ kind: 'gate-not-enforced', gate })),
    ],
  };
}

/** Who reviews, how many of them and by when, as the layer says that defines the gate. */
function termsOf(gate: string, views: Classification['views']): Pick<GateReason, 'who' | 'approvals' | 'within'> {
  const definition = views.find(({ layer }) => layer.policy.gates.has(gate))?.layer.policy.gates.get(gate);
  if (definition === undefined) return { who: [] };
  const { who, approvals, within } = definition;
  return {
    who: typeof who === 'string' ? [who] : who,
    ...(approvals === undefined ? {} : { approvals }),
    ...(within === undefined ? {} : { within }),
  };
}
