import type { Pool } from 'pg';
import { DAYS_AHEAD, dayAt, dayFrom, KEPT_DAYS } from './retention.ts';

/** Partitions are made and dropped by one server at a time. */
const LOCK = 7_301_002;
/** Dropping waits for statements that are under way, and others wait for it: not for longer than this, in milliseconds. */
const LOCK_MS = 2_000;
const NAME = /^usage_events_(\d{4})(\d{2})(\d{2})$/;

function nameOf(day: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error(`"${day}" is no day.`);
  return `usage_events_${day.replaceAll('-', '')}`;
}

/**
 * Makes places for days that have none. A table is made first and then attached, which lets events of other days be taken in
 * meanwhile.
 */
export async function makePartitions(pool: Pool, days: readonly string[]): Promise<void> {
  const there = new Set(await partitionDays(pool));
  for (const day of days) if (!there.has(day)) await makePartition(pool, day);
}

async function makePartition(pool: Pool, day: string): Promise<void> {
  const name = nameOf(day);
  await pool.query(`
    DO $$ BEGIN
      PERFORM pg_advisory_xact_lock(${LOCK});
      IF to_regclass('${name}') IS NULL THEN
        CREATE TABLE ${name} (LIKE usage_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
        ALTER TABLE usage_events ATTACH PARTITION ${name} FOR VALUES FROM ('${day}') TO ('${dayFrom(day, 1)}');
      END IF;
    END $$`);
}

/** Places for today and the days to come. @param now milliseconds since the epoch */
export function makeNextPartitions(pool: Pool, now: number): Promise<void> {
  const today = dayAt(now);
  return makePartitions(
    pool,
    Array.from({ length: DAYS_AHEAD + 1 }, (_, ahead) => dayFrom(today, ahead)),
  );
}

/** Forgets events of days that are too old: a day at once. @returns the days */
export async function dropOldPartitions(pool: Pool, now: number): Promise<readonly string[]> {
  const oldest = dayFrom(dayAt(now), -KEPT_DAYS);
  const old = (await partitionDays(pool)).filter((day) => day < oldest);
  for (const day of old) {
    await pool.query(`
      DO $$ BEGIN
        PERFORM pg_advisory_xact_lock(${LOCK});
        SET LOCAL lock_timeout = ${LOCK_MS};
        DROP TABLE IF EXISTS ${nameOf(day)};
      END $$`);
  }
  return old;
}

/** The days that have a place, the oldest first. */
export async function partitionDays(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'usage_events'::regclass ORDER BY 1`,
  );
  return rows.flatMap(({ name }) => {
    const [, year, month, day] = NAME.exec(name) ?? [];
    return year === undefined ? [] : [`${year}-${month}-${day}`];
  });
}
