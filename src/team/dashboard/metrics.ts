import { sql } from 'kysely';
import { type FigureSource, tasksInView } from '../figures/atomSource.ts';
import type { TeamView } from '../figures/teamView.ts';
import { verdicts } from '../figures/wordsSql.ts';
import type { Team } from '../organisation.ts';

interface Row {
  readonly team_id: number;
  readonly class: string;
  readonly target: string;
  readonly outcome: string;
  readonly tasks: number;
  readonly cost: number;
}

/**
 * The last four weeks by team, class, model and outcome, as Prometheus reads them (text format 0.0.4). They are gauges: what
 * is older than four weeks goes out of them.
 */
export async function metricsText(source: FigureSource, teams: readonly Team[], view: TeamView): Promise<string> {
  const { rows } = await sql<Row>`
    SELECT team_id, class, concat_ws('/', nullif(provider, ''), nullif(model, '')) AS target, outcome,
      sum(told.tasks)::float8 AS tasks, sum(told.cost)::float8 AS cost
    FROM (SELECT * FROM ${tasksInView(source, view)} AND NOT simulated) AS figures, LATERAL (VALUES ${sql.join(
      verdicts.map(
        (verdict) => sql`(${sql.lit(verdict)}, ${sql.ref(`tasks_${verdict}`)}, ${sql.ref(`cost_${verdict}`)})`,
      ),
    )}) AS told (outcome, tasks, cost)
    WHERE told.tasks > 0 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`.execute(source.database);
  const nameOf = (id: number): string => teams.find((team) => team.id === id)?.name ?? '';
  const words = (row: Row, names: readonly (readonly [string, string])[]): string =>
    [['team', nameOf(row.team_id)] as const, ['class', row.class] as const, ['model', row.target] as const, ...names]
      .map(([name, value]) => `${name}="${escaped(value)}"`)
      .join(',');
  const costs = new Map<string, number>();
  for (const row of rows) {
    const key = words(row, []);
    costs.set(key, (costs.get(key) ?? 0) + row.cost);
  }
  return [
    '# HELP routing_policy_tasks Tasks of the last four weeks, by the model that they were first routed to.',
    '# TYPE routing_policy_tasks gauge',
    ...rows.map((row) => `routing_policy_tasks{${words(row, [['outcome', row.outcome]])}} ${row.tasks}`),
    '# HELP routing_policy_cost_usd Their cost at list price, in US dollars.',
    '# TYPE routing_policy_cost_usd gauge',
    ...[...costs].map(([labels, cost]) => `routing_policy_cost_usd{${labels}} ${cost / 1e9}`),
    '',
  ].join('\n');
}

/** A label's value as the format has it. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
