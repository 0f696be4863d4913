// What is kept for how long: single events, tasks, and roll-ups that become those of months.
import { afterAll, describe, expect, test } from 'vitest';
import { EventWriter } from '../../src/team/usage/eventWriter.ts';
import { partitionDays } from '../../src/team/usage/partitions.ts';
import { readEvents } from '../../src/team/usage/readEvents.ts';
import { recount } from '../../src/team/usage/recount.ts';
import { tidyUsage } from '../../src/team/usage/upkeep.ts';
import type { UsageEvent } from '../../src/usage/sync/event.ts';
import { attempt, keyed, outcome, teamEvents } from '../host/teamSamples.ts';
import { ORG, startTeamStage, TEAM } from '../host/teamStage.ts';

const stage = await startTeamStage({ parts: () => [] });
const never = new AbortController().signal;

afterAll(() => stage?.stop());

describe.runIf(stage !== undefined)('upkeep', () => {
  const pool = stage?.pool as NonNullable<typeof stage>['pool'];
  const writer = new EventWriter(pool);

  async function takeIn(events: readonly UsageEvent[], today: string): Promise<void> {
    const read = readEvents({ version: 1, events }, TEAM, Date.parse(`${today}T12:00Z`));
    if (read.kind !== 'events') throw new Error(read.sentence);
    expect(read.refused).toEqual([]);
    expect(await writer.write(ORG, read.incoming)).toMatchObject({ kind: 'written', accepted: events.length });
  }

  async function sums(): Promise<unknown> {
    const { rows } = await pool.query(`
      SELECT (SELECT jsonb_build_array(sum(attempts), sum(cost_nano_usd), sum(input_tokens), sum(fallbacks)) FROM attempt_rollups) AS attempts,
        (SELECT jsonb_build_array(sum(tasks), sum(cost_nano_usd), sum(squared_cost), sum(size_1), sum(size_4)) FROM task_rollups) AS tasks,
        (SELECT sum(attempts) FROM route_rollups) AS routes,
        (SELECT sum(n::int) FROM attempt_rollups, jsonb_each_text(latency) AS each(bucket, n)) AS latencies,
        (SELECT array_agg(DISTINCT (cell::text, epoch, person) ORDER BY (cell::text, epoch, person)) FROM attempt_presence) AS present,
        (SELECT sum(tasks) FROM task_presence) AS tasks_present`);
    return rows[0];
  }

  test('there is a place for days before they come, and none for days that are too old', async () => {
    const tidied = await tidyUsage(pool, Date.parse('2026-05-01T00:00Z'), never);
    expect(tidied).toEqual({ droppedDays: [], forgottenTasks: 0, foldedMonths: 0 });
    expect(await partitionDays(pool)).toEqual(['2026-05-01', '2026-05-02', '2026-05-03', '2026-05-04']);
    await takeIn([attempt({ hour: '2026-05-01T10:00Z' })], '2026-05-01');
    await tidyUsage(pool, Date.parse('2026-06-05T10:00Z'), never);
    expect((await partitionDays(pool))[0]).toBe('2026-05-01');
    const later = await tidyUsage(pool, Date.parse('2026-06-06T00:00Z'), never);
    expect(later?.droppedDays).toEqual(['2026-05-01']);
    const { rows } = await pool.query('SELECT count(*)::int AS events FROM usage_events');
    expect(rows).toEqual([{ events: 0 }]);
    const kept = await pool.query(
      "SELECT sum(attempts)::int AS attempts FROM attempt_rollups WHERE day = '2026-05-01'",
    );
    expect(kept.rows).toEqual([{ attempts: 1 }]);
  });

  test('an outcome that comes after its attempts were dropped still changes what its task counts as', async () => {
    const task = keyed('a late commit');
    const mine = { task, class: 'late-commit', hour: '2026-06-06T10:00Z' };
    await takeIn([attempt(mine), outcome({ ...mine, revision: 0, outcome: 'unknown' })], '2026-06-06');
    await tidyUsage(pool, Date.parse('2026-07-14T00:00Z'), never);
    await takeIn([outcome({ ...mine, hour: '2026-07-06T10:00Z', revision: 1, outcome: 'committed' })], '2026-07-14');
    const { rows } = await pool.query(
      "SELECT day, outcome, tasks FROM task_rollups WHERE class = 'late-commit' AND tasks <> 0",
    );
    expect(rows).toEqual([{ day: '2026-06-06', outcome: 'committed', tasks: 1 }]);
  });

  test('a task of which nothing was heard for long is forgotten, and is never counted again', async () => {
    const { rows: before } = await pool.query("SELECT count(*)::int AS tasks FROM tasks WHERE seen = '2026-07-06'");
    expect(before).toEqual([{ tasks: 1 }]);
    const tidied = await tidyUsage(pool, Date.parse('2026-09-15T00:00Z'), never);
    expect(tidied?.forgottenTasks).toBe(1);
    const task = keyed('a late commit');
    await takeIn(
      [outcome({ task, class: 'late-commit', hour: '2026-09-14T10:00Z', revision: 2, outcome: 'undone' })],
      '2026-09-15',
    );
    const { rows } = await pool.query(
      "SELECT outcome, tasks FROM task_rollups WHERE class = 'late-commit' AND tasks <> 0",
    );
    expect(rows).toEqual([{ outcome: 'committed', tasks: 1 }]);
  });

  test('days of months that are long over become one, and nothing of their sums is lost', async () => {
    await takeIn(teamEvents({ seed: 5, count: 900, people: 7, days: 33, until: '2026-10-05' }), '2026-10-05');
    expect((await recount(pool, ORG)).filter(({ differences }) => differences > 0)).toEqual([]);
    const before = await sums();
    await tidyUsage(pool, Date.parse('2026-12-29T00:00Z'), never);
    const { rows: early } = await pool.query(
      "SELECT DISTINCT date_trunc('month', day)::date AS month FROM attempt_rollups WHERE span = 'month' ORDER BY 1",
    );
    expect(early.map(({ month }) => String(month))).toEqual(['2026-05-01', '2026-06-01']);
    const tidied = await tidyUsage(pool, Date.parse('2026-12-30T00:00Z'), never);
    expect(tidied?.foldedMonths).toBe(5);
    const { rows } = await pool.query<{ span: string; day: string }>(
      "SELECT DISTINCT span, day FROM task_rollups WHERE day >= '2026-09-01' ORDER BY 1 DESC, 2 LIMIT 2",
    );
    expect(rows).toEqual([
      { span: 'month', day: '2026-09-01' },
      { span: 'day', day: '2026-10-01' },
    ]);
    expect(await sums()).toEqual(before);
    const again = await tidyUsage(pool, Date.parse('2026-12-30T01:00Z'), never);
    expect(again?.foldedMonths).toBe(0);
  });

  test('what changes after its month was added up is added to it', async () => {
    const task = keyed('a task that is told of for months');
    const mine = { task, class: 'for-months', labels: { 'cost-center': 'R-9' } };
    const first = Date.parse('2027-01-10T00:00Z');
    const dayAfter = (days: number): string => new Date(first + days * 86_400_000).toISOString().slice(0, 10);
    await takeIn(
      [
        attempt({ ...mine, hour: `${dayAfter(0)}T10:00Z` }),
        outcome({ ...mine, hour: `${dayAfter(0)}T11:00Z`, outcome: 'unknown' }),
      ],
      dayAfter(0),
    );
    for (let revision = 1; revision <= 8; revision += 1) {
      const day = dayAfter(30 * revision);
      const told = revision % 2 === 0 ? 'kept' : 'undone';
      await takeIn([outcome({ ...mine, hour: `${day}T10:00Z`, revision, outcome: told })], day);
      await tidyUsage(pool, Date.parse(`${day}T12:00Z`), never);
    }
    const { rows } = await pool.query(
      `SELECT span, day, class, labels, outcome, tasks, attempts, cost_nano_usd FROM task_rollups
       WHERE class = 'for-months' AND tasks <> 0`,
    );
    expect(rows).toEqual([
      {
        span: 'month',
        day: '2027-01-01',
        class: 'for-months',
        labels: mine.labels,
        outcome: 'kept',
        tasks: 1,
        attempts: 1,
        cost_nano_usd: '1500000',
      },
    ]);
    const { rows: days } = await pool.query(
      "SELECT count(*)::int AS days FROM task_rollups WHERE span = 'day' AND day < '2027-02-01'",
    );
    expect(days).toEqual([{ days: 0 }]);
    expect((await recount(pool, ORG)).filter(({ differences }) => differences > 0)).toEqual([]);
  });

  test('a month that cannot be added up stops no other one', async () => {
    const past = '2027-10-05';
    await takeIn([attempt({ hour: '2027-10-01T10:00Z' }), attempt({ hour: '2027-10-02T10:00Z' })], past);
    const other = { class: 'whole', hour: '2027-10-03T10:00Z' };
    await takeIn([attempt(other), outcome({ ...other, task: keyed('one'), hour: other.hour })], past);
    await takeIn([attempt({ ...other, task: keyed('one') })], past);
    await pool.query(
      "UPDATE attempt_rollups SET attempts = 2147483647 WHERE class = 'docs' AND day IN ('2027-10-01', '2027-10-02')",
    );
    await expect(tidyUsage(pool, Date.parse('2028-03-01T00:00Z'), never)).rejects.toMatchObject({ code: '22003' });
    const { rows } = await pool.query("SELECT span, tasks FROM task_rollups WHERE class = 'whole' AND tasks <> 0");
    expect(rows).toEqual([{ span: 'month', tasks: 1 }]);
    await pool.query('DELETE FROM attempt_rollups WHERE attempts = 2147483647');
  });

  test('two servers do not tidy at once', async () => {
    const at = Date.parse('2028-03-02T00:00Z');
    const both = await Promise.all([tidyUsage(pool, at, never), tidyUsage(pool, at, never)]);
    expect(both.some((one) => one !== undefined)).toBe(true);
    const client = await pool.connect();
    await client.query('SELECT pg_advisory_lock(7301003)');
    expect(await tidyUsage(pool, at, never)).toBeUndefined();
    await client.query('SELECT pg_advisory_unlock(7301003)');
    client.release();
  });

  test('what does not add up is found', async () => {
    for (const wrong of [
      'UPDATE attempt_rollups SET cost_nano_usd = cost_nano_usd + 1 WHERE ctid = (SELECT ctid FROM attempt_rollups LIMIT 1)',
      `UPDATE task_rollups SET tasks = tasks + 1 WHERE ctid = (SELECT ctid FROM task_rollups LIMIT 1)`,
      'DELETE FROM attempt_presence WHERE ctid = (SELECT ctid FROM attempt_presence LIMIT 1)',
      'DELETE FROM task_presence WHERE ctid = (SELECT ctid FROM task_presence LIMIT 1)',
      `UPDATE route_rollups SET attempts = attempts + 1 WHERE ctid = (SELECT ctid FROM route_rollups LIMIT 1)`,
    ]) {
      await pool.query(
        'TRUNCATE usage_events, tasks, attempt_rollups, task_rollups, route_rollups, attempt_presence, task_presence',
      );
      await takeIn(teamEvents({ seed: 6, count: 100, people: 3, days: 2, until: '2028-03-02' }), '2028-03-02');
      expect((await recount(pool, ORG)).filter(({ differences }) => differences > 0)).toEqual([]);
      await pool.query(wrong);
      expect((await recount(pool, ORG)).filter(({ differences }) => differences > 0)).toHaveLength(1);
    }
  });
});
