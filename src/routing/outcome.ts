import { type Candidate, isModel, ruleOf } from './candidate.ts';
import type { Outcome, RemovedCandidate } from './decision.ts';

/**
 * What is left makes the outcome. The first candidate is routed, the models up to a `native` behind it are its fallbacks.
 *
 * With nothing left it is `blocked` when the policy alone would have left nothing: a `block` applies, or each target
 * that was considered was taken away by some rule. As soon as one of them fell only because it is not configured,
 * cannot do the work or is unhealthy, it is `unserved`: mending that would have served the request.
 */
export function outcomeOf(
  left: readonly Candidate[],
  removed: readonly RemovedCandidate[],
  blocking: readonly string[],
): Outcome {
  const [first] = left;
  if (first?.kind === 'native') return { kind: 'native' };
  if (first?.kind === 'model') {
    const end = left.findIndex(({ kind }) => kind === 'native');
    const fallbacks = left.slice(1, end === -1 ? undefined : end).filter(isModel);
    return { kind: 'routed', target: first.target, fallbacks: fallbacks.map(({ target }) => target) };
  }
  const considered = removed.filter(({ reason }) => reason.kind !== 'untrusted-workspace');
  const byRule = new Set(
    considered.flatMap(({ target, reason }) => (ruleOf(reason) === undefined ? [] : target.target)),
  );
  const allByRule = considered.length > 0 && considered.every(({ target }) => byRule.has(target.target));
  if (blocking.length === 0 && !allByRule) return { kind: 'unserved' };
  const by = new Set([...blocking, ...considered.flatMap(({ reason }) => ruleOf(reason) ?? [])]);
  return { kind: 'blocked', by: [...by].sort() };
}
