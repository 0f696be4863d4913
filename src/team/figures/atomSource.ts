import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { SHOWS_EVERYONE } from './leastPersons.ts';
import { daysOfView, type TeamView } from './teamView.ts';
import { byVerdict, verdictColumns, verdictSql, workSql } from './wordsSql.ts';

/** What figures are read from. */
export interface FigureSource {
  readonly database: Kysely<Tables>;
  readonly orgId: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** See {@link ./leastPersons.ts}. With 1 nothing is kept back, so that figures are read as they come in. */
  readonly leastPersons: number;
  /** Another text after each decision: see {@link ./remembered.ts}. undefined: nothing is to be remembered. */
  readonly published?: string | undefined;
}

const monthsEnd = sql`CASE WHEN span = 'month' THEN (day + interval '1 month')::date - 1 ELSE day END`;

const taskKeys = sql.raw(
  'team_id, from_day, to_day, simulated, class, work, provider, model, policy, trial, arm, labels',
);
const taskSums = ['tasks', 'cost', 'unpriced', 'input_tokens', 'output_tokens', 'billed'] as const;

const columnsOf = (names: readonly string[]): RawBuilder<unknown> => sql.join(names.map((name) => sql.ref(name)));
const noneOf = (names: readonly string[]): RawBuilder<unknown> =>
  sql.join(names.map((name) => sql`NULL::float8 AS ${sql.ref(name)}`));

/**
 * What tasks took, and what became of them, which may be told of more of them together: rows of their own, in which the other
 * columns are null.
 */
const publishedTasks = ({ orgId, leastPersons }: FigureSource): RawBuilder<unknown> => sql`(
  SELECT ${taskKeys}, ${columnsOf(taskSums)}, ${noneOf(verdictColumns)}
  FROM task_atoms WHERE org_id = ${orgId} AND persons >= ${leastPersons}
  UNION ALL
  SELECT ${taskKeys}, ${noneOf(taskSums)}, ${columnsOf(verdictColumns)}
  FROM outcome_atoms WHERE org_id = ${orgId} AND persons >= ${leastPersons}
)`;

/** Roll-ups as if each were an atom of one person. */
const liveTasks = (orgId: number): RawBuilder<unknown> => sql`(
  SELECT team_id, day AS from_day, ${monthsEnd} AS to_day, simulated, class,
    ${workSql(sql`kind`)} AS work, provider, model, policy, trial, arm, labels, sum(tasks) AS tasks,
    sum(cost_nano_usd) AS cost, sum(unpriced) AS unpriced, NULL::float8 AS input_tokens, NULL::float8 AS output_tokens,
    NULL::float8 AS billed, ${byVerdict({
      verdict: verdictSql(sql`outcome`),
      tasks: sql`tasks`,
      cost: sql`cost_nano_usd`,
      squared: sql`squared_cost::float8`,
    })}
  FROM task_rollups WHERE org_id = ${orgId} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
)`;

const liveTrouble = (orgId: number): RawBuilder<unknown> => sql`(
  SELECT team_id, day AS from_day, ${monthsEnd} AS to_day, what, class, rule, outcome,
    concat_ws('/', nullif(failed_provider, ''), nullif(failed_model, '')) AS failed_target,
    concat_ws('/', nullif(provider, ''), nullif(model, '')) AS target, failure, attempts AS times
  FROM route_rollups WHERE org_id = ${orgId}
  UNION ALL
  SELECT team_id, day, ${monthsEnd}, 'override', class, '', asked_by, '', concat_ws('/', provider, model), '', times
  FROM attempt_rollups,
    LATERAL (VALUES ('person', overrides_person), ('client', overrides_client)) AS asked (asked_by, times)
  WHERE org_id = ${orgId} AND times > 0
)`;

const liveLatency = (orgId: number): RawBuilder<unknown> => sql`(
  SELECT team_id, day AS from_day, ${monthsEnd} AS to_day, simulated, class, ${workSql(sql`kind`)} AS work, provider, model,
    latency, first_token
  FROM attempt_rollups WHERE org_id = ${orgId} AND provider <> '' AND model <> ''
)`;

/** The tasks that a view is of, with the columns {@link taskSums} and {@link verdictColumns}: everything that is shown is a sum of these. */
export function tasksInView(source: FigureSource, view: TeamView): RawBuilder<unknown> {
  const { key, value } = view.label ?? {};
  return sql`${taskRows(source)} AS figures WHERE ${inView(source, view)}
    AND ${key === undefined || value === undefined ? sql`true` : sql`labels ->> ${key} = ${value}`}`;
}

/** The same of what did not go straight. Labels are not known of it. */
export function troubleInView(source: FigureSource, view: TeamView): RawBuilder<unknown> {
  const rows = source.leastPersons === SHOWS_EVERYONE ? liveTrouble(source.orgId) : published('trouble_atoms', source);
  return sql`${rows} AS figures WHERE ${inView(source, view)}`;
}

/** How long calls took, as rows of {@link ./figureTables.ts LatencyAtomTable}. Labels are not known of it. */
export function latencyInView(source: FigureSource, view: TeamView): RawBuilder<unknown> {
  const rows = source.leastPersons === SHOWS_EVERYONE ? liveLatency(source.orgId) : published('latency_atoms', source);
  return sql`${rows} AS figures WHERE ${inView(source, view)}`;
}

/** Whether there is anything to show, in whichever days. */
export async function hasFigures(source: FigureSource): Promise<boolean> {
  const found = await sql<{ any: boolean }>`SELECT EXISTS (SELECT FROM ${taskRows(source)} AS figures) AS any`.execute(
    source.database,
  );
  return found.rows[0]?.any === true;
}

const taskRows = (source: FigureSource): RawBuilder<unknown> =>
  source.leastPersons === SHOWS_EVERYONE ? liveTasks(source.orgId) : publishedTasks(source);

function published(
  table: 'trouble_atoms' | 'latency_atoms',
  { orgId, leastPersons }: FigureSource,
): RawBuilder<unknown> {
  return sql`(SELECT * FROM ${sql.table(table)} WHERE org_id = ${orgId} AND persons >= ${leastPersons})`;
}

/** Whole atoms alone: one that is only partly in the range is left out. */
function inView({ now }: FigureSource, view: TeamView): RawBuilder<boolean> {
  const { from, to } = daysOfView(view, now);
  const conditions = [
    sql`from_day >= ${from}::date AND to_day BETWEEN ${from}::date AND ${to}::date`,
    ...(view.team === undefined ? [] : [sql`team_id = ${view.team}`]),
    ...(view.class === undefined ? [] : [sql`class = ${view.class}`]),
  ];
  return sql.join(conditions, sql` AND `);
}
