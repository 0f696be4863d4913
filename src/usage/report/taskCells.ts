import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { RequestKind } from '../../policy/schema.ts';
import { sum } from '../spend.ts';
import { isJudged, isSuccess, type TaskOutcome } from '../task.ts';
import { named, rows } from './attemptCells.ts';
import { type DayRange, dayName, rangeEnd, rangeStart } from './dayRange.ts';
import type { WorkKind } from './usageReport.ts';

/** What a task counts as. `unjudged`: still open, not to be told, or never looked at; its cost counts all the same. */
export type Verdict = 'success' | 'failure' | 'unknown' | 'unjudged';

/** From how many input tokens on a task is of the next size. */
const sizeSteps: readonly number[] = [1_000, 4_000, 16_000, 64_000];

/** Tasks that were first routed to the same model, are alike and ended alike, added up. */
export interface TaskCell {
  readonly class: string;
  readonly work: WorkKind;
  readonly surface: string;
  /** `provider/model`; undefined: it was refused before one was chosen. */
  readonly target: string | undefined;
  readonly trial: string | undefined;
  readonly arm: 'trial' | 'control' | undefined;
  readonly verdict: Verdict;
  readonly tasks: number;
  /** How many of them are of each size: below the first of {@link sizeSteps}, below the second, …; with a last place for those whose size is lost. */
  readonly sizes: readonly number[];
  /** Of all attempts of these tasks, whoever served them and however they ended. */
  readonly costNanoUsd: number;
  /** The sum of the tasks' squared costs, in squared nano-dollars. */
  readonly squaredCost: number;
  readonly simulatedNanoUsd: number;
  readonly unpriced: number;
  /** Days whose tasks were added up for their age: what each of them cost is lost. */
  readonly isFolded: boolean;
}

const sizeSql = sizeSteps.map((step) => `(input_tokens >= ${step})`).join(' + ');
const sizeCounts = [...sizeSteps, Number.POSITIVE_INFINITY]
  .map((_, size) => `COUNT(CASE WHEN ${sizeSql} = ${size} THEN 1 END)`)
  .join(', ');

const taskCellsSql = `
  SELECT class, provider, model, kind, surface, trial, arm, outcome, settled, COUNT(*), ${sum('cost_nano_usd')},
    TOTAL(1.0 * cost_nano_usd * cost_nano_usd), ${sum('simulated_nano_usd')}, SUM(unpriced), ${sizeCounts}
  FROM tasks INDEXED BY tasks_by_class WHERE opened_at >= ? AND opened_at < ?
  GROUP BY class, provider, model, kind, surface, trial, arm, outcome, settled`;

const oldTasksSql = `
  SELECT class, provider, model, kind, surface, trial, arm, outcome, 1 AS settled, SUM(tasks), ${sum('cost_nano_usd')},
    TOTAL(squared_cost_usd) * 1e18, ${sum('simulated_nano_usd')}, SUM(unpriced)
  FROM task_days WHERE day BETWEEN ? AND ?
  GROUP BY class, provider, model, kind, surface, trial, arm, outcome`;

/** All tasks that were opened in a range. */
export function readTaskCells(database: DatabaseSync, range: DayRange): readonly TaskCell[] {
  const kept = rows(database, taskCellsSql, rangeStart(range), rangeEnd(range));
  const old = rows(database, oldTasksSql, dayName(range.firstDay), dayName(range.lastDay));
  return [...kept.map((row) => cellOf(row, false)), ...old.map((row) => cellOf(row, true))];
}

function cellOf(row: readonly SQLOutputValue[], isFolded: boolean): TaskCell {
  const [ofClass, provider, model, kind, surface, trial, arm, outcome, settled, tasks, ...figures] = row;
  const [cost, squared, simulated, unpriced, ...sizes] = figures.map(Number);
  return {
    class: String(ofClass),
    work: workOf(String(kind)),
    surface: String(surface),
    target: named(provider) === undefined || named(model) === undefined ? undefined : `${provider}/${model}`,
    trial: named(trial),
    arm: arm === 'trial' || arm === 'control' ? arm : undefined,
    verdict: verdictOf(String(outcome), settled === 1),
    tasks: Number(tasks),
    sizes: isFolded ? [...sizeSteps.map(() => 0), 0, Number(tasks)] : [...sizes, 0],
    costNanoUsd: cost ?? 0,
    squaredCost: squared ?? 0,
    simulatedNanoUsd: simulated ?? 0,
    unpriced: unpriced ?? 0,
    isFolded,
  };
}

const workKinds: Readonly<Record<RequestKind, WorkKind>> = {
  completion: 'completion',
  edit: 'change',
  agent: 'change',
  chat: 'question',
  plan: 'question',
  review: 'question',
  title: 'question',
  'commit-message': 'question',
};

/** What kind of work a request is, by the ledger's word for it. */
export function workOf(kind: string): WorkKind {
  return Object.hasOwn(workKinds, kind) ? workKinds[kind as RequestKind] : 'question';
}

/** What a task counts as. One that was delivered or accepted and may yet be kept is not judged before it is settled. */
export function verdictOf(outcome: string, settled: boolean): Verdict {
  // The ledger's own words: nothing else writes them.
  const known = outcome as TaskOutcome;
  if (!isJudged(known)) return 'unjudged';
  if (isSuccess(known)) return 'success';
  if (known === 'unknown') return 'unknown';
  return !settled && (known === 'delivered' || known === 'accepted') ? 'unjudged' : 'failure';
}

/** One task, as far as chance is asked about. */
export interface TaskCost {
  readonly costNanoUsd: number;
  readonly verdict: Verdict;
}

/** Those of one class that were first routed to one model. */
export interface TaskCostRow extends TaskCost {
  readonly work: WorkKind;
  readonly trial: string | undefined;
  readonly arm: string | undefined;
}

const taskCostsSql = `
  SELECT kind, trial, arm, outcome, settled, cost_nano_usd FROM tasks INDEXED BY tasks_by_class
  WHERE class = ? AND provider = ? AND model = ? AND opened_at >= ? AND opened_at < ?`;

/** What each task of a class cost that was first routed to a model. @param target `provider/model` */
export function readTaskCosts(
  database: DatabaseSync,
  range: DayRange,
  ofClass: string,
  target: string,
): readonly TaskCostRow[] {
  const slash = target.indexOf('/');
  const key = [ofClass, target.slice(0, slash), target.slice(slash + 1)];
  return rows(database, taskCostsSql, ...key, rangeStart(range), rangeEnd(range)).map(
    ([kind, trial, arm, outcome, settled, cost]) => ({
      work: workOf(String(kind)),
      trial: named(trial),
      arm: named(arm),
      verdict: verdictOf(String(outcome), settled === 1),
      costNanoUsd: Number(cost),
    }),
  );
}
