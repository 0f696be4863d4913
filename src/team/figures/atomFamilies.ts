import { type RawBuilder, sql } from 'kysely';
import { bucketSql } from '../usage/latency.ts';
import { isShared, LEAST_FOR_SHARES } from './isShared.ts';
import { byVerdict, verdictColumns, verdictSql, workSql } from './wordsSql.ts';

/**
 * A kind of atoms: whose contributions they are made of, what tells two of them apart, and in which order that is given up
 * where too few persons are in one.
 */
export interface AtomFamily {
  readonly name: 'task' | 'trouble' | 'latency';
  readonly table: 'task_atoms' | 'trouble_atoms' | 'latency_atoms';
  /** Columns that tell atoms apart beside the team and the days. An empty text: not told. */
  readonly dimensions: readonly string[];
  /** What is added up, by column. */
  readonly measures: readonly Measure[];
  /** What is kept of it by person until more of it can be told: the table, and its columns that are added up. */
  readonly kept?: { readonly table: 'untold_outcomes'; readonly columns: readonly string[] };
  /**
   * What is no longer told apart at the end of a week, step by step; `team` stands for the team. Each step has all of those
   * before it.
   */
  readonly givenUp: readonly (readonly string[])[];
  /**
   * A row for each person and cell of a team's day that is not in an atom yet, with the dimensions, which are those of the cell,
   * and what the family adds up, and `weight` and `pieces`: that of which no one person may have nearly all; `ids`: which tasks
   * these are, where they are tasks.
   */
  contributions(orgId: number, firstDay: string, lastDay: string): RawBuilder<unknown>;
}

/** A column of an atom. */
export interface Measure {
  readonly name: string;
  /** What it needs of each person: columns that are aggregates of their contributions `c`. */
  readonly ofPerson: Readonly<Record<string, RawBuilder<unknown>>>;
  /** An aggregate of persons `p`, who have these. */
  of(leastPersons: number): RawBuilder<unknown>;
}

export const sumOf = (table: string, name: string): RawBuilder<unknown> => sql`sum(${sql.ref(`${table}.${name}`)})`;

const summed = (name: string): Measure => ({
  name,
  ofPerson: { [name]: sumOf('c', name) },
  of: () => sumOf('p', name),
});

/** Amounts of a contribution `c`, by the name that a person's `p` has: of each no few persons may have any, and no one nearly all. */
type Parts = Readonly<Record<string, RawBuilder<unknown>>>;

/** A sum that is told where each of its parts is of nobody or of enough persons. @param otherwise what stands for it else */
function guarded(name: string, parts: Parts, otherwise: RawBuilder<unknown>): Measure {
  return {
    name,
    ofPerson: {
      [name]: sumOf('c', name),
      ...Object.fromEntries(
        Object.entries(parts).map(([part, amount]) => [part, sql`coalesce(sum(${amount}), 0)`] as const),
      ),
    },
    of: (leastPersons) => {
      const each = Object.keys(parts).map((part) => {
        const persons = sql`count(*) FILTER (WHERE ${sql.ref(`p.${part}`)} > 0)`;
        const shared = leastPersons < LEAST_FOR_SHARES ? sql`true` : isShared(`p.${part}`);
        return sql`(${persons} = 0 OR ${persons} >= ${sql.lit(leastPersons)} AND ${shared})`;
      });
      return sql`CASE WHEN ${sql.join(each, sql` AND `)} THEN ${sumOf('p', name)} ELSE ${otherwise} END`;
    },
  };
}

/** The buckets of all calls, a line for each person, who stands in front: nobody sees them before they are put together. */
const gathered = (name: string): Measure => ({
  name,
  ofPerson: { [name]: sql`string_agg(${sql.ref(`c.${name}`)}, ' ')` },
  of: () => sql`to_jsonb(coalesce(string_agg(p.person || ' ' || ${sql.ref(`p.${name}`)}, E'\n'), ''))`,
});

/** That a cell of a team's day is in no atom yet. @param of the relation with these columns */
const isOpen = (family: AtomFamily['name'], orgId: number, of: string): RawBuilder<boolean> => sql`NOT EXISTS (
  SELECT FROM decided_cells AS decided
  WHERE decided.org_id = ${orgId} AND decided.family = ${sql.lit(family)} AND decided.team_id = ${sql.ref(`${of}.team_id`)}
    AND decided.day = ${sql.ref(`${of}.day`)} AND decided.cell::uuid = ${sql.ref(`${of}.cell`)}
)`;

/** A hash that tells apart what differs in one of these columns. */
const cellOf = (columns: readonly string[]): RawBuilder<string> =>
  sql`md5(concat_ws('|', ${sql.join(columns.map((name) => sql.ref(name)))}))::uuid`;

const said = (column: string): RawBuilder<string> => sql`coalesce(${sql.ref(column)}, '')`;

const taskDimensions = ['simulated', 'labels', 'policy', 'trial', 'arm', 'provider', 'model', 'class', 'work'] as const;

/** Both are told or neither: what is left of the cost, once the one is taken off at its list price, would be the other. */
const tokenParts: Parts = { tokens_in: sql`c.input_tokens`, tokens_out: sql`c.output_tokens` };

/**
 * Tasks, and the money that they cost. It is the only family that has money, and all of its figures go by the target that a
 * task was first routed to: two ways to divide the same money would be two equations about what is not shown.
 */
const tasks: AtomFamily = {
  name: 'task',
  table: 'task_atoms',
  dimensions: taskDimensions,
  measures: [
    summed('tasks'),
    summed('cost'),
    guarded(
      'unpriced',
      { calls_unpriced: sql`c.unpriced`, calls_priced: sql`greatest(c.attempts - c.unpriced, 0)` },
      sql`0`,
    ),
    guarded('input_tokens', tokenParts, sql`NULL`),
    guarded('output_tokens', tokenParts, sql`NULL`),
    guarded('billed', { asked: sql`c.billed`, asked_otherwise: sql`abs(c.billed - c.cost)` }, sql`NULL`),
  ],
  kept: { table: 'untold_outcomes', columns: verdictColumns },
  givenUp: [['labels', 'policy', 'trial', 'arm'], ['team'], ['provider', 'model'], ['class', 'work']],
  contributions: (orgId, firstDay, lastDay) => sql`
    WITH own AS MATERIALIZED (
      SELECT team_id, day, cell, person, sum(cost) AS weight, count(*) AS pieces, sum(attempts) AS attempts,
        sum(unpriced) AS unpriced, count(*) AS tasks, sum(cost) AS cost, sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(billed) AS billed, ${byVerdict({
          verdict: sql`verdict`,
          tasks: sql`1`,
          cost: sql`cost`,
          squared: sql`cost::float8 ^ 2`,
        })},
        string_agg(task, ' ') AS ids, min(place) AS place
      FROM (
        SELECT team_id, day, cell, person, task, attempts, unpriced, cost_nano_usd AS cost, input_tokens, output_tokens,
          CASE WHEN simulated THEN 0 ELSE billed_nano_usd END AS billed, ${verdictSql(sql`outcome`)} AS verdict, ctid AS place
        FROM tasks
        WHERE org_id = ${orgId} AND seen >= ${firstDay}::date AND day BETWEEN ${firstDay}::date AND ${lastDay}::date
          AND outcome IS NOT NULL AND cell IS NOT NULL AND ${isOpen('task', orgId, 'tasks')}
          -- What an earlier attempt or another outcome has moved since is published all the same.
          AND NOT EXISTS (
            SELECT FROM (
              SELECT decided.team_id, string_to_table(decided.tasks, ' ') AS task
              FROM decided_cells AS decided WHERE decided.org_id = ${orgId} AND decided.family = 'task'
            ) AS known
            WHERE known.team_id = tasks.team_id AND known.task = tasks.task
          )
        OFFSET 0 -- so that what a task counts as is found out once
      ) AS each
      GROUP BY 1, 2, 3, 4
    ), words AS MATERIALIZED (
      -- All tasks of a cell are about the same: one of them is read for it.
      SELECT DISTINCT ON (cell) cell, coalesce(simulated, false)::text AS simulated, coalesce(labels, '{}')::text AS labels,
        ${said('policy')} AS policy, ${said('trial')} AS trial, ${said('arm')} AS arm, ${said('provider')} AS provider,
        ${said('model')} AS model, ${said('class')} AS class, ${workSql(sql`kind`)} AS work
      FROM tasks WHERE ctid = ANY (ARRAY(SELECT min(place) FROM own GROUP BY cell))
    )
    SELECT * FROM own JOIN words USING (cell)`,
};

const isRefusal = sql`e.outcome IN ('blocked', 'unserved')`;
const target = sql`concat_ws('/', e.provider, e.model)`;
const failedTarget = sql`concat_ws('/', e.failed_provider, e.failed_model)`;

const troubleDimensions = [
  'simulated',
  'what',
  'class',
  'rule',
  'outcome',
  'failed_target',
  'target',
  'failure',
] as const;
const asTexts = (names: readonly string[]): RawBuilder<unknown> =>
  sql.join(names.map((name) => sql`${sql.ref(name)}::text AS ${sql.ref(name)}`));

/** How often something did not go straight: numbers of times, and nothing that could be set against money. */
const trouble: AtomFamily = {
  name: 'trouble',
  table: 'trouble_atoms',
  dimensions: troubleDimensions,
  measures: [summed('times')],
  givenUp: [['class'], ['team'], ['rule', 'failed_target', 'target']],
  contributions: (orgId, firstDay, lastDay) => sql`
    SELECT team_id, day, cell, person, times AS weight, times AS pieces, times, NULL AS ids, ${asTexts(troubleDimensions)}
    FROM (
      SELECT *, ${cellOf(troubleDimensions)} AS cell
      FROM (
        SELECT e.team_id, e.day, e.person, e.simulated, told.what, e.class, told.rule, told.outcome,
          told.failed_target, told.target, told.failure, count(*) AS times
        FROM usage_events AS e, LATERAL (
          SELECT 'refusal', coalesce(e.rule, ''), e.outcome, '', '', '' WHERE ${isRefusal}
          UNION ALL SELECT 'fallback', '', '', ${failedTarget}, ${target}, '' WHERE e.failed_provider IS NOT NULL
          UNION ALL SELECT 'failure', '', '', '', ${target}, e.failure WHERE e.failure IS NOT NULL AND NOT ${isRefusal}
          UNION ALL SELECT 'override', '', e.overridden, '', ${target}, '' WHERE e.overridden IS NOT NULL
        ) AS told (what, rule, outcome, failed_target, target, failure)
        WHERE e.org_id = ${orgId} AND e.day BETWEEN ${firstDay}::date AND ${lastDay}::date AND e.event = 'attempt'
          -- Most went straight: what they would be told as need not be made.
          AND (${isRefusal} OR e.failed_provider IS NOT NULL OR e.failure IS NOT NULL OR e.overridden IS NOT NULL)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
      ) AS counted
    ) AS own
    WHERE ${isOpen('trouble', orgId, 'own')}`,
};

const latencyDimensions = ['simulated', 'provider', 'model', 'class', 'work'] as const;

/**
 * How long calls took that a model answered. Of how many calls is told nowhere: set against how many tasks there were, the
 * difference would be one person's repeated calls.
 */
const latency: AtomFamily = {
  name: 'latency',
  table: 'latency_atoms',
  dimensions: latencyDimensions,
  measures: [gathered('latency'), gathered('first_token')],
  givenUp: [['team'], ['class', 'work'], ['provider', 'model']],
  contributions: (orgId, firstDay, lastDay) => sql`
    SELECT team_id, day, cell, person, calls AS weight, calls AS pieces, latency, first_token, NULL AS ids,
      ${asTexts(latencyDimensions)}
    FROM (
      SELECT *, ${cellOf(latencyDimensions)} AS cell
      FROM (
        SELECT team_id, day, person, simulated::text AS simulated, provider, model, class, ${workSql(sql`kind`)} AS work,
          count(*) AS calls, string_agg(${sql.raw(bucketSql('latency_ms'))}, ' ') AS latency,
          string_agg(${sql.raw(bucketSql('first_token_ms'))}, ' ') FILTER (WHERE first_token_ms IS NOT NULL) AS first_token
        FROM usage_events
        WHERE org_id = ${orgId} AND day BETWEEN ${firstDay}::date AND ${lastDay}::date AND event = 'attempt'
          AND outcome = 'served' AND latency_ms IS NOT NULL AND provider IS NOT NULL AND model IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
      ) AS answered
    ) AS own
    WHERE ${isOpen('latency', orgId, 'own')}`,
};

export const families: readonly AtomFamily[] = [tasks, trouble, latency];
