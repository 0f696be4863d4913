import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { forgetOldStreams } from '../otlp/unroutedSql.ts';
import type { TeamServices } from '../services.ts';
import { foldOldMonths } from './fold.ts';
import { dropOldPartitions, makeNextPartitions } from './partitions.ts';
import { dayAt, dayFrom, TASK_DAYS } from './retention.ts';

const EVERY_MS = 3_600_000;
/** One server at a time; the others leave it to that one. */
const LOCK = 7_301_003;
/** So many tasks are forgotten at once, which takes some ten milliseconds. */
const TASKS_AT_ONCE = 5_000;

/** Keeps a server's tables in order until it ends: places for the days to come, nothing for longer than it is to be kept. */
export async function keepUsage(services: TeamServices): Promise<void> {
  const { pool, now, log, signal } = services;
  while (!signal.aborted) {
    await tidyUsage(pool, now(), signal).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      if (!signal.aborted) log('warn', `Old events could not be taken away${code}; it is tried again within the hour.`);
    });
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined); // the server ends
  }
}

/** What was done. */
export interface Tidied {
  readonly droppedDays: readonly string[];
  readonly forgottenTasks: number;
  readonly foldedMonths: number;
}

/** @returns undefined: another server is at it */
export async function tidyUsage(pool: Pool, now: number, signal: AbortSignal): Promise<Tidied | undefined> {
  await makeNextPartitions(pool, now);
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [LOCK]);
    if (rows[0]?.mine !== true) return undefined;
    const droppedDays = await dropOldPartitions(pool, now);
    const forgottenTasks = await forgetOldTasks(client, now, signal);
    await forgetOldStreams(pool, now);
    const foldedMonths = await foldOldMonths(pool, now, signal);
    return { droppedDays, forgottenTasks, foldedMonths };
  } finally {
    // The lock is the connection's: where it cannot be given back, it goes with it.
    const isBack = await client.query('SELECT pg_advisory_unlock($1)', [LOCK]).then(
      () => true,
      () => false,
    );
    client.release(!isBack);
  }
}

async function forgetOldTasks(client: PoolClient, now: number, signal: AbortSignal): Promise<number> {
  const oldest = dayFrom(dayAt(now), -TASK_DAYS);
  let forgotten = 0;
  while (!signal.aborted) {
    const { rowCount } = await client.query(
      `DELETE FROM tasks WHERE ctid = ANY (ARRAY(SELECT ctid FROM tasks WHERE seen < $1 LIMIT ${TASKS_AT_ONCE}))`,
      [oldest],
    );
    forgotten += rowCount ?? 0;
    if ((rowCount ?? 0) < TASKS_AT_ONCE) break;
  }
  return forgotten;
}
