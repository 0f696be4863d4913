import type { DatabaseSync } from 'node:sqlite';
import type { Attempt } from '../../attempt.ts';
import { sum } from '../../spend.ts';
import { rows } from '../attemptCells.ts';
import { type DayRange, dayName } from '../dayRange.ts';

/** What one model did for one class on one day, billed in one way. */
export interface FocusCell {
  /** `2026-11-22`, UTC. */
  readonly day: string;
  readonly class: string;
  readonly provider: string;
  readonly model: string;
  readonly billing: NonNullable<Attempt['billing']>;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  /** Without what stand-ins asked for, which is not money. */
  readonly listNanoUsd: number;
  readonly billedNanoUsd: number;
  readonly isSimulated: boolean;
  readonly unpriced: number;
  /** Of the day, the class and the model; with the first of several ways to be billed. */
  readonly tasks: number;
  readonly successes: number;
}

const isReal = 'simulated IS NOT 1';
const attemptsSql = `
  SELECT at / 86400000 AS day, class, provider, model, billing, ${sum('input_tokens')}, ${sum('cache_read_tokens')},
    ${sum('cache_write_tokens')}, ${sum('output_tokens')}, ${sum(`CASE WHEN ${isReal} THEN cost_nano_usd END`)},
    ${sum(`CASE WHEN ${isReal} THEN COALESCE(billed_nano_usd, cost_nano_usd) END`)}, MIN(COALESCE(simulated, 0)),
    COUNT(CASE WHEN cost_nano_usd IS NULL AND input_tokens IS NOT NULL THEN 1 END)
  FROM attempts
  WHERE at / 86400000 BETWEEN ? AND ? AND provider IS NOT NULL AND model IS NOT NULL
    AND outcome NOT IN ('blocked', 'unserved')
  GROUP BY at / 86400000, class, provider, model, billing`;
const oldDaysSql = `
  SELECT day, class, provider, model, billing, ${sum('input_tokens')}, ${sum('cache_read_tokens')},
    ${sum('cache_write_tokens')}, ${sum('output_tokens')}, ${sum('cost_nano_usd - simulated_nano_usd')},
    ${sum("CASE WHEN simulated_nano_usd > 0 THEN 0 WHEN billing = '' THEN cost_nano_usd ELSE billed_nano_usd END")},
    MIN(simulated_nano_usd > 0) AS simulated, SUM(unpriced)
  FROM days WHERE day BETWEEN ? AND ? AND provider <> '' AND model <> '' AND outcome NOT IN ('blocked', 'unserved')
  GROUP BY day, class, provider, model, billing`;
const success = "COUNT(CASE WHEN outcome IN ('kept', 'committed') THEN 1 END)";
const tasksSql = `
  SELECT opened_at / 86400000 AS day, class, provider, model, COUNT(*), ${success} FROM tasks
  WHERE opened_at / 86400000 BETWEEN ? AND ? AND provider IS NOT NULL GROUP BY opened_at / 86400000, class, provider, model`;
const oldTasksSql = `
  SELECT day, class, provider, model, SUM(tasks), SUM(CASE WHEN outcome IN ('kept', 'committed') THEN tasks ELSE 0 END)
  FROM task_days WHERE day BETWEEN ? AND ? GROUP BY day, class, provider, model`;

/** Everything that has a cost in a range, by day, class, model and bill; the oldest first. */
export function readFocusCells(database: DatabaseSync, { firstDay, lastDay }: DayRange): readonly FocusCell[] {
  const names = [dayName(firstDay), dayName(lastDay)];
  const tasks = new Map<string, readonly [number, number]>();
  for (const row of [...rows(database, oldTasksSql, ...names), ...rows(database, tasksSql, firstDay, lastDay)]) {
    const [day, ofClass, provider, model, count, successes] = row;
    tasks.set(keyOf(dayOf(day), ofClass, provider, model), [Number(count), Number(successes)]);
  }
  return [...rows(database, oldDaysSql, ...names), ...rows(database, attemptsSql, firstDay, lastDay)].map((row) => {
    const [written, ofClass, provider, model, billing, ...figures] = row;
    const day = dayOf(written);
    const [input, cacheRead, cacheWrite, output, list, billed, simulated, unpriced] = figures.map(Number);
    const key = keyOf(day, ofClass, provider, model);
    const [count, successes] = tasks.get(key) ?? [0, 0];
    tasks.delete(key);
    return {
      day,
      class: String(ofClass),
      provider: String(provider),
      model: String(model),
      billing: billing === 'pool' || billing === 'seat' ? billing : 'metered',
      input: input ?? 0,
      cacheRead: cacheRead ?? 0,
      cacheWrite: cacheWrite ?? 0,
      output: output ?? 0,
      listNanoUsd: list ?? 0,
      billedNanoUsd: billed ?? 0,
      isSimulated: simulated === 1,
      unpriced: unpriced ?? 0,
      tasks: count,
      successes,
    };
  });
}

function dayOf(value: unknown): string {
  return typeof value === 'string' ? value : dayName(Number(value));
}

function keyOf(...parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}
