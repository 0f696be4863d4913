import type { Pool } from 'pg';
import { partitionDays } from './partitions.ts';
import {
  attemptCellsSql,
  attemptsSql,
  isCounted,
  presenceSql,
  routeCellsSql,
  routesSql,
  taskFiguresSql,
  tasksSql,
} from './rollupSql.ts';
import {
  attemptPresence,
  attemptRollup,
  columnsOf,
  epochSql,
  routeRollup,
  taskPresence,
  taskRollup,
  taskSums,
  taskWords,
} from './rollups.ts';

/** How a table compares with what single events add up to. */
export interface Recount {
  readonly table: 'attempt_rollups' | 'route_rollups' | 'attempt_presence' | 'tasks' | 'task_rollups' | 'task_presence';
  /** Rows that events give. */
  readonly rows: number;
  /** Rows that are not there as events give them, and rows that events do not give. */
  readonly differences: number;
}

/** Of the days whose events are all there: from the second parameter on. */
const RAW = 'raw AS (SELECT * FROM usage_events WHERE org_id = $1 AND day >= $2::date)';
const ATTEMPTS = `attempts AS MATERIALIZED (${attemptsSql('raw')})`;
const ROUTES = `routes AS MATERIALIZED (${routesSql('attempts')})`;
/** A task that began before is known by its row alone; one without a row is one that is missing. */
const TASKS = `all_tasks AS MATERIALIZED (${tasksSql('raw')}),
counted AS MATERIALIZED (
  SELECT * FROM all_tasks AS given WHERE ${isCounted} AND NOT EXISTS (
    SELECT FROM tasks AS older
    WHERE older.org_id = $1 AND older.team_id = given.team_id AND older.task = given.task AND older.day < $2::date
  )
)`;

/** How what events give stands beside what is there. The parameters: the organisation and the oldest day. */
export interface Comparison {
  readonly table: Recount['table'];
  readonly relations: readonly string[];
  readonly columns: readonly string[];
  /** What events give. */
  readonly expected: string;
  /** Of what is there. */
  readonly where: string;
}

const ofDays = "day >= $2::date AND span = 'day'";

export const comparisons: readonly Comparison[] = [
  {
    table: 'attempt_rollups',
    relations: [RAW, ATTEMPTS],
    columns: columnsOf(attemptRollup),
    expected: attemptCellsSql('attempts'),
    where: ofDays,
  },
  {
    table: 'route_rollups',
    relations: [RAW, ATTEMPTS, ROUTES],
    columns: columnsOf(routeRollup),
    expected: routeCellsSql('routes'),
    where: ofDays,
  },
  {
    table: 'attempt_presence',
    relations: [RAW, ATTEMPTS, ROUTES],
    columns: columnsOf(attemptPresence),
    expected: presenceSql('attempts', 'routes'),
    where: ofDays,
  },
  {
    table: 'tasks',
    relations: [RAW, TASKS],
    columns: [
      'team_id',
      'task',
      'person',
      'day',
      'attempts',
      'input_tokens',
      'output_tokens',
      'cost_nano_usd',
      'billed_nano_usd',
      'unpriced',
      'revision',
      'outcome',
      'cell',
    ],
    expected: 'SELECT * FROM counted',
    where: `day >= $2::date AND ${isCounted}`,
  },
  {
    table: 'task_rollups',
    relations: [RAW, TASKS],
    columns: columnsOf(taskRollup),
    expected: `
      SELECT team_id, day, cell, outcome, ${taskWords.join(', ')}, ${taskSums.map((name) => `sum(${name}) AS ${name}`).join(', ')}
      FROM (SELECT team_id, day, cell, outcome, ${taskWords.join(', ')}, ${taskFiguresSql('', '')} FROM counted) AS each
      GROUP BY team_id, day, cell, outcome, ${taskWords.join(', ')}`,
    where: `${ofDays} AND tasks <> 0`,
  },
  {
    table: 'task_presence',
    relations: [RAW, TASKS],
    columns: columnsOf(taskPresence),
    expected: `
      SELECT team_id, day, cell, ${epochSql('day')} AS epoch, person, count(*) AS tasks FROM counted
      GROUP BY team_id, day, cell, person`,
    where: `${ofDays} AND tasks <> 0`,
  },
];

/** Both sides, with the columns that are compared, as the relations `expected` and `actual`. */
export function sidesSql({ table, relations, columns, expected, where }: Comparison): string {
  const names = columns.join(', ');
  return `
    WITH ${relations.join(', ')},
    expected AS MATERIALIZED (SELECT ${names} FROM (${expected}) AS given),
    actual AS MATERIALIZED (SELECT ${names} FROM ${table} WHERE org_id = $1 AND ${where})`;
}

function comparisonSql(comparison: Comparison): string {
  return `${sidesSql(comparison)}
    SELECT (SELECT count(*) FROM expected)::int AS rows,
      (SELECT count(*) FROM (
        (SELECT * FROM expected EXCEPT ALL SELECT * FROM actual) UNION ALL
        (SELECT * FROM actual EXCEPT ALL SELECT * FROM expected)
      ) AS apart)::int AS differences`;
}

/**
 * Counts an organisation's single events again and compares that with every roll-up of their days. All of it is read as of one
 * moment, so that events may be taken in meanwhile.
 */
export async function recount(pool: Pool, orgId: number): Promise<readonly Recount[]> {
  const [oldest = '1970-01-01'] = await partitionDays(pool);
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Of tables that are new it is believed that they are small, and each row would be compared with each.
    await client.query('SET LOCAL enable_nestloop = off');
    const counted: Recount[] = [];
    for (const comparison of comparisons) {
      const { rows } = await client.query<Omit<Recount, 'table'>>(comparisonSql(comparison), [orgId, oldest]);
      counted.push({ table: comparison.table, rows: rows[0]?.rows ?? 0, differences: rows[0]?.differences ?? 0 });
    }
    return counted;
  } finally {
    await client.query('ROLLBACK').catch(() => undefined); // a connection that is gone has nothing to take back
    client.release();
  }
}
