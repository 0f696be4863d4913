import { type RawBuilder, sql } from 'kysely';
import type { AttemptCell } from '../../usage/report/attemptCells.ts';
import type { TaskCell, Verdict } from '../../usage/report/taskCells.ts';
import type { WorkKind } from '../../usage/report/usageReport.ts';
import { type FigureSource, tasksInView } from './atomSource.ts';
import type { TeamView } from './teamView.ts';

/** Tasks that were first routed to the same model, are alike and count alike, added up over atoms. */
export interface TeamTaskCell extends TaskCell {
  /** 0: of more than one team, or of one that is too small to be told by itself. */
  readonly team: number;
  readonly attempts: number;
}

/** What cells are told apart by beside what they always are. */
export const partings = {
  week: sql`'w' || ((from_day - DATE '1970-01-01') / 7)`,
  day: sql`CASE WHEN from_day = to_day THEN from_day::text ELSE '' END`,
  policy: sql`policy`,
  label: sql`label`,
  trial: sql`CASE WHEN trial = '' THEN '' ELSE arm || ' ' || trial END`,
} as const;

interface Row {
  readonly part: string;
  readonly team_id: number;
  readonly class: string;
  readonly work: WorkKind | '';
  readonly provider: string;
  readonly model: string;
  readonly simulated: boolean;
  readonly verdict: Verdict;
  readonly tasks: number;
  readonly attempts: number;
  readonly cost: number;
  readonly squared: number;
  readonly unpriced: number;
}

/** All tasks of a view. */
export async function readTaskCells(source: FigureSource, view: TeamView): Promise<readonly TeamTaskCell[]> {
  const rows = await readRows(source, sql`''`, sql`${tasksInView(source, view)}`);
  return rows.map(cellOf);
}

/** The same by another word: by week, by the policy that was in force. */
export async function readTaskParts(
  source: FigureSource,
  view: TeamView,
  by: Exclude<keyof typeof partings, 'label'>,
): Promise<ReadonlyMap<string, readonly TeamTaskCell[]>> {
  return inParts(await readRows(source, partings[by], tasksInView(source, view)));
}

/**
 * By the labels that the tasks have, `key:value`. A task with several is in several of them; the empty name has those without
 * any, and those whose labels are not told.
 */
export async function readTaskLabels(
  source: FigureSource,
  view: TeamView,
): Promise<ReadonlyMap<string, readonly TeamTaskCell[]>> {
  const each = sql`(
    SELECT figures.*, coalesce(named.key || ':' || named.value, '') AS label
    FROM (SELECT * FROM ${tasksInView(source, view)}) AS figures LEFT JOIN LATERAL jsonb_each_text(labels) AS named ON true
  ) AS labelled`;
  return inParts(await readRows(source, partings.label, each));
}

async function readRows(
  { database }: FigureSource,
  part: RawBuilder<unknown>,
  from: RawBuilder<unknown>,
): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    SELECT ${part} AS part, team_id, class, work, provider, model, simulated, verdict, sum(tasks)::float8 AS tasks,
      sum(attempts)::float8 AS attempts, sum(cost_nano_usd)::float8 AS cost, sum(squared_cost)::float8 AS squared,
      sum(unpriced)::float8 AS unpriced
    FROM ${from} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`.execute(database);
  return rows;
}

function inParts(rows: readonly Row[]): ReadonlyMap<string, readonly TeamTaskCell[]> {
  const parts = new Map<string, TeamTaskCell[]>();
  for (const row of rows) {
    const own = parts.get(row.part);
    if (own === undefined) parts.set(row.part, [cellOf(row)]);
    else own.push(cellOf(row));
  }
  return parts;
}

function cellOf(row: Row): TeamTaskCell {
  const { team_id: team, class: ofClass, work, provider, model, simulated, cost } = row;
  const [arm, trial] = row.part.startsWith('trial ') || row.part.startsWith('control ') ? splitOnce(row.part) : [];
  return {
    team,
    class: ofClass,
    work: work === '' ? 'question' : work,
    // A fair mix of work is one of teams: one's own work may be the easier.
    surface: String(team),
    target: provider === '' || model === '' ? undefined : `${provider}/${model}`,
    trial,
    arm: arm === 'trial' || arm === 'control' ? arm : undefined,
    verdict: row.verdict,
    tasks: row.tasks,
    sizes: [row.tasks],
    attempts: row.attempts,
    costNanoUsd: cost,
    squaredCost: row.squared,
    simulatedNanoUsd: simulated ? cost : 0,
    unpriced: row.unpriced,
    // What each of them cost is known to nobody here: intervals come from sums.
    isFolded: true,
  };
}

function splitOnce(text: string): readonly [string, string] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
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
