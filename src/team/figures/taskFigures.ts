import { sql } from 'kysely';
import type { AttemptCell } from '../../usage/report/attemptCells.ts';
import type { TaskCell, ToldVerdict, Verdict } from '../../usage/report/taskCells.ts';
import type { WorkKind } from '../../usage/report/usageReport.ts';
import { type FigureSource, tasksInView } from './atomSource.ts';
import { SHOWS_EVERYONE } from './leastPersons.ts';
import { sumTaskSheets, taskSums } from './sheets/taskSums.ts';
import type { TeamView } from './teamView.ts';
import { verdicts } from './wordsSql.ts';

/** Tasks that are alike and count alike, added up over atoms. */
export interface TeamTaskCell extends TaskCell {
  /** 0: of more than one team, or of one that is too small to be told by itself. */
  readonly team: number;
}

/** What cells are told apart by; what is left out here is added up, and empty in them. */
const columns = {
  team: sql`team_id`,
  class: sql`class`,
  work: sql`work`,
  provider: sql`provider`,
  model: sql`model`,
  simulated: sql`simulated`,
  week: sql`(from_day - DATE '1970-01-01') / 7`,
  day: sql`CASE WHEN from_day = to_day THEN from_day::text ELSE '' END`,
  policy: sql`policy`,
  labels: sql`labels`,
  trial: sql`trial`,
  arm: sql`arm`,
} as const;
export type TaskColumn = keyof typeof columns;

/** {@link taskSums}. */
type Sums = Readonly<Record<'tasks' | 'cost' | 'unpriced' | `${'tasks' | 'cost' | 'squared'}_${ToldVerdict}`, number>>;

/** A row of sums, with the columns that were asked for. */
export interface TaskSums extends Sums {
  readonly team?: number;
  readonly class?: string;
  readonly work?: WorkKind | '';
  readonly provider?: string;
  readonly model?: string;
  readonly simulated?: boolean;
  readonly week?: number;
  readonly day?: string;
  readonly policy?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly trial?: string;
  readonly arm?: string;
}

const ofAllTeams = ['class', 'work', 'provider', 'model', 'simulated'] as const;

/** All tasks of a view, by class, kind of work and model. */
export async function readTaskCells(source: FigureSource, view: TeamView): Promise<readonly TeamTaskCell[]> {
  return (await readTaskSums(source, view, ofAllTeams)).flatMap(cellsOf);
}

/** The same by team as well. */
export async function readTeamCells(source: FigureSource, view: TeamView): Promise<readonly TeamTaskCell[]> {
  return (await readTaskSums(source, view, ['team', ...ofAllTeams])).flatMap(cellsOf);
}

/** Those that took part in a trial. */
export async function readTrialCells(source: FigureSource, view: TeamView): Promise<readonly TeamTaskCell[]> {
  const rows = await readTaskSums(source, view, ['class', 'work', 'provider', 'model', 'trial', 'arm']);
  return rows.filter(({ trial }) => trial !== '').flatMap(cellsOf);
}

/** By the week's number, by day (an empty name: by the week alone) or by policy; the classes are told of policies only. */
export async function readTaskParts(
  source: FigureSource,
  view: TeamView,
  by: 'week' | 'day' | 'policy',
): Promise<ReadonlyMap<string, readonly TeamTaskCell[]>> {
  const rows = await readTaskSums(source, view, [
    by,
    'work',
    'simulated',
    ...(by === 'policy' ? (['class'] as const) : []),
  ]);
  return inParts(rows.map((row) => [String(row[by] ?? ''), row]));
}

/**
 * By the labels that the tasks have, `key:value`. A task with several is in several of them; the empty name has those without
 * any, and those whose labels are not told.
 */
export async function readTaskLabels(
  source: FigureSource,
  view: TeamView,
): Promise<ReadonlyMap<string, readonly TeamTaskCell[]>> {
  const rows = await readTaskSums(source, view, ['labels', 'work', 'simulated']);
  return inParts(
    rows.flatMap((row) => {
      const names = Object.entries(row.labels ?? {}).map(([key, value]) => `${key}:${value}`);
      return (names.length === 0 ? [''] : names).map((name) => [name, row] as const);
    }),
  );
}

/**
 * Sums of tasks by columns. What is published is read from sheets, in which it is added up already; what is shown as it comes in,
 * from the roll-ups.
 */
export function readTaskSums(
  source: FigureSource,
  view: TeamView,
  by: readonly TaskColumn[],
): Promise<readonly TaskSums[]> {
  return source.leastPersons === SHOWS_EVERYONE ? queryTaskSums(source, view, by) : sumTaskSheets(source, view, by);
}

/** The same, added up by the database of all rows that there are. */
export async function queryTaskSums(
  source: FigureSource,
  view: TeamView,
  by: readonly TaskColumn[],
): Promise<readonly TaskSums[]> {
  const named = by.map((column) => sql`${columns[column]} AS ${sql.ref(column)}`);
  const sums = taskSums.map((sum) => sql`coalesce(sum(${sql.ref(sum)}), 0)::float8 AS ${sql.ref(sum)}`);
  const places = by.map((_, place) => sql.lit(place + 1));
  const { rows } = await sql<TaskSums>`
    SELECT ${sql.join([...named, ...sums])}
    FROM ${tasksInView(source, view)} GROUP BY ${sql.join(places)}`.execute(source.database);
  return rows;
}

function inParts(rows: readonly (readonly [string, TaskSums])[]): ReadonlyMap<string, readonly TeamTaskCell[]> {
  const parts = new Map<string, TeamTaskCell[]>();
  for (const [name, row] of rows) {
    const own = parts.get(name) ?? [];
    own.push(...cellsOf(row));
    parts.set(name, own);
  }
  return parts;
}

/**
 * A cell for each way that some of the tasks count, and one of those of which it is not told: what is left of all when what is told
 * is taken out. Where more is told than is here, because it is told of tasks of several such rows together, that is less than
 * none; over all rows they add up to what there is.
 */
function cellsOf(row: TaskSums): readonly TeamTaskCell[] {
  const { team = 0, provider = '', model = '', work = '', trial = '', arm } = row;
  const cell = (verdict: Verdict, tasks: number, costNanoUsd: number, squaredCost: number): TeamTaskCell => ({
    team,
    class: row.class ?? '',
    work: work === '' ? 'question' : work,
    // A fair mix of work is one of teams: one's own work may be the easier.
    surface: String(team),
    target: provider === '' || model === '' ? undefined : `${provider}/${model}`,
    trial: trial === '' ? undefined : trial,
    arm: arm === 'trial' || arm === 'control' ? arm : undefined,
    verdict,
    tasks,
    sizes: [tasks],
    costNanoUsd,
    squaredCost,
    simulatedNanoUsd: row.simulated === true ? costNanoUsd : 0,
    unpriced: 0,
    // What each of them cost is known to nobody here: intervals come from sums.
    isFolded: true,
  });
  const told = verdicts
    .filter((verdict) => row[`tasks_${verdict}`] > 0)
    .map((verdict) => cell(verdict, row[`tasks_${verdict}`], row[`cost_${verdict}`], row[`squared_${verdict}`]));
  const untold = cell('untold', row.tasks - tasksOf(told), row.cost - costOf(told), 0);
  const all = untold.tasks === 0 && untold.costNanoUsd === 0 ? told : [...told, untold];
  // Calls without a price are not told by what became of their tasks: they go with the first of them.
  return all.map((one, place) => (place === 0 ? { ...one, unpriced: row.unpriced } : one));
}

const tasksOf = (cells: readonly TeamTaskCell[]): number => cells.reduce((sum, { tasks }) => sum + tasks, 0);
const costOf = (cells: readonly TeamTaskCell[]): number => cells.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);

/** Tasks as requests to the model that they were first routed to, for figures that are made of these. */
export function asAttempts(cells: readonly TeamTaskCell[]): readonly AttemptCell[] {
  return cells.map((cell) => {
    const slash = cell.target?.indexOf('/') ?? -1;
    return {
      day: '',
      provider: cell.target?.slice(0, slash),
      model: cell.target?.slice(slash + 1),
      billing: 'metered',
      outcome: 'served',
      attempts: cell.tasks,
      requests: cell.tasks,
      fallbacks: 0,
      input: 0,
      cacheRead: 0,
      cacheWrite: 0,
      output: 0,
      reasoning: 0,
      costNanoUsd: cell.costNanoUsd,
      simulatedNanoUsd: cell.simulatedNanoUsd,
      billedNanoUsd: cell.costNanoUsd - cell.simulatedNanoUsd,
      unpriced: cell.unpriced,
    };
  });
}
