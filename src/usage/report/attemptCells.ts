import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Attempt, AttemptOutcome } from '../attempt.ts';
import { sum } from '../spend.ts';
import { type DayRange, dayName } from './dayRange.ts';

/** Attempts of one day that went the same way, added up. */
export interface AttemptCell {
  /** `2026-11-22`, UTC. */
  readonly day: string;
  /** undefined, like the model: refused before one was chosen. */
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly billing: NonNullable<Attempt['billing']>;
  readonly outcome: AttemptOutcome;
  readonly attempts: number;
  /** A request is counted where its first attempt is. */
  readonly requests: number;
  readonly fallbacks: number;
  /** Input that was neither read from a cache nor written to one. */
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** Reasoning included. */
  readonly output: number;
  readonly reasoning: number;
  readonly costNanoUsd: number;
  readonly simulatedNanoUsd: number;
  readonly billedNanoUsd: number;
  readonly unpriced: number;
}

/** Of an attempt. What was written before there were bills is taken to be asked for as it is listed; stand-ins ask for nothing. */
export const billedSql = 'CASE WHEN simulated IS NOT 1 THEN COALESCE(billed_nano_usd, cost_nano_usd) END';
/**
 * Of a row of days that were added up, likewise. Rows of an older version have what stand-ins would have asked for in their
 * bills: nothing is billed beyond the list price of the rest.
 */
export const oldBilledSql = `MIN(cost_nano_usd - simulated_nano_usd,
  CASE WHEN billing = '' THEN cost_nano_usd ELSE billed_nano_usd END)`;

const attemptCellsSql = `
  SELECT at / 86400000, provider, model, billing, outcome, COUNT(*),
    COUNT(CASE WHEN fallback_from IS NULL THEN 1 END), COUNT(fallback_from),
    ${sum('input_tokens')}, ${sum('cache_read_tokens')}, ${sum('cache_write_tokens')}, ${sum('output_tokens')},
    ${sum('reasoning_tokens')}, ${sum('cost_nano_usd')}, ${sum('CASE WHEN simulated = 1 THEN cost_nano_usd END')},
    ${sum(billedSql)},
    COUNT(CASE WHEN cost_nano_usd IS NULL AND input_tokens IS NOT NULL THEN 1 END)
  FROM attempts INDEXED BY attempts_by_day WHERE at / 86400000 BETWEEN ? AND ?
  GROUP BY at / 86400000, provider, model, billing, outcome`;

/** Days whose attempts were added up for their age. */
const oldDaysSql = `
  SELECT day, provider, model, billing, outcome, SUM(attempts), SUM(requests), SUM(fallbacks), ${sum('input_tokens')},
    ${sum('cache_read_tokens')}, ${sum('cache_write_tokens')}, ${sum('output_tokens')}, ${sum('reasoning_tokens')},
    ${sum('cost_nano_usd')}, ${sum('simulated_nano_usd')},
    ${sum(oldBilledSql)}, SUM(unpriced)
  FROM days WHERE day BETWEEN ? AND ?
  GROUP BY day, provider, model, billing, outcome`;

/** All attempts of a range. */
export function readAttemptCells(database: DatabaseSync, { firstDay, lastDay }: DayRange): readonly AttemptCell[] {
  const old = rows(database, oldDaysSql, dayName(firstDay), dayName(lastDay));
  const kept = rows(database, attemptCellsSql, firstDay, lastDay);
  return [...old, ...kept].map(cellOf);
}

/** The rows of a query, each as its values in the order of the columns. No column may be called by a number. */
export function rows(
  database: DatabaseSync,
  sql: string,
  ...values: readonly (string | number)[]
): readonly (readonly SQLOutputValue[])[] {
  return database
    .prepare(sql)
    .all(...values)
    .map((row) => Object.values(row));
}

function cellOf(row: readonly SQLOutputValue[]): AttemptCell {
  const [day, provider, model, billing, outcome, ...figures] = row;
  const figure = (place: number): number => Number(figures[place] ?? 0);
  return {
    day: nameOfDay(day),
    provider: named(provider),
    model: named(model),
    billing: billing === 'pool' || billing === 'seat' ? billing : 'metered',
    // The ledger's own words: nothing else writes them.
    outcome: String(outcome) as AttemptOutcome,
    attempts: figure(0),
    requests: figure(1),
    fallbacks: figure(2),
    input: figure(3),
    cacheRead: figure(4),
    cacheWrite: figure(5),
    output: figure(6),
    reasoning: figure(7),
    costNanoUsd: figure(8),
    simulatedNanoUsd: figure(9),
    billedNanoUsd: figure(10),
    unpriced: figure(11),
  };
}

/** The name of a day: of days that were added up it is written down, of others their number since the epoch. */
export function nameOfDay(value: SQLOutputValue | undefined): string {
  return typeof value === 'string' ? value : dayName(Number(value));
}

/** A name, where there is one: days that were added up have empty ones. */
export function named(value: SQLOutputValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
