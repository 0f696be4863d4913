import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { RequestKind } from '../../policy/schema.ts';
import { sum } from '../spend.ts';
import { isJudged, isSuccess, type TaskOutcome } from '../task.ts';
import { named, rows } from './attemptCells.ts';
import { type DayRange, dayName, rangeEnd, rangeStart } from './dayRange.ts';
import { joinedTaskCells } from './joinedTaskCells.ts';
import type { WorkKind } from './usageReport.ts';

/** What a task counts as. `unjudged`: still open, not to be told, or never looked at; its cost counts all the same. */
export type ToldVerdict = 'success' | 'failure' | 'unknown' | 'unjudged';

/**
 * `untold`: what became of it is kept back, because too few persons had part in it (by a team's server alone). Neither such a task
 * nor its cost is in what a success cost. Where outcomes are told of more than the rest of a cell is, there are less than none.
 */
export type Verdict = ToldVerdict | 'untold';

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

// How many reach each step: a count for each size would compare each row with all steps once for each of them.
const sizeSums = sizeSteps.map((step) => `SUM(input_tokens >= ${step})`).join(', ');

const taskCellsSql = (index: string): string => `
  SELECT class, provider, model, kind, surface, trial, arm, outcome, settled, COUNT(*), ${sum('cost_nano_usd')},
    TOTAL(1.0 * cost_nano_usd * cost_nano_usd), ${sum('simulated_nano_usd')}, SUM(unpriced), ${sizeSums}
  FROM tasks INDEXED BY ${index} WHERE opened_at >= ? AND opened_at < ?
  GROUP BY class, provider, model, kind, surface, trial, arm, outcome, settled`;

/** Up to such a share of the time that the ledger has tasks of, they are looked up one by one; beyond, all are gone through. */
const LOOKED_UP = 1 / 8;
/** Each by itself: both in one are no look into an index, but all of it. */
const timeSql = 'SELECT (SELECT MIN(opened_at) FROM tasks) AS first, (SELECT MAX(opened_at) FROM tasks) AS last';

const oldTasksSql = `
  SELECT class, provider, model, kind, surface, trial, arm, outcome, 1 AS settled, SUM(tasks), ${sum('cost_nano_usd')},
    TOTAL(squared_cost_usd) * 1e18, ${sum('simulated_nano_usd')}, SUM(unpriced)
  FROM task_days WHERE day BETWEEN ? AND ?
  GROUP BY class, provider, model, kind, surface, trial, arm, outcome`;

/** All tasks that were opened in a range. */
export function readTaskCells(database: DatabaseSync, range: DayRange): readonly TaskCell[] {
  const kept = rows(database, taskCellsSql(indexFor(database, range)), rangeStart(range), rangeEnd(range));
  const old = rows(database, oldTasksSql, dayName(range.firstDay), dayName(range.lastDay));
  return joinedTaskCells([...kept.map((row) => cellOf(row, false)), ...old.map((row) => cellOf(row, true))]);
}

function indexFor(database: DatabaseSync, range: DayRange): string {
  const [[first, last] = []] = rows(database, timeSql);
  const [oldest, newest] = [Number(first), Number(last)];
  const within = Math.min(rangeEnd(range), newest) - Math.max(rangeStart(range), oldest);
  return within > (newest - oldest) * LOOKED_UP ? 'tasks_by_class' : 'tasks_opened';
}

function cellOf(row: readonly SQLOutputValue[], isFolded: boolean): TaskCell {
  const [ofClass, provider, model, kind, surface, trial, arm, outcome, settled, tasks, ...figures] = row;
  const [cost, squared, simulated, unpriced, ...atLeast] = figures.map(Number);
  return {
    class: String(ofClass),
    work: workOf(String(kind)),
    surface: String(surface),
    target: named(provider) === undefined || named(model) === undefined ? undefined : `${provider}/${model}`,
    trial: named(trial),
    arm: arm === 'trial' || arm === 'control' ? arm : undefined,
    verdict: verdictOf(String(outcome), settled === 1),
    tasks: Number(tasks),
    sizes: isFolded ? [...sizeSteps.map(() => 0), 0, Number(tasks)] : sizesOf(Number(tasks), atLeast),
    costNanoUsd: cost ?? 0,
    squaredCost: squared ?? 0,
    simulatedNanoUsd: simulated ?? 0,
    unpriced: unpriced ?? 0,
    isFolded,
  };
}

/** @param atLeast how many tasks reach each of {@link sizeSteps} */
function sizesOf(tasks: number, atLeast: readonly number[]): readonly number[] {
  const reached = [tasks, ...atLeast, 0];
  return [...reached.slice(0, -1).map((count, size) => count - (reached[size + 1] ?? 0)), 0];
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
export function verdictOf(outcome: string, settled: boolean): ToldVerdict {
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
  readonly verdict: ToldVerdict;
}

/** One of a class and a kind of work that was first routed to a model. */
export interface TaskCostRow extends TaskCost {
  readonly trial: string | undefined;
  readonly arm: string | undefined;
}

const kindsOf = (work: WorkKind): string =>
  Object.entries(workKinds)
    .flatMap(([kind, its]) => (its === work ? [`'${kind}'`] : []))
    .join(', ');

/** Kinds that are told one by one are found in the index, and no row of another kind is looked at. */
const isOfWork: Readonly<Record<WorkKind, string>> = {
  completion: `kind IN (${kindsOf('completion')})`,
  change: `kind IN (${kindsOf('change')})`,
  question: `kind NOT IN (${kindsOf('completion')}, ${kindsOf('change')})`,
};

const taskCostsSql = (work: WorkKind): string => `
  SELECT trial, arm, outcome, settled, cost_nano_usd FROM tasks INDEXED BY tasks_by_class
  WHERE class = ? AND provider = ? AND model = ? AND ${isOfWork[work]} AND opened_at >= ? AND opened_at < ?`;

/** Which tasks are asked about. */
export interface TaskGroup {
  readonly class: string;
  /** `provider/model`. */
  readonly target: string;
  readonly work: WorkKind;
}

/** What each task of a class and a kind of work cost that was first routed to a model. */
export function readTaskCosts(
  database: DatabaseSync,
  range: DayRange,
  { class: ofClass, target, work }: TaskGroup,
): readonly TaskCostRow[] {
  const slash = target.indexOf('/');
  const key = [ofClass, target.slice(0, slash), target.slice(slash + 1)];
  return rows(database, taskCostsSql(work), ...key, rangeStart(range), rangeEnd(range)).map(
    ([trial, arm, outcome, settled, cost]) => ({
      trial: named(trial),
      arm: named(arm),
      verdict: verdictOf(String(outcome), settled === 1),
      costNanoUsd: Number(cost),
    }),
  );
}
