import type { Clause, CompiledClass, CompiledPolicy, CompiledRoute, DiffMeasure } from '../policy/compiled.ts';
import { boundedClauses, boundedPatterns, boundedSkipped } from './bounded.ts';
import { firstFailure, holds } from './conditions.ts';
import type { FailedClause, SkippedClass } from './decision.ts';
import type { Facts } from './facts.ts';
import { type Sight, sightOfOutgoing, sightOfWork } from './sight.ts';

/** How many of the classes before the winner a decision explains; the nearest are the ones people ask about. */
export const MOST_SKIPPED = 50;

/** The class of a request, and how the request looked to the rules. */
export interface Classification {
  /** `default` when no class matched. */
  readonly class: string;
  readonly winner: CompiledClass | undefined;
  readonly route: CompiledRoute;
  readonly skipped: readonly SkippedClass[];
  readonly skippedCount: number;
  readonly counted: { readonly [measure in DiffMeasure]?: number };
  readonly modules: readonly string[];
  /** As constraints, budgets and gates see the request. */
  readonly outgoing: Sight;
}

/** Finds the first class that matches. Only classes that the paths can reach are evaluated. */
export function classify(policy: CompiledPolicy, facts: Facts): Classification {
  const work = sightOfWork(policy, facts);
  const winner = firstMatch(policy, work);
  const skippedCount = winner?.index ?? policy.classes.length;
  const skipped = policy.classes.slice(Math.max(0, skippedCount - MOST_SKIPPED), skippedCount).flatMap((passed) => {
    const failed = firstFailure(passed.when, work);
    if (failed === undefined) return [];
    const [clause = failed.clause] = boundedClauses([failed.clause]);
    return [{ id: passed.id, failed: { ...failed, clause } }];
  });
  return {
    class: winner?.id ?? 'default',
    winner,
    route: winner?.route ?? policy.default,
    skipped: boundedSkipped(skipped),
    skippedCount,
    counted: exactMeasures(work),
    modules: work.size?.modules ?? [],
    outgoing: sightOfOutgoing(work),
  };
}

/**
 * Every class of a policy, in order, with its first failed clause; none where it holds. The first of those wins. For a
 * full explanation: a decision carries only the nearest ones, and its own clauses agree with these.
 */
export function explainClasses(
  policy: CompiledPolicy,
  facts: Facts,
): readonly { readonly id: string; readonly failed?: FailedClause }[] {
  const work = sightOfWork(policy, facts);
  return policy.classes.map(({ id, when }) => {
    const failed = firstFailure(when, work);
    return failed === undefined ? { id } : { id, failed };
  });
}

/**
 * The lowest matching class. A class in `classesBySet` cannot match unless some path matches its set, so only the lists
 * of sets that were hit are walked; each is ascending and left at the best index so far.
 */
function firstMatch(policy: CompiledPolicy, work: Sight): CompiledClass | undefined {
  let best: CompiledClass | undefined;
  const walk = (indices: readonly number[]): void => {
    for (const index of indices) {
      const candidate = policy.classes[index];
      if (candidate === undefined || (best !== undefined && index >= best.index)) return;
      if (holds(candidate.when, work) === true) best = candidate;
    }
  };
  walk(policy.unindexedClasses);
  for (const set of work.touchedHits) walk(policy.classesBySet.get(set) ?? []);
  return best;
}

function exactMeasures(work: Sight): { readonly [measure in DiffMeasure]?: number } {
  const known: { [measure in DiffMeasure]?: number } = {};
  for (const [measure, { least, exact }] of Object.entries(work.size?.measures ?? {})) {
    if (exact) known[measure as DiffMeasure] = least;
  }
  return known;
}

/** The glob lists that a decision's clauses name, so that it can be explained without its policy. */
export function globsNamed(
  policy: CompiledPolicy,
  classification: Classification,
): Readonly<Record<number, readonly string[]>> {
  const named: Record<number, readonly string[]> = {};
  const visit = (clauses: readonly Clause[]): void => {
    for (const clause of clauses) {
      if ('set' in clause) named[clause.set] = boundedPatterns(policy.index.sets[clause.set]?.patterns ?? []);
      else if (clause.key === 'not') visit(clause.when.clauses);
      else if (clause.key === 'anyOf') for (const when of clause.whens) visit(when.clauses);
    }
  };
  visit(boundedClauses(classification.winner?.when.clauses ?? []));
  for (const { failed } of classification.skipped) visit([failed.clause]);
  return named;
}
