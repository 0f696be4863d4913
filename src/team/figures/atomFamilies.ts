import { type RawBuilder, sql } from 'kysely';
import { bucketsSql } from '../usage/latency.ts';
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
   * A row for each person and cell of a team's day, with the dimensions and the measures of the family, and
   * `weight` and `pieces`: that of which no one person may have nearly all; `ids`: which tasks these are, where they are tasks.
   */
  contributions(orgId: number, firstDay: string, lastDay: string): RawBuilder<unknown>;
}

/** A column of an atom, as an aggregate of contributions `c`. */
export interface Measure {
  readonly name: string;
  of(leastPersons: number): RawBuilder<unknown>;
}

const summed = (name: string): Measure => ({ name, of: () => sql`sum(${sql.ref(`c.${name}`)})` });

/** How many persons something is true of. */
const personsWith = (condition: RawBuilder<unknown>): RawBuilder<number> =>
  sql`count(DISTINCT c.person) FILTER (WHERE ${condition})`;

/** A sum that is told where each of its parts is of nobody or of enough persons. @param otherwise what stands for it else */
function guarded(name: string, parts: readonly RawBuilder<unknown>[], otherwise: RawBuilder<unknown>): Measure {
  return {
    name,
    of: (leastPersons) => {
      const each = parts.map(
        (part) => sql`(${personsWith(part)} = 0 OR ${personsWith(part)} >= ${sql.lit(leastPersons)})`,
      );
      return sql`CASE WHEN ${sql.join(each, sql` AND `)} THEN sum(${sql.ref(`c.${name}`)}) ELSE ${otherwise} END`;
    },
  };
}

/** Histograms of all persons, each with its person: nobody sees them before they are put together. */
const gathered = (name: string): Measure => ({
  name,
  of: () => sql`jsonb_agg(jsonb_build_array(c.person, ${sql.ref(`c.${name}`)}))`,
});

const said = (column: string): RawBuilder<string> => sql`coalesce(${sql.ref(column)}, '')`;

/**
 * Tasks, and the money that they cost. It is the only family that has money, and all of its figures go by the target that a
 * task was first routed to: two ways to divide the same money would be two equations about what is not shown.
 */
const tasks: AtomFamily = {
  name: 'task',
  table: 'task_atoms',
  dimensions: ['simulated', 'labels', 'policy', 'trial', 'arm', 'provider', 'model', 'class', 'work'],
  measures: [
    summed('tasks'),
    summed('cost'),
    guarded('unpriced', [sql`c.unpriced > 0`, sql`c.attempts > c.unpriced`], sql`0`),
    guarded('input_tokens', [sql`c.input_tokens > 0`], sql`NULL`),
    guarded('output_tokens', [sql`c.output_tokens > 0`], sql`NULL`),
    guarded('billed', [sql`c.billed > 0`, sql`c.billed <> c.cost`], sql`NULL`),
  ],
  kept: { table: 'untold_outcomes', columns: verdictColumns },
  givenUp: [['labels', 'policy', 'trial', 'arm'], ['team'], ['provider', 'model'], ['class', 'work']],
  contributions: (orgId, firstDay, lastDay) => sql`
    WITH used AS (
      SELECT team_id, task, sum(coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0))
        AS input_tokens, sum(output_tokens) AS output_tokens,
        sum(CASE WHEN simulated THEN 0 ELSE coalesce(billed_nano_usd, cost_nano_usd) END) AS billed
      FROM usage_events
      WHERE org_id = ${orgId} AND day >= ${firstDay}::date AND event = 'attempt' AND task IS NOT NULL
      GROUP BY team_id, task
    )
    SELECT team_id, day, cell::text AS cell, person, coalesce(simulated, false)::text AS simulated,
      coalesce(labels, '{}')::text AS labels, ${said('policy')} AS policy, ${said('trial')} AS trial, ${said('arm')} AS arm,
      ${said('provider')} AS provider, ${said('model')} AS model, ${said('class')} AS class, ${workSql(sql`kind`)} AS work,
      sum(attempts) AS attempts, sum(unpriced) AS unpriced, count(*) AS tasks, sum(cost_nano_usd) AS cost,
      sum(used.input_tokens) AS input_tokens, sum(used.output_tokens) AS output_tokens,
      sum(CASE WHEN simulated THEN 0 ELSE coalesce(used.billed, cost_nano_usd) END) AS billed, ${byVerdict({
        verdict: verdictSql(sql`outcome`),
        tasks: sql`1`,
        cost: sql`cost_nano_usd`,
        squared: sql`cost_nano_usd::float8 ^ 2`,
      })},
      sum(cost_nano_usd) AS weight, count(*) AS pieces, array_agg(task) AS ids
    FROM tasks LEFT JOIN used USING (team_id, task)
    WHERE org_id = ${orgId} AND seen >= ${firstDay}::date AND day BETWEEN ${firstDay}::date AND ${lastDay}::date
      AND outcome IS NOT NULL AND cell IS NOT NULL
      -- What an earlier attempt or another outcome has moved since is published all the same.
      AND NOT EXISTS (
        SELECT FROM published_tasks AS known
        WHERE known.org_id = tasks.org_id AND known.team_id = tasks.team_id AND known.task = tasks.task
      )
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13`,
};

const isRefusal = sql`e.outcome IN ('blocked', 'unserved')`;
const target = sql`concat_ws('/', e.provider, e.model)`;
const failedTarget = sql`concat_ws('/', e.failed_provider, e.failed_model)`;

/** How often something did not go straight: numbers of times, and nothing that could be set against money. */
const trouble: AtomFamily = {
  name: 'trouble',
  table: 'trouble_atoms',
  dimensions: ['simulated', 'what', 'class', 'rule', 'outcome', 'failed_target', 'target', 'failure'],
  measures: [summed('times')],
  givenUp: [['class'], ['team'], ['rule', 'failed_target', 'target']],
  contributions: (orgId, firstDay, lastDay) => sql`
    SELECT e.team_id, e.day, md5(concat_ws('|', e.simulated, told.what, e.class, told.rule, told.outcome, told.failed_target,
        told.target, told.failure)) AS cell,
      e.person, e.simulated::text AS simulated, told.what, e.class, told.rule, told.outcome, told.failed_target, told.target,
      told.failure, count(*) AS times, count(*) AS weight, count(*) AS pieces,
      NULL::text[] AS ids
    FROM usage_events AS e, LATERAL (
      SELECT 'refusal', coalesce(e.rule, ''), e.outcome, '', '', '' WHERE ${isRefusal}
      UNION ALL SELECT 'fallback', '', '', ${failedTarget}, ${target}, '' WHERE e.failed_provider IS NOT NULL
      UNION ALL SELECT 'failure', '', '', '', ${target}, e.failure WHERE e.failure IS NOT NULL AND NOT ${isRefusal}
      UNION ALL SELECT 'override', '', e.overridden, '', ${target}, '' WHERE e.overridden IS NOT NULL
    ) AS told (what, rule, outcome, failed_target, target, failure)
    WHERE e.org_id = ${orgId} AND e.day BETWEEN ${firstDay}::date AND ${lastDay}::date AND e.event = 'attempt'
      -- Most went straight: what they would be told as need not be made.
      AND (${isRefusal} OR e.failed_provider IS NOT NULL OR e.failure IS NOT NULL OR e.overridden IS NOT NULL)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12`,
};

/**
 * How long calls took that a model answered. Of how many calls is told nowhere: set against how many tasks there were, the
 * difference would be one person's repeated calls.
 */
const latency: AtomFamily = {
  name: 'latency',
  table: 'latency_atoms',
  dimensions: ['simulated', 'provider', 'model', 'class', 'work'],
  measures: [gathered('latency'), gathered('first_token')],
  givenUp: [['team'], ['class', 'work'], ['provider', 'model']],
  contributions: (orgId, firstDay, lastDay) => sql`
    SELECT team_id, day, md5(concat_ws('|', simulated, provider, model, class, work)) AS cell, person, simulated, provider,
      model, class, work, calls AS weight, calls AS pieces, ${sql.raw(bucketsSql('latencies'))} AS latency,
      ${sql.raw(bucketsSql('first_tokens'))} AS first_token, NULL::text[] AS ids
    FROM (
      SELECT team_id, day, person, simulated::text AS simulated, provider, model, class, ${workSql(sql`kind`)} AS work,
        count(*) AS calls, array_agg(latency_ms) AS latencies,
        array_agg(first_token_ms) FILTER (WHERE first_token_ms IS NOT NULL) AS first_tokens
      FROM usage_events
      WHERE org_id = ${orgId} AND day BETWEEN ${firstDay}::date AND ${lastDay}::date AND event = 'attempt'
        AND outcome = 'served' AND latency_ms IS NOT NULL AND provider IS NOT NULL AND model IS NOT NULL
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ) AS answered`,
};

export const families: readonly AtomFamily[] = [tasks, trouble, latency];
