import { type RawBuilder, sql } from 'kysely';
import { byVerdict, verdictColumns, verdictSql, workSql } from './wordsSql.ts';

/**
 * A kind of atoms: whose contributions they are made of, what tells two of them apart, and in which order that is given up
 * where too few persons are in one.
 */
export interface AtomFamily {
  readonly name: 'task' | 'trouble';
  readonly table: 'task_atoms' | 'trouble_atoms';
  /** Columns that tell atoms apart beside the team and the days. An empty text: not told. */
  readonly dimensions: readonly string[];
  /** Columns that are added up. */
  readonly measures: readonly string[];
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

const said = (column: string): RawBuilder<string> => sql`coalesce(${sql.ref(column)}, '')`;

/**
 * Tasks, and the money that they cost. It is the only family that has money, and all of its figures go by the target that a
 * task was first routed to: two ways to divide the same money would be two equations about what is not shown.
 */
const tasks: AtomFamily = {
  name: 'task',
  table: 'task_atoms',
  dimensions: ['simulated', 'labels', 'policy', 'trial', 'arm', 'provider', 'model', 'class', 'work'],
  measures: ['attempts', 'unpriced', ...verdictColumns],
  givenUp: [['labels', 'policy', 'trial', 'arm'], ['team'], ['provider', 'model'], ['class', 'work']],
  contributions: (orgId, firstDay, lastDay) => sql`
    SELECT team_id, day, cell::text AS cell, person, coalesce(simulated, false)::text AS simulated,
      coalesce(labels, '{}')::text AS labels, ${said('policy')} AS policy, ${said('trial')} AS trial, ${said('arm')} AS arm,
      ${said('provider')} AS provider, ${said('model')} AS model, ${said('class')} AS class, ${workSql(sql`kind`)} AS work,
      sum(attempts) AS attempts, sum(unpriced) AS unpriced, ${byVerdict({
        verdict: verdictSql(sql`outcome`),
        tasks: sql`1`,
        cost: sql`cost_nano_usd`,
        squared: sql`cost_nano_usd::float8 ^ 2`,
      })},
      sum(cost_nano_usd) AS weight, count(*) AS pieces, array_agg(task) AS ids
    FROM tasks
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
  measures: ['times'],
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
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12`,
};

export const families: readonly AtomFamily[] = [tasks, trouble];
