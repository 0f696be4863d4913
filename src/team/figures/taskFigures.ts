import { type RawBuilder, sql } from 'kysely';
import type { AttemptCell } from '../../usage/report/attemptCells.ts';
import type { TaskCell, Verdict } from '../../usage/report/taskCells.ts';
import type { WorkKind } from '../../usage/report/usageReport.ts';
import { type FigureSource, tasksInView } from './atomSource.ts';
import { remembered } from './remembered.ts';
import { daysOfView, type TeamView } from './teamView.ts';
import { verdictColumns, verdicts } from './wordsSql.ts';

/** Tasks that are alike and count alike, added up over atoms. */
export interface TeamTaskCell extends TaskCell {
  /** 0: of more than one team, or of one that is too small to be told by itself. */
  readonly team: number;
  readonly attempts: number;
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
type Column = keyof typeof columns;

/** Sums by {@link verdictColumns}. */
type Sums = Readonly<Record<`${'tasks' | 'cost' | 'squared'}_${Verdict}`, number>>;

/** A row of sums, with the columns that were asked for. */
interface Row extends Sums {
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
  readonly attempts: number;
  readonly unpriced: number;
}

const ofAllTeams = ['class', 'work', 'provider', 'model', 'simulated'] as const;

/** All tasks of a view, by class, kind of work and model. */
export async function readTaskCells(source: FigureSource, view: TeamView): Promise<readonly TeamTaskCell[]> {
  return (await readRows(source, view, ofAllTeams)).flatMap(cellsOf);
}

/** The same by team as well. */
export async function readTeamCells(source: FigureSource, view: TeamView): Promise<readonly TeamTaskCell[]> {
  return (await readRows(source, view, ['team', ...ofAllTeams])).flatMap(cellsOf);
}

/** Those that took part in a trial. */
export async function readTrialCells(source: FigureSource, view: TeamView): Promise<readonly TeamTaskCell[]> {
  const rows = await readRows(source, view, ['class', 'work', 'provider', 'model', 'trial', 'arm'], sql`trial <> ''`);
  return rows.flatMap(cellsOf);
}

/** By the week's number, by day (an empty name: by the week alone) or by policy; the classes are told of policies only. */
export async function readTaskParts(
  source: FigureSource,
  view: TeamView,
  by: 'week' | 'day' | 'policy',
): Promise<ReadonlyMap<string, readonly TeamTaskCell[]>> {
  const rows = await readRows(source, view, [
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
  const rows = await readRows(source, view, ['labels', 'work', 'simulated']);
  return inParts(
    rows.flatMap((row) => {
      const names = Object.entries(row.labels ?? {}).map(([key, value]) => `${key}:${value}`);
      return (names.length === 0 ? [''] : names).map((name) => [name, row] as const);
    }),
  );
}

function readRows(
  source: FigureSource,
  view: TeamView,
  by: readonly Column[],
  which: RawBuilder<unknown> = sql`true`,
): Promise<readonly Row[]> {
  return remembered(source, ['tasks', daysOfView(view, source.now), view, by], () =>
    queryRows(source, view, by, which),
  );
}

async function queryRows(
  source: FigureSource,
  view: TeamView,
  by: readonly Column[],
  which: RawBuilder<unknown>,
): Promise<readonly Row[]> {
  const named = by.map((column) => sql`${columns[column]} AS ${sql.ref(column)}`);
  const sums = ['attempts', 'unpriced', ...verdictColumns].map(
    (sum) => sql`sum(${sql.ref(sum)})::float8 AS ${sql.ref(sum)}`,
  );
  const places = by.map((_, place) => sql.lit(place + 1));
  const { rows } = await sql<Row>`
    SELECT ${sql.join([...named, ...sums])}
    FROM ${tasksInView(source, view)} AND ${which} GROUP BY ${sql.join(places)}`.execute(source.database);
  return rows;
}

function inParts(rows: readonly (readonly [string, Row])[]): ReadonlyMap<string, readonly TeamTaskCell[]> {
  const parts = new Map<string, TeamTaskCell[]>();
  for (const [name, row] of rows) {
    const own = parts.get(name) ?? [];
    own.push(...cellsOf(row));
    parts.set(name, own);
  }
  return parts;
}

/** A cell for each way that some of the tasks count. Calls go with the first of them: they are not told by what became of them. */
function cellsOf(row: Row): readonly TeamTaskCell[] {
  const { team = 0, provider = '', model = '', work = '', trial = '', arm } = row;
  const told = verdicts.filter((verdict) => row[`tasks_${verdict}`] > 0);
  return told.map((verdict, place) => {
    const tasks = row[`tasks_${verdict}`];
    const cost = row[`cost_${verdict}`];
    return {
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
      attempts: place === 0 ? row.attempts : 0,
      costNanoUsd: cost,
      squaredCost: row[`squared_${verdict}`],
      simulatedNanoUsd: row.simulated === true ? cost : 0,
      unpriced: place === 0 ? row.unpriced : 0,
      // What each of them cost is known to nobody here: intervals come from sums.
      isFolded: true,
    };
  });
}

/** Tasks as attempts on the model that they were first routed to, for figures that are made of attempts. */
export function asAttempts(cells: readonly TeamTaskCell[]): readonly AttemptCell[] {
  return cells.map((cell) => {
    const slash = cell.target?.indexOf('/') ?? -1;
    return {
      day: '',
      provider: cell.target?.slice(0, slash),
      model: cell.target?.slice(slash + 1),
      billing: 'metered',
      outcome: 'served',
      attempts: cell.attempts,
      requests: cell.attempts,
      fallbacks: 0,
      input: 0,
      cacheRead: 0,
      cacheWrite: 0,
      output: 0,
      reasoning: 0,
      costNanoUsd: cell.costNanoUsd,
      simulatedNanoUsd: cell.simulatedNanoUsd,
      billedNanoUsd: cell.costNanoUsd,
      unpriced: cell.unpriced,
    };
  });
}
