import { ruleOf } from '../candidate.ts';
import type { Decision, RemovedCandidate } from '../decision.ts';
import { hasPart, type Supplier, type SupplierFacts } from './supplier.ts';

/** Why nobody is left to serve a request without a supplier. */
export interface Stop {
  /**
   * `no-candidate`: nobody else is listed. `constraint`, `budget`: others are, and rules refuse all of them.
   * `unreachable`: some of the others would be admitted, and cannot be reached or cannot do the work.
   */
  readonly because: 'no-candidate' | 'constraint' | 'budget' | 'unreachable';
  /** The rules that refuse the others, sorted. */
  readonly rules: readonly string[];
  /** The others, each with the first reason against it. */
  readonly others: readonly RemovedCandidate[];
}

/** @param decision of a request that nobody serves while the supplier is down */
export function stopOf({ removed }: Decision, down: Supplier, facts: SupplierFacts): Stop {
  const others = removed.filter(({ target, reason }) => {
    if (reason.kind === 'native-not-completion' || reason.kind === 'untrusted-workspace') return false;
    return target.kind === 'native' || !hasPart(down, target, facts);
  });
  const rules = new Set(others.flatMap(({ reason }) => ruleOf(reason) ?? []));
  const refused = new Set(others.filter(({ reason }) => ruleOf(reason) !== undefined).map(nameOf));
  return {
    because: causeOf(
      others,
      others.every((other) => refused.has(nameOf(other))),
    ),
    rules: [...rules].sort(),
    others: firstOfEach(others),
  };
}

function causeOf(others: readonly RemovedCandidate[], allRefused: boolean): Stop['because'] {
  if (others.length === 0) return 'no-candidate';
  if (!allRefused) return 'unreachable';
  return others.some(({ reason }) => reason.kind === 'constraint') ? 'constraint' : 'budget';
}

function nameOf({ target }: RemovedCandidate): string {
  return target.target;
}

function firstOfEach(removed: readonly RemovedCandidate[]): readonly RemovedCandidate[] {
  const seen = new Set<string>();
  return removed.filter((one) => {
    const isNew = !seen.has(nameOf(one));
    seen.add(nameOf(one));
    return isNew;
  });
}
