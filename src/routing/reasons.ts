import { attestationProblem } from './attestation.ts';
import { type Candidate, isModel, nameOf, ruleOf } from './candidate.ts';
import type { Classification } from './classify.ts';
import { countViolations } from './constrain.ts';
import type { CostEstimate, Outcome, Reason, RemovedCandidate } from './decision.ts';
import type { Limits } from './limits.ts';

export function classReason(classified: Classification): Reason {
  if (classified.winner === undefined) return { kind: 'default-used' };
  return { kind: 'class-matched', class: classified.class, clauses: classified.clauses };
}

export function constraintReasons(
  limits: Limits,
  wanted: readonly Candidate[],
  removed: readonly RemovedCandidate[],
): readonly Reason[] {
  const removedBy = new Map<string, Set<string>>();
  for (const { reason, target } of removed) {
    const rule = ruleOf(reason);
    if (rule === undefined) continue;
    const targets = removedBy.get(rule) ?? new Set();
    removedBy.set(rule, targets.add(target.target));
  }
  return [
    ...limits.rules.flatMap(({ constraint: { id: rule, source }, certain }): Reason[] => [
      { kind: 'constraint-applied', rule, reason: source.reason, certain, removed: removedBy.get(rule)?.size ?? 0 },
      ...(source.block === true && !limits.blocks ? [{ kind: 'mode-warn' as const, rule }] : []),
    ]),
    ...limits.observed.map((rule): Reason => {
      const { id, source } = rule.constraint;
      const count = countViolations(rule, wanted, { ...limits, blocks: true });
      return { kind: 'constraint-observed', rule: id, reason: source.reason, removed: count };
    }),
  ];
}

export function blockReasons(judged: Outcome, { rules }: Limits): readonly Reason[] {
  if (judged.kind !== 'blocked') return [];
  const by = new Set(judged.by);
  return rules
    .filter(({ constraint }) => by.has(constraint.id))
    .map(({ constraint, certain, file }) => ({
      kind: 'blocked-by',
      rule: constraint.id,
      reason: constraint.source.reason,
      certain,
      ...(file === undefined ? {} : { file }),
    }));
}

/** With `onMissing: "warn"` a model without an attestation is used, and said to be. */
export function attestationReasons(left: readonly Candidate[], { rules, state }: Limits): readonly Reason[] {
  const asking = rules.find(
    ({ constraint, attestation }) => constraint.source.attested === true && attestation.onMissing === 'warn',
  );
  if (asking === undefined) return [];
  return left.filter(isModel).flatMap((candidate): Reason[] => {
    const reason = attestationProblem(candidate, state, asking.attestation);
    return reason === undefined ? [] : [{ kind: 'attestation-missing', target: candidate.target.target, reason }];
  });
}

/** What became of the candidates, and what came of it. */
export function outcomeReasons(ending: {
  readonly outcome: Outcome;
  readonly removed: readonly RemovedCandidate[];
  readonly cost: CostEstimate;
  /** The list that the decision started from. */
  readonly wanted: readonly Candidate[];
  /** Served without being judged, because the policy only observes. */
  readonly isObserved?: boolean;
}): readonly Reason[] {
  const { outcome, removed, cost, wanted, isObserved } = ending;
  const why: Reason[] = removed.map(({ target, reason }) => ({
    kind: 'candidate-removed',
    target: target.target,
    reason,
  }));
  switch (outcome.kind) {
    case 'routed': {
      const { target } = outcome.target;
      if (isObserved === true) why.push({ kind: 'mode-observe', served: target });
      if (cost.kind === 'unpriced') why.push({ kind: 'unpriced', target });
      const place = wanted.findIndex((candidate) => nameOf(candidate) === target);
      why.push({ kind: 'routed', target, ...(place === -1 ? {} : { place }) });
      break;
    }
    case 'native':
      why.push({ kind: 'native' });
      break;
    case 'blocked':
    case 'unserved':
      why.push({ kind: 'nothing-left' });
      break;
  }
  return why;
}
