import type { DatabaseSync } from 'node:sqlite';
import { rows } from './attemptCells.ts';
import { DAY_MS, type DayRange, rangeEnd, rangeStart } from './dayRange.ts';
import { compare, grouped } from './grouped.ts';
import type { FallbackCount, RefusalCount } from './usageReport.ts';

const refusalsSql = `
  SELECT rule, outcome, COUNT(*) AS refusals FROM attempts
  WHERE outcome IN ('blocked', 'unserved') AND at >= ? AND at < ?
  GROUP BY rule, outcome`;

/** Which rules refused, and how often; those of days that were added up for their age are not known one by one. */
export function readRefusals(database: DatabaseSync, range: DayRange): readonly RefusalCount[] {
  const counts = rows(database, refusalsSql, rangeStart(range), rangeEnd(range)).map(
    ([rule, outcome, count]): RefusalCount => ({
      rule: String(rule),
      outcome: outcome === 'blocked' ? 'blocked' : 'unserved',
      count: Number(count),
    }),
  );
  return joinedRefusals(counts);
}

/** What was counted apart, as one count each: the most frequent first. */
export function joinedRefusals(counts: readonly RefusalCount[]): readonly RefusalCount[] {
  return addedUp(counts, ({ rule, outcome }) => JSON.stringify([rule, outcome])).sort(
    (a, b) => b.count - a.count || compare(a.rule, b.rule) || compare(a.outcome, b.outcome),
  );
}

const dayOf = `at / ${DAY_MS}`;
const fallbacksSql = `
  SELECT ${dayOf}, request_id, fallback_from, provider || '/' || model FROM attempts
  WHERE fallback_from IS NOT NULL AND at >= ? AND at < ?`;
const failuresSql = `
  SELECT ${dayOf}, request_id, provider || '/' || model, failure FROM attempts
  WHERE failure IS NOT NULL AND at >= ? AND at < ?`;

/**
 * From which target to which requests fell, and what the one had failed with on that day or the day before: what a day says
 * of it is the same in every range.
 */
export function readFallbacks(database: DatabaseSync, range: DayRange): readonly FallbackCount[] {
  const [since, until] = [rangeStart(range), rangeEnd(range)];
  const failures = new Map(
    rows(database, failuresSql, since - DAY_MS, until).map(([day, request, target, failure]) => [
      `${day} ${request} ${target}`,
      String(failure),
    ]),
  );
  const counts = rows(database, fallbacksSql, since, until).map(([day, request, from, to]): FallbackCount => {
    const failureOf = (on: number): string | undefined => failures.get(`${on} ${request} ${from}`);
    const failure = failureOf(Number(day)) ?? failureOf(Number(day) - 1);
    return { from: String(from), to: String(to), ...(failure !== undefined && { failure }), count: 1 };
  });
  return joinedFallbacks(counts);
}

/** What was counted apart, as one count each: the most frequent first. */
export function joinedFallbacks(counts: readonly FallbackCount[]): readonly FallbackCount[] {
  return addedUp(counts, ({ from, to, failure }) => JSON.stringify([from, to, failure])).sort(
    (a, b) =>
      b.count - a.count || compare(a.from, b.from) || compare(a.to, b.to) || compare(a.failure ?? '', b.failure ?? ''),
  );
}

function addedUp<Counted extends { readonly count: number }>(
  counts: readonly Counted[],
  keyOf: (one: Counted) => string,
): Counted[] {
  return [...grouped(counts, keyOf).values()].flatMap((own) => {
    const [first] = own;
    return first === undefined ? [] : [{ ...first, count: own.reduce((sum, { count }) => sum + count, 0) }];
  });
}
