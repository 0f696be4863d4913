// Many events of a team's server, written straight into its tables: single ones of each day, and what they add up to by the
// server's own words for that.
import type { Pool } from 'pg';
import { makePartitions } from '../../src/team/usage/partitions.ts';
import {
  attemptCellsSql,
  attemptsSql,
  isCounted,
  presenceSql,
  routeCellsSql,
  routesSql,
  taskFiguresSql,
  tasksSql,
} from '../../src/team/usage/rollupSql.ts';
import {
  attemptPresence,
  attemptRollup,
  columnsOf,
  epochSql,
  type Rollup,
  routeRollup,
  taskColumns,
  taskPresence,
  taskRollup,
  taskSums,
  taskWords,
} from '../../src/team/usage/rollups.ts';

export interface TeamSeed {
  readonly events: number;
  readonly days: number;
  readonly teams: number;
  readonly peoplePerTeam: number;
  /** The last day, `2026-11-22`. */
  readonly until: string;
}

/** Of a task: one outcome, and one attempt or two. */
const EVENTS_PER_TASK = 2.5;
const DAY_MS = 86_400_000;
/** Days that are written at once. */
const LANES = 2;

/** @param pool of the server's database, where nothing was taken in yet */
export async function seedTeam(pool: Pool, seed: TeamSeed): Promise<void> {
  const last = Date.parse(`${seed.until}T00:00Z`);
  const days = Array.from({ length: seed.days }, (_, ago) =>
    new Date(last - (seed.days - 1 - ago) * DAY_MS).toISOString().slice(0, 10),
  );
  await pool.query(
    `INSERT INTO teams (org_id, id, name) SELECT 1, id, 'Team ' || id FROM generate_series(2, $1::int) AS id ON CONFLICT DO NOTHING`,
    [seed.teams],
  );
  await makePartitions(pool, days);
  const waiting = [...days];
  await Promise.all(Array.from({ length: LANES }, () => seedDays(pool, seed, waiting)));
  await pool.query('VACUUM (ANALYZE)');
}

/** Takes one day after the other until none is left. */
async function seedDays(
  pool: Pool,
  { events, days, teams, peoplePerTeam }: TeamSeed,
  waiting: string[],
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('SET statement_timeout = 0; SET work_mem = "256MB"; SET synchronous_commit = off');
    const tasks = Math.round(events / days / EVENTS_PER_TASK);
    for (let day = waiting.shift(); day !== undefined; day = waiting.shift()) {
      await client.query('BEGIN');
      await client.query(tasksOfDaySql, [tasks, teams, peoplePerTeam, day]);
      await client.query(attemptsOfDaySql, [day]);
      await client.query(outcomesOfDaySql, [day]);
      for (const sql of addedUpSql) await client.query(sql, [day]);
      await client.query('COMMIT');
    }
  } finally {
    client.release(true);
  }
}

const list = (words: readonly string[]): string => `ARRAY[${words.map((word) => `'${word}'`).join(', ')}]`;
const hex = (of: string): string => `substr(md5(${of}), 1, 16)`;

const classes = ['docs', 'tests', 'ui', 'backend', 'infra', 'review', 'data', 'scripts'];
const targets = [
  'anthropic/claude-haiku-5-5',
  'anthropic/claude-sonnet-5',
  'openai/gpt-5.6-mini',
  'openai/gpt-5.6',
  'mistral/codestral-2601',
  'gemini/gemini-3-flash',
];
const outcomes = ['kept', 'kept', 'committed', 'committed', 'committed', 'rejected', 'unknown', 'undone', 'unverified'];

/** A policy sends a class to one model; of seven tasks one goes elsewhere: a fallback's, a trial's, a person's wish. */
const tasksOfDaySql = `
  CREATE TEMPORARY TABLE day_tasks ON COMMIT DROP AS
  SELECT n, team, $4::date AS day, $4::date + (8 + n % 9) * interval '1 hour' AS at,
    ${hex("'p' || team || ' ' || who || ' ' || (($4::date - DATE '1970-01-01') / 28)")} AS person, ${hex("$4 || ' t' || n")} AS task,
    class, kind, CASE kind WHEN 'completion' THEN 'completion' ELSE 'agent' END AS surface,
    ${hex("'policy ' || (($4::date - DATE '1970-01-01') / 14)")} AS policy,
    split_part(target, '/', 1) AS provider, split_part(target, '/', 2) AS model,
    jsonb_build_object('cost-center', 'R-' || team % 6) AS labels
  FROM (
    SELECT n, 1 + n % $2::int AS team, (random() * random() * $3::int)::int AS who, class, kind, (${list(targets)})[
        1 + CASE WHEN random() < 0.85 THEN place ELSE floor(random() * ${targets.length})::int END % ${targets.length}] AS target
    FROM (
      SELECT n, place, (${list(classes)})[1 + place] AS class,
        (${list(['completion', 'completion', 'agent', 'edit', 'chat'])})[1 + floor(random() * 5)::int] AS kind
      FROM (SELECT n, floor(random() * ${classes.length})::int AS place FROM generate_series(1, $1::int) AS n) AS numbers
    ) AS classes
  ) AS made`;

/** As {@link ../../src/usage/sync/eventId.ts} makes them. */
const newId = `(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' ||
  substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid`;

const subject = 'person, surface, kind, class, policy, provider, model, labels, simulated, task, outcome';

const attemptsOfDaySql = `
  INSERT INTO usage_events (org_id, team_id, day, id, event, at, ${subject}, rule, place, failed_provider, failed_model, failure,
    input_tokens, cache_read_tokens, output_tokens, estimated, cost_nano_usd, price, billing, billed_nano_usd, latency_ms, first_token_ms)
  SELECT 1, team, $1::date, ${newId}, 'attempt', at, person, surface, kind, class, policy, provider, model, labels, false, task,
    CASE WHEN failed THEN 'failed' WHEN kind = 'completion' THEN 'shown' ELSE 'served' END, class, place,
    CASE WHEN place > 0 AND n % 11 = 0 THEN 'openai' END, CASE WHEN place > 0 AND n % 11 = 0 THEN 'gpt-5.6' END,
    CASE WHEN failed THEN 'overload' END, (300 + random() * 40000)::int, (random() * 20000)::int, (random() * 900)::int, false,
    (random() * 10000000)::bigint, 'genai-prices', 'metered', (random() * 10000000)::bigint,
    (10 ^ (2 + 2.5 * random()))::int, (10 ^ (2 + random()))::int
  FROM (SELECT day_tasks.*, place, random() < 0.04 AS failed FROM day_tasks, generate_series(0, n % 2) AS place) AS attempts`;

const outcomesOfDaySql = `
  INSERT INTO usage_events (org_id, team_id, day, id, event, at, ${subject}, estimated, revision)
  SELECT 1, team, $1::date, ${newId}, 'outcome', at, person, surface, kind, class, policy, provider, model, labels, false, task,
    (${list(outcomes)})[1 + floor(random() * ${outcomes.length})::int], false, 0
  FROM day_tasks`;

const raw = 'raw AS (SELECT * FROM usage_events WHERE org_id = 1 AND day = $1::date)';
const attempts = `attempts AS MATERIALIZED (${attemptsSql('raw')})`;
const routes = `routes AS MATERIALIZED (${routesSql('attempts')})`;
const ofTask = taskColumns.join(', ');

const filled = (rollup: Rollup, rows: string): string =>
  `INSERT INTO ${rollup.table} (org_id, ${columnsOf(rollup).join(', ')}) SELECT 1, ${columnsOf(rollup).join(', ')} FROM (${rows}) AS rows`;

const addedUpSql: readonly string[] = [
  `WITH ${raw}, ${attempts} ${filled(attemptRollup, attemptCellsSql('attempts'))}`,
  `WITH ${raw}, ${attempts}, ${routes} ${filled(routeRollup, routeCellsSql('routes'))}`,
  `WITH ${raw}, ${attempts}, ${routes} ${filled(attemptPresence, presenceSql('attempts', 'routes'))}`,
  `WITH ${raw} INSERT INTO tasks (org_id, ${ofTask}) SELECT 1, ${ofTask} FROM (${tasksSql('raw')}) AS tasks`,
  filled(
    taskRollup,
    `SELECT team_id, day, cell, outcome, ${taskWords.join(', ')}, ${taskSums.map((name) => `sum(${name}) AS ${name}`).join(', ')}
     FROM (SELECT team_id, day, cell, outcome, ${taskWords.join(', ')}, ${taskFiguresSql('', '')} FROM tasks
       WHERE org_id = 1 AND day = $1::date AND ${isCounted}) AS each
     GROUP BY team_id, day, cell, outcome, ${taskWords.join(', ')}`,
  ),
  filled(
    taskPresence,
    `SELECT team_id, day, cell, ${epochSql('day')} AS epoch, person, count(*) AS tasks FROM tasks
     WHERE org_id = 1 AND day = $1::date AND ${isCounted} GROUP BY team_id, day, cell, person`,
  ),
];
