import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Attempt } from '../../attempt.ts';
import { sum } from '../../spend.ts';
import { billedSql, nameOfDay, oldBilledSql, rows } from '../attemptCells.ts';
import { type DayRange, dayName } from '../dayRange.ts';
import { workOf } from '../taskCells.ts';
import type { WorkKind } from '../usageReport.ts';

/** What one model did for one class and kind of work on one day, billed in one way. */
export interface FocusCell {
  /** `2026-11-22`, UTC. */
  readonly day: string;
  /** The last of the days that it is of, where these are more than one. */
  readonly lastDay?: string;
  readonly class: string;
  /** Completions, changes and questions are judged by different signals: their tasks are not to be added up. */
  readonly work: WorkKind;
  readonly provider: string;
  readonly model: string;
  readonly billing: NonNullable<Attempt['billing']>;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  /** Tokens that are not told apart by their kind, which the other figures then do not have; `unknown`: nor counted. */
  readonly allTokens?: number | 'unknown';
  /** Without what stand-ins asked for, which is not money. */
  readonly listNanoUsd: number;
  readonly billedNanoUsd: number;
  readonly isSimulated: boolean;
  readonly unpriced: number;
  /** Of the day, the class, the kind of work and the model; with the first of several ways to be billed. */
  readonly tasks: number;
  /** undefined: it is not told. */
  readonly successes: number | undefined;
}

const isReal = 'simulated IS NOT 1';
const attemptsSql = `
  SELECT at / 86400000 AS day, class, kind, provider, model, billing, ${sum('input_tokens')}, ${sum('cache_read_tokens')},
    ${sum('cache_write_tokens')}, ${sum('output_tokens')}, ${sum(`CASE WHEN ${isReal} THEN cost_nano_usd END`)},
    ${sum(billedSql)}, MIN(COALESCE(simulated, 0)),
    COUNT(CASE WHEN cost_nano_usd IS NULL AND input_tokens IS NOT NULL THEN 1 END)
  FROM attempts
  WHERE at / 86400000 BETWEEN ? AND ? AND provider IS NOT NULL AND model IS NOT NULL
    AND outcome NOT IN ('blocked', 'unserved')
  GROUP BY at / 86400000, class, kind, provider, model, billing`;
const oldDaysSql = `
  SELECT day, class, kind, provider, model, billing, ${sum('input_tokens')}, ${sum('cache_read_tokens')},
    ${sum('cache_write_tokens')}, ${sum('output_tokens')}, ${sum('cost_nano_usd - simulated_nano_usd')},
    ${sum(oldBilledSql)}, MIN(simulated_nano_usd > 0 AND simulated_nano_usd = cost_nano_usd AND unpriced = 0),
    SUM(unpriced)
  FROM days WHERE day BETWEEN ? AND ? AND provider <> '' AND model <> '' AND outcome NOT IN ('blocked', 'unserved')
  GROUP BY day, class, kind, provider, model, billing`;
const success = "COUNT(CASE WHEN outcome IN ('kept', 'committed') THEN 1 END)";
const tasksSql = `
  SELECT opened_at / 86400000 AS day, class, kind, provider, model, COUNT(*), ${success} FROM tasks
  WHERE opened_at / 86400000 BETWEEN ? AND ? AND provider IS NOT NULL AND model IS NOT NULL
  GROUP BY opened_at / 86400000, class, kind, provider, model`;
const oldTasksSql = `
  SELECT day, class, kind, provider, model, SUM(tasks),
    SUM(CASE WHEN outcome IN ('kept', 'committed') THEN tasks ELSE 0 END)
  FROM task_days WHERE day BETWEEN ? AND ? AND provider <> '' AND model <> ''
  GROUP BY day, class, kind, provider, model`;

/** What the tasks of a day, a class, a kind of work and a model came to. */
interface Tasks {
  tasks: number;
  successes: number;
}

type Key = Pick<FocusCell, 'day' | 'class' | 'work' | 'provider' | 'model'>;

/**
 * Everything that has a cost in a range, by day, class, kind of work, model and bill. Of a day that is added up in part,
 * both parts are in one cell.
 */
export function readFocusCells(database: DatabaseSync, range: DayRange): readonly FocusCell[] {
  const tasks = readTasks(database, range);
  const cells = new Map<string, FocusCell>();
  for (const cell of readAttempts(database, range)) {
    const key = `${keyOf(cell)} ${cell.billing}`;
    const known = cells.get(key);
    cells.set(key, known === undefined ? cell : together(known, cell));
  }
  const billed = [...cells.values()].map((cell) => {
    const counted = tasks.get(keyOf(cell));
    tasks.delete(keyOf(cell));
    return counted === undefined ? cell : { ...cell, tasks: counted.tasks, successes: counted.successes };
  });
  // Tasks of which no attempt of that day and class has a bill, such as those that were refused at first and served later.
  return [...billed, ...[...tasks.values()].map((counted) => ({ ...unbilled, ...counted }))];
}

const unbilled = {
  billing: 'metered',
  input: 0,
  cacheRead: 0,
  cacheWrite: 0,
  output: 0,
  listNanoUsd: 0,
  billedNanoUsd: 0,
  isSimulated: false,
  unpriced: 0,
} as const;

function readTasks(database: DatabaseSync, { firstDay, lastDay }: DayRange): Map<string, Key & Tasks> {
  const tasks = new Map<string, Key & Tasks>();
  const old = rows(database, oldTasksSql, dayName(firstDay), dayName(lastDay));
  for (const row of [...old, ...rows(database, tasksSql, firstDay, lastDay)]) {
    const place = placeOf(row);
    const [count, successes] = row.slice(5).map(Number);
    const known = tasks.get(keyOf(place)) ?? { tasks: 0, successes: 0 };
    tasks.set(keyOf(place), {
      ...place,
      tasks: known.tasks + (count ?? 0),
      successes: known.successes + (successes ?? 0),
    });
  }
  return tasks;
}

function readAttempts(database: DatabaseSync, { firstDay, lastDay }: DayRange): readonly FocusCell[] {
  const old = rows(database, oldDaysSql, dayName(firstDay), dayName(lastDay));
  return [...old, ...rows(database, attemptsSql, firstDay, lastDay)].map((row) => {
    const billing = row[5];
    const [input, cacheRead, cacheWrite, output, list, billed, simulated, unpriced] = row.slice(6).map(Number);
    return {
      ...placeOf(row),
      billing: billing === 'pool' || billing === 'seat' ? billing : 'metered',
      input: input ?? 0,
      cacheRead: cacheRead ?? 0,
      cacheWrite: cacheWrite ?? 0,
      output: output ?? 0,
      listNanoUsd: list ?? 0,
      billedNanoUsd: billed ?? 0,
      isSimulated: simulated === 1,
      unpriced: unpriced ?? 0,
      tasks: 0,
      successes: 0,
    };
  });
}

function together(a: FocusCell, b: FocusCell): FocusCell {
  return {
    ...a,
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
    listNanoUsd: a.listNanoUsd + b.listNanoUsd,
    billedNanoUsd: a.billedNanoUsd + b.billedNanoUsd,
    isSimulated: a.isSimulated && b.isSimulated,
    unpriced: a.unpriced + b.unpriced,
  };
}

function placeOf([day, ofClass, kind, provider, model]: readonly SQLOutputValue[]): Key {
  return {
    day: nameOfDay(day),
    class: String(ofClass),
    work: workOf(String(kind)),
    provider: String(provider),
    model: String(model),
  };
}

function keyOf({ day, class: ofClass, work, provider, model }: Key): string {
  return JSON.stringify([day, ofClass, work, provider, model]);
}
