import type { Pool, PoolClient } from 'pg';
import { partitionDays } from './partitions.ts';
import { type Comparison, comparisons, type Recount, sidesSql } from './recount.ts';
import { type Rollup, rollups, taskColumns } from './rollups.ts';

/** What was written anew. */
export interface Repaired {
  readonly table: Recount['table'];
  /** Rows that events do not give, or not so. */
  readonly removed: number;
  /** Rows as events give them. */
  readonly written: number;
}

/** What events tell of a task beside its name. */
const ofTask = taskColumns.filter((name) => name !== 'team_id' && name !== 'task');

/**
 * Makes an organisation's tasks and roll-ups what its single events add up to, where a recount finds that they are not. All of it
 * or nothing; events that come meanwhile wait. What was published before stays as it is.
 */
export async function repairRollups(pool: Pool, orgId: number): Promise<readonly Repaired[]> {
  const [oldest = '1970-01-01'] = await partitionDays(pool);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL enable_nestloop = off');
    // Whoever takes events in or has somebody forgotten writes there; readers go on.
    await client.query('LOCK TABLE usage_events IN SHARE ROW EXCLUSIVE MODE');
    const run = runIn(client, [orgId, oldest]);
    const repaired: Repaired[] = [];
    for (const comparison of comparisons.toSorted(tasksFirst)) {
      const rollup = rollups.find(({ table }) => table === comparison.table);
      const counts = await (rollup ? repairRollup(run, comparison, rollup) : repairTasks(run, comparison));
      repaired.push({ table: comparison.table, ...counts });
    }
    await client.query('COMMIT');
    return repaired;
  } finally {
    await client.query('ROLLBACK').catch(() => undefined); // a connection that is gone has nothing to take back
    client.release();
  }
}

/** Whatever is counted of tasks is counted of their rows. */
function tasksFirst(one: Comparison, other: Comparison): number {
  return Number(other.table === 'tasks') - Number(one.table === 'tasks');
}

type Run = (statement: string) => Promise<number>;
type Counts = Omit<Repaired, 'table'>;

function runIn(client: PoolClient, values: readonly unknown[]): Run {
  return async (statement) => (await client.query(statement, [...values])).rowCount ?? 0;
}

async function repairRollup(run: Run, comparison: Comparison, { keys }: Rollup): Promise<Counts> {
  const { table, columns, where } = comparison;
  const named = ['team_id', 'day', 'cell', ...keys].join(', ');
  const removed = await run(`${sidesSql(comparison)}
    DELETE FROM ${table} WHERE org_id = $1 AND ${where}
      AND (${named}) IN (SELECT ${named} FROM (SELECT * FROM actual EXCEPT ALL SELECT * FROM expected) AS wrong)`);
  const names = columns.join(', ');
  // A row that counts nothing is none for a recount, and is there all the same.
  const written = await run(`${sidesSql(comparison)}
    INSERT INTO ${table} (org_id, ${names})
    SELECT $1::int, ${names} FROM (SELECT * FROM expected EXCEPT ALL SELECT * FROM actual) AS missing
    ON CONFLICT (org_id, team_id, day, span, cell${keys.map((key) => `, ${key}`).join('')}) DO ${
      columns.length === keys.length + 3
        ? 'NOTHING'
        : `UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`
    }`);
  return { removed, written };
}

async function repairTasks(run: Run, comparison: Comparison): Promise<Counts> {
  const { columns, relations, where } = comparison;
  const list = (names: readonly string[], of: string): string => names.map((name) => `${of}.${name}`).join(', ');
  const changed = await run(`
    WITH ${relations.join(', ')}
    UPDATE tasks SET ${ofTask.map((name) => `${name} = counted.${name}`).join(', ')}
    FROM counted WHERE tasks.org_id = $1 AND tasks.team_id = counted.team_id AND tasks.task = counted.task
      AND (${list(columns, 'tasks')}) IS DISTINCT FROM (${list(columns, 'counted')})`);
  const removed = await run(`${sidesSql(comparison)}
    DELETE FROM tasks WHERE org_id = $1 AND ${where}
      AND (team_id, task) IN (SELECT team_id, task FROM (SELECT * FROM actual EXCEPT ALL SELECT * FROM expected) AS wrong)`);
  const names = taskColumns.join(', ');
  const made = await run(`
    WITH ${relations.join(', ')}
    INSERT INTO tasks (org_id, ${names}) SELECT $1::int, ${names} FROM counted
    ON CONFLICT (org_id, team_id, task) DO NOTHING`);
  return { removed, written: changed + made };
}
