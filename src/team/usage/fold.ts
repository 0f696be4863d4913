import type { Pool } from 'pg';
import { DAILY_DAYS, dayAt, dayFrom } from './retention.ts';
import { attemptKeys, attemptSums, histograms, routeKeys, taskKeys, taskSums } from './rollupSql.ts';

/** A table whose days become months: its columns, and how those of one cell become one. */
interface Foldable {
  readonly table: 'attempt_rollups' | 'route_rollups' | 'task_rollups' | 'attempt_presence' | 'task_presence';
  readonly keys: readonly string[];
  readonly sums: readonly string[];
  readonly histograms?: readonly string[];
}

const foldables: readonly Foldable[] = [
  { table: 'attempt_rollups', keys: attemptKeys, sums: Object.keys(attemptSums), histograms },
  { table: 'route_rollups', keys: routeKeys, sums: ['attempts'] },
  { table: 'task_rollups', keys: ['outcome', ...taskKeys], sums: taskSums },
  { table: 'attempt_presence', keys: ['epoch', 'person'], sums: [] },
  { table: 'task_presence', keys: ['epoch', 'person'], sums: ['tasks'] },
];

/** A month of a team that is to be folded. */
interface Month {
  readonly org_id: number;
  readonly team_id: number;
  /** Its first day. */
  readonly month: string;
}

/**
 * Adds up the days of months that are long over, a team's month in each statement, so that nothing waits for long.
 *
 * @param now milliseconds since the epoch
 * @returns how many team's months it took
 */
export async function foldOldMonths(pool: Pool, now: number, signal: AbortSignal): Promise<number> {
  // A month is over for long when the month that this day is in is not.
  const before = `${dayFrom(dayAt(now), -DAILY_DAYS).slice(0, 7)}-01`;
  let folded = 0;
  for (const foldable of foldables) {
    const { rows } = await pool.query<Month>(
      `SELECT DISTINCT org_id, team_id, date_trunc('month', day)::date AS month FROM ${foldable.table}
       WHERE day < $1 AND span = 'day' ORDER BY 1, 2, 3`,
      [before],
    );
    for (const { org_id, team_id, month } of rows) {
      if (signal.aborted) return folded;
      await pool.query(foldSql(foldable), [org_id, team_id, month]);
      folded += 1;
    }
  }
  return folded;
}

function foldSql({ table, keys, sums, histograms: kept = [] }: Foldable): string {
  const cell = ['cell', ...keys].join(', ');
  const added = sums.map((name) => `sum(${name}) AS ${name}`);
  const columns = [cell, ...sums, ...kept].join(', ');
  const figures = ['org_id', 'team_id', 'day', 'span', columns].join(', ');
  return `
    WITH days AS (
      DELETE FROM ${table} WHERE org_id = $1 AND team_id = $2 AND span = 'day'
        AND day >= $3::date AND day < $3::date + interval '1 month'
      RETURNING *
    ),
    folded AS (SELECT ${[cell, ...added].join(', ')} FROM days GROUP BY ${cell})
    INSERT INTO ${table} (${figures})
    SELECT $1, $2, $3::date, 'month', ${['cell', ...keys, ...sums].map((name) => `folded.${name}`).join(', ')}
      ${kept.map((name) => `, COALESCE(${name}.buckets, '{}'::jsonb)`).join('')}
    FROM folded ${kept.map(bucketsOfCells).join(' ')}`;
}

function bucketsOfCells(histogram: string): string {
  return `
    LEFT JOIN (
      SELECT cell, jsonb_object_agg(bucket, n) AS buckets FROM (
        SELECT cell, key AS bucket, sum(value::bigint) AS n FROM days, jsonb_each_text(${histogram}) GROUP BY cell, key
      ) AS counted GROUP BY cell
    ) AS ${histogram} ON ${histogram}.cell = folded.cell`;
}
