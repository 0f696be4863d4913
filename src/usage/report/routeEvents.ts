import type { DatabaseSync } from 'node:sqlite';
import { rows } from './attemptCells.ts';
import { type DayRange, rangeEnd, rangeStart } from './dayRange.ts';
import { compare } from './grouped.ts';
import type { FallbackCount, RefusalCount } from './usageReport.ts';

const refusalsSql = `
  SELECT rule, outcome, COUNT(*) AS refusals FROM attempts
  WHERE outcome IN ('blocked', 'unserved') AND at >= ? AND at < ?
  GROUP BY rule, outcome ORDER BY refusals DESC, rule, outcome`;

/** Which rules refused, and how often; those of days that were added up for their age are not known one by one. */
export function readRefusals(database: DatabaseSync, range: DayRange): readonly RefusalCount[] {
  return rows(database, refusalsSql, rangeStart(range), rangeEnd(range)).map(([rule, outcome, count]) => ({
    rule: String(rule),
    outcome: outcome === 'blocked' ? 'blocked' : 'unserved',
    count: Number(count),
  }));
}

const fallbacksSql = `
  SELECT request_id, fallback_from, provider || '/' || model FROM attempts
  WHERE fallback_from IS NOT NULL AND at >= ? AND at < ?`;
const failuresSql = `
  SELECT request_id, provider || '/' || model, failure FROM attempts
  WHERE failure IS NOT NULL AND at >= ? AND at < ?`;

/** From which target to which requests fell, and what the one had failed with. */
export function readFallbacks(database: DatabaseSync, range: DayRange): readonly FallbackCount[] {
  const between = [rangeStart(range), rangeEnd(range)];
  const failures = new Map(
    rows(database, failuresSql, ...between).map(([request, target, failure]) => [
      `${request} ${target}`,
      String(failure),
    ]),
  );
  const counts = new Map<string, { from: string; to: string; failure?: string; count: number }>();
  for (const [request, from, to] of rows(database, fallbacksSql, ...between)) {
    const failure = failures.get(`${request} ${from}`);
    const key = JSON.stringify([from, to, failure]);
    const known = counts.get(key) ?? {
      from: String(from),
      to: String(to),
      ...(failure !== undefined && { failure }),
      count: 0,
    };
    known.count += 1;
    counts.set(key, known);
  }
  return [...counts.values()].sort(
    (a, b) =>
      b.count - a.count || compare(a.from, b.from) || compare(a.to, b.to) || compare(a.failure ?? '', b.failure ?? ''),
  );
}
