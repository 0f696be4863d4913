import type { Pool } from 'pg';
import { addedBucketsSql } from './latency.ts';
import { DAILY_DAYS, dayAt, dayFrom } from './retention.ts';
import { type Rollup, rollups } from './rollups.ts';

/** A month of a team that is to be folded. */
interface Month {
  readonly org_id: number;
  readonly team_id: number;
  /** Its first day. */
  readonly month: string;
}

/**
 * Adds up the days of months that are long over, a team's month in each statement, so that nothing waits for long. What came to a
 * month after that is added to it. A month that cannot be added up stops no other one.
 *
 * @param now milliseconds since the epoch
 * @returns how many team's months it took
 * @throws when it is done with the others, what the first one failed with
 */
export async function foldOldMonths(pool: Pool, now: number, signal: AbortSignal): Promise<number> {
  // A month is over for long when the month that this day is in is not.
  const before = `${dayFrom(dayAt(now), -DAILY_DAYS).slice(0, 7)}-01`;
  let folded = 0;
  const failures: unknown[] = [];
  for (const rollup of rollups) {
    const { rows } = await pool.query<Month>(
      `SELECT DISTINCT org_id, team_id, date_trunc('month', day)::date AS month FROM ${rollup.table}
       WHERE day < $1 AND span = 'day' ORDER BY 1, 2, 3`,
      [before],
    );
    for (const { org_id, team_id, month } of rows) {
      if (signal.aborted) return folded;
      try {
        await pool.query(foldSql(rollup), [org_id, team_id, month]);
        folded += 1;
      } catch (error) {
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return folded;
}

function foldSql({ table, keys, words, sums, histograms: kept }: Rollup): string {
  const row = ['cell', ...keys].join(', ');
  const added = [
    ...words.map((name) => `${wordOf(name)} AS ${name}`),
    ...sums.map((name) => `sum(${name}) AS ${name}`),
  ];
  const columns = ['cell', ...keys, ...words, ...sums];
  const updates = [
    ...sums.map((name) => `${name} = ${table}.${name} + excluded.${name}`),
    ...kept.map((name) => `${name} = ${addedBucketsSql(`${table}.${name}`, `excluded.${name}`)}`),
  ];
  return `
    WITH days AS (
      DELETE FROM ${table} WHERE org_id = $1 AND team_id = $2 AND span = 'day'
        AND day >= $3::date AND day < $3::date + interval '1 month'
      RETURNING *
    ),
    folded AS (SELECT ${[row, ...added].join(', ')} FROM days GROUP BY ${row})
    INSERT INTO ${table} (org_id, team_id, day, span, ${[...columns, ...kept].join(', ')})
    SELECT $1, $2, $3::date, 'month', ${columns.map((name) => `folded.${name}`).join(', ')}
      ${kept.map((name) => `, COALESCE(${name}.buckets, '{}'::jsonb)`).join('')}
    FROM folded ${kept.map(bucketsOfCells).join(' ')}
    ON CONFLICT (org_id, team_id, day, span, ${row}) DO ${updates.length > 0 ? `UPDATE SET ${updates.join(', ')}` : 'NOTHING'}`;
}

/** The one that is not empty, where there is one: no labels are `{}`, which as a text comes after every other. */
function wordOf(name: string): string {
  switch (name) {
    case 'labels':
      return 'min(labels::text COLLATE "C")::jsonb';
    case 'simulated':
      return 'bool_or(simulated)';
    default:
      return `max(${name})`;
  }
}

function bucketsOfCells(histogram: string): string {
  return `
    LEFT JOIN (
      SELECT cell, jsonb_object_agg(bucket, n) AS buckets FROM (
        SELECT cell, key AS bucket, sum(value::bigint) AS n FROM days, jsonb_each_text(${histogram}) GROUP BY cell, key
      ) AS counted GROUP BY cell
    ) AS ${histogram} ON ${histogram}.cell = folded.cell`;
}
