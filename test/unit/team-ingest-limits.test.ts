// What a server does when more comes than it can take, and when its database does not answer.
import type { Hono } from 'hono';
import type { Pool } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import type { TeamEnv, TeamServices } from '../../src/team/services.ts';
import type { IncomingEvent } from '../../src/team/usage/eventColumns.ts';
import { EventWriter } from '../../src/team/usage/eventWriter.ts';
import { recount } from '../../src/team/usage/recount.ts';
import { usageRoutes } from '../../src/team/usage/usageRoutes.ts';
import { attempt, seeded, shuffled } from '../host/teamSamples.ts';
import { ORG, startTeamStage, TEAM } from '../host/teamStage.ts';

const NOW = Date.parse('2026-11-23T12:30Z');
const parts = (services: TeamServices): readonly Hono<TeamEnv>[] => [
  usageRoutes(services, { pointsPerMinute: 400, writer: { mostWaiting: 10 } }),
];
const stage = await startTeamStage({ now: NOW, parts });
afterAll(() => stage?.stop());

const events = (count: number): readonly IncomingEvent[] =>
  Array.from({ length: count }, () => ({ teamId: TEAM, day: '2026-11-23', event: attempt() }));

describe.runIf(stage !== undefined)('limits', () => {
  const pool = stage?.pool as Pool;

  async function send(token: string, count: number): Promise<Response> {
    return fetch(`${stage?.url}/v1/ingest`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ version: 1, events: Array.from({ length: count }, () => attempt()) }),
    });
  }

  /** Nothing can be written while this is under way. */
  async function whileLocked(work: () => Promise<void>): Promise<void> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN; LOCK TABLE usage_events IN ACCESS EXCLUSIVE MODE');
      await work();
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  async function count(): Promise<number> {
    const { rows } = await pool.query('SELECT count(*)::int AS events FROM usage_events');
    return rows[0].events;
  }

  async function waitingForLock(): Promise<number | null> {
    const { rowCount } = await pool.query(
      "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%COPY usage_events%'",
    );
    return rowCount;
  }

  test('a team that sends more than its share is asked to wait, and others are not', async () => {
    const busy = await stage?.token('ingest', await stage.addTeam('Busy'));
    const other = await stage?.token('ingest', await stage.addTeam('Quiet'));
    const answers = [];
    for (let request = 0; request < 25; request += 1) answers.push(await send(busy ?? '', 8));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(statuses.slice(22))).toEqual(new Set([429]));
    const wait = Number(answers.at(-1)?.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect((await send(other ?? '', 8)).status).toBe(200);
  });

  test('what is more than may wait is sent back at once, and what waits is taken', async () => {
    const token = (await stage?.token('ingest', await stage.addTeam('Waiting'))) ?? '';
    expect((await send(token, 1)).status).toBe(200);
    let first: Promise<Response> | undefined;
    await whileLocked(async () => {
      first = send(token, 8);
      await expect.poll(waitingForLock).toBe(1);
      expect((await send(token, 3)).headers.get('retry-after')).toBe('5');
      expect((await send(token, 3)).status).toBe(503);
    });
    expect(await (await first)?.json()).toMatchObject({ accepted: 8 });
  });

  test('requests that come while a statement is under way go together in the next one', async () => {
    let transactions = 0;
    const counting = new Proxy(pool, {
      get: (target, name) => {
        if (name === 'connect') transactions += 1;
        return Reflect.get(target, name) as unknown;
      },
    });
    const writer = new EventWriter(counting);
    await writer.write(ORG, events(1));
    const before = transactions;
    const results = await Promise.all(Array.from({ length: 40 }, () => writer.write(ORG, events(3))));
    expect(results).toEqual(results.map(() => ({ kind: 'written', accepted: 3, duplicate: 0 })));
    expect(transactions - before).toBeLessThanOrEqual(2);
    expect(transactions).toBeGreaterThan(before);
  });

  test('what one request has that the database does not take, the others need not suffer for', async () => {
    const writer = new EventWriter(pool);
    await writer.write(ORG, events(1));
    const [good] = events(1);
    const bad = { ...good, event: attempt({ inputTokens: 2 ** 40 }) } as IncomingEvent;
    const results = await Promise.all([
      writer.write(ORG, events(1)),
      writer.write(ORG, events(2)),
      writer.write(ORG, [bad]),
      writer.write(ORG, events(2)),
    ]);
    expect(results).toEqual([
      { kind: 'written', accepted: 1, duplicate: 0 },
      { kind: 'written', accepted: 2, duplicate: 0 },
      { kind: 'failed', code: '22003' },
      { kind: 'written', accepted: 2, duplicate: 0 },
    ]);
  });

  test('what two servers are sent at once, in whatever order, counts once', async () => {
    const random = seeded(5);
    const writers = [new EventWriter(pool), new EventWriter(pool)];
    const before = await count();
    const mine = events(60);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, time) =>
        writers[time % 2]?.write(ORG, shuffled(mine, random).slice(0, 40 + time)),
      ),
    );
    expect(results.every((result) => result?.kind === 'written')).toBe(true);
    await writers[0]?.write(ORG, mine);
    const accepted = results.reduce((sum, result) => sum + (result?.kind === 'written' ? result.accepted : 0), 0);
    expect(accepted).toBeLessThanOrEqual(60);
    expect((await count()) - before).toBe(60);
    expect((await recount(pool, ORG)).filter(({ differences }) => differences > 0)).toEqual([]);
  });

  test('events of a request that the database broke off count once when they come again', async () => {
    const writer = new EventWriter(pool);
    const mine = events(5);
    let broken: Awaited<ReturnType<EventWriter['write']>> | undefined;
    await whileLocked(async () => {
      const writing = writer.write(ORG, mine);
      await expect
        .poll(async () => {
          const { rowCount } = await pool.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%usage_events%'",
          );
          return rowCount;
        })
        .toBe(1);
      broken = await writing;
    });
    expect(broken).toEqual({ kind: 'failed', code: '57P01' });
    expect(await writer.write(ORG, mine)).toEqual({ kind: 'written', accepted: 5, duplicate: 0 });
    expect(await writer.write(ORG, mine)).toEqual({ kind: 'written', accepted: 0, duplicate: 5 });
  });

  test('money beyond what a column of whole numbers holds is added up all the same', async () => {
    const writer = new EventWriter(pool);
    const dear = Array.from({ length: 1_000 }, () => ({
      teamId: TEAM,
      day: '2026-11-23',
      event: attempt({ class: 'dear', costNanoUsd: 1e15, billedNanoUsd: 1e15, inputTokens: 1e9 }),
    }));
    for (let times = 0; times < 10; times += 1) {
      const again = dear.map((one) => ({ ...one, event: { ...one.event, id: crypto.randomUUID() } }));
      expect(await writer.write(ORG, again)).toMatchObject({ kind: 'written' });
    }
    const { rows } = await pool.query("SELECT cost_nano_usd AS cost FROM attempt_rollups WHERE class = 'dear'");
    expect(rows).toEqual([{ cost: '10000000000000000000' }]);
  });
});
