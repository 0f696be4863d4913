import type { Clause, CompiledWhen } from '../../policy/compiled.ts';
import { type Region, statusIn } from './region.ts';
import { FALSE, TRUE, type Truths, UNKNOWN } from './truth.ts';

/** What a condition may come to, and a clause that would settle more of it; undefined when all is settled. */
export interface Verdict {
  readonly truths: Truths;
  readonly open: Clause | undefined;
}

/** All clauses of a condition together, by Kleene's strong logic, as {@link holds} computes it for one request. */
export function truthsOf(when: CompiledWhen, region: Region): Verdict {
  return all(when.clauses.map((clause) => truthsOfClause(clause, region)));
}

function truthsOfClause(clause: Clause, region: Region): Verdict {
  switch (clause.key) {
    case 'not':
      return negated(truthsOf(clause.when, region));
    case 'anyOf':
      return negated(all(clause.whens.map((when) => negated(truthsOf(when, region)))));
    default: {
      const truths = statusIn(region, clause);
      return { truths, open: isSettled(truths) ? undefined : clause };
    }
  }
}

function all(parts: readonly Verdict[]): Verdict {
  const everyCan = (truths: Truths): boolean => parts.every((part) => (part.truths & truths) !== 0);
  const someCan = (truths: Truths): boolean => parts.some((part) => (part.truths & truths) !== 0);
  const isTrue = everyCan(TRUE) ? TRUE : 0;
  const isFalse = someCan(FALSE) ? FALSE : 0;
  const isUnknown = someCan(UNKNOWN) && everyCan(TRUE | UNKNOWN) ? UNKNOWN : 0;
  const truths = isTrue | isFalse | isUnknown;
  const open = isSettled(truths) ? undefined : parts.find((part) => part.open !== undefined)?.open;
  return { truths, open };
}

function negated({ truths, open }: Verdict): Verdict {
  const swapped = (truths & UNKNOWN) | (truths & TRUE ? FALSE : 0) | (truths & FALSE ? TRUE : 0);
  return { truths: swapped, open };
}

function isSettled(truths: Truths): boolean {
  return truths === TRUE || truths === FALSE || truths === UNKNOWN;
}
