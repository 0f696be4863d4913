import type { CompiledConstraint } from '../policy/compiled.ts';
import { bringIn, type Candidate, distinct, remove, type Step } from './candidate.ts';
import type { Reason, RemovalReason, RemovedCandidate } from './decision.ts';
import type { Limits, Rule } from './limits.ts';
import { capViolation, violation } from './violation.ts';

/** Targets that all `else` together may offer: more help nobody, and a hostile policy must not keep us busy. */
const MOST_OFFERED = 100;

/**
 * Takes away what some constraint does not admit. Each constraint judges each target by itself, so their order does not
 * matter and one more can only take away. Where nothing is left, the `else` of the constraints that took something away
 * is tried, in the order of their ids, under the same constraints.
 */
export function constrain(candidates: readonly Candidate[], limits: Limits): Step {
  const first = admit(candidates, limits);
  const offering = first.kept.length > 0 ? [] : rulesThatOffer(candidates, limits);
  if (offering.length === 0) return { ...first, why: [] };
  const brought = offering.map(({ id, else: chain = [] }) => bringIn(chain, id, limits.state));
  const offered = distinct(brought.flatMap((chain) => chain.offered)).slice(0, MOST_OFFERED);
  const second = admit(offered, limits);
  const usedElse = new Set(second.kept.flatMap(({ broughtBy }) => broughtBy ?? []));
  return {
    kept: [...first.kept, ...second.kept],
    removed: [...first.removed, ...brought.flatMap(({ refused }) => refused), ...second.removed],
    why: [...usedElse].map((rule): Reason => ({ kind: 'else-used', rule })),
  };
}

/** The constraints with an `else` that took something away, by id: their order in the policy must not matter. */
function rulesThatOffer(candidates: readonly Candidate[], limits: Limits): readonly CompiledConstraint[] {
  return limits.rules
    .filter((rule) => rule.constraint.else !== undefined && countViolations(rule, candidates, limits) > 0)
    .map(({ constraint }) => constraint)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Splits candidates by all constraints and caps; a target that several do not admit is removed by each of them. */
export function admit(candidates: readonly Candidate[], limits: Limits): Omit<Step, 'why'> {
  if (limits.rules.length === 0 && limits.caps.length === 0) return { kept: candidates, removed: [] };
  const kept: Candidate[] = [];
  const removed: RemovedCandidate[] = [];
  const head = candidates.find(({ kind }) => kind === 'model');
  for (const candidate of candidates) {
    const reasons = [
      ...limits.rules.map((rule) => violation(rule, candidate, head, limits)),
      ...limits.caps.map((cap) => capViolation(cap, candidate, limits.state)),
    ].filter((reason) => reason !== undefined);
    if (reasons.length === 0) kept.push(candidate);
    for (const reason of distinctReasons(reasons)) removed.push(remove(candidate, reason));
  }
  return { kept, removed };
}

/** How many of these candidates one constraint alone would take away. */
export function countViolations(rule: Rule, candidates: readonly Candidate[], limits: Limits): number {
  const head = candidates.find(({ kind }) => kind === 'model');
  return candidates.filter((candidate) => violation(rule, candidate, head, limits) !== undefined).length;
}

/** Several constraints can find the same provider not configured; once is enough. */
function distinctReasons(reasons: readonly RemovalReason[]): readonly RemovalReason[] {
  const first = reasons.findIndex(({ kind }) => kind === 'not-configured');
  return reasons.filter((reason, index) => reason.kind !== 'not-configured' || index === first);
}
