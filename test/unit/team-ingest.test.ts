// What installations send is taken in once, whatever of it is wrong, and adds up to what single events say.
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { recount } from '../../src/team/usage/recount.ts';
import { usageRoutes } from '../../src/team/usage/usageRoutes.ts';
import type { UsageEvent } from '../../src/usage/sync/event.ts';
import { newEventId } from '../../src/usage/sync/eventId.ts';
import { attempt, keyed, outcome, seeded, shuffled, teamEvents } from '../host/teamSamples.ts';
import { ORG, startTeamStage, TEAM } from '../host/teamStage.ts';

const NOW = Date.parse('2026-11-23T12:30Z');
const stage = await startTeamStage({ now: NOW, parts: (services) => [usageRoutes(services)] });

afterAll(() => stage?.stop());

const hasPostgres = stage !== undefined;
const token = await stage?.token();

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | null;
}

async function send(
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
  bearer = token,
): Promise<Answer> {
  const response = await fetch(`${stage?.url}/v1/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}`, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: response.status, body: await response.json(), retryAfter: response.headers.get('retry-after') };
}

const batch = (events: readonly unknown[]): string => JSON.stringify({ version: 1, events });
const sendEvents = (events: readonly unknown[], bearer = token): Promise<Answer> => send(batch(events), {}, bearer);

async function differences(): Promise<readonly unknown[]> {
  if (stage === undefined) return [];
  return (await recount(stage.pool, ORG)).filter((one) => one.differences > 0);
}

async function rows<Row>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  const result = await stage?.pool.query(sql, [...values]);
  return (result?.rows ?? []) as Row[];
}

describe.runIf(hasPostgres)('ingest', () => {
  test('the same events count once, packed or not, in one request or in several', async () => {
    const events = [attempt(), attempt(), attempt()];
    expect(await sendEvents(events)).toMatchObject({ status: 200, body: { accepted: 3, duplicate: 0, refused: [] } });
    const packed = await send(gzipSync(batch([...events, attempt()])), { 'content-encoding': 'gzip' });
    expect(packed).toMatchObject({ status: 200, body: { accepted: 1, duplicate: 3 } });
    const [first] = events;
    const twice = attempt();
    expect(await sendEvents([twice, first, twice])).toMatchObject({ body: { accepted: 1, duplicate: 2 } });
    expect(await sendEvents([{ ...twice, id: twice.id.toUpperCase() }])).toMatchObject({ body: { duplicate: 1 } });
    expect(await differences()).toEqual([]);
  });

  test('an event that can never be accepted is refused by itself, and the others are taken', async () => {
    const good = attempt();
    const bad: readonly [unknown, string][] = [
      [{ ...attempt(), path: 'src/secret.ts' }, 'invalid'],
      [{ ...attempt(), inputTokens: -1 }, 'invalid'],
      [{ ...attempt(), class: 'a path/with a slash' }, 'invalid'],
      [{ ...attempt(), hour: '2026-02-30T10:00Z' }, 'invalid'],
      [{ ...attempt(), hour: '2026-11-23T10:15Z' }, 'invalid'],
      [{ ...attempt(), event: 'prompt' }, 'invalid'],
      [{ ...attempt(), id: 'not-a-uuid' }, 'invalid'],
      [{ ...attempt(), id: randomUUID() }, 'invalid'],
      [{ ...attempt(), id: newEventId('2026-11-23T11:00Z') }, 'invalid'],
      [{ ...outcome(), outcome: 'splendid' }, 'invalid'],
      [JSON.parse(`{"__proto__":{"event":"attempt"},"id":"${randomUUID()}"}`), 'invalid'],
      [attempt({ hour: '2026-10-19T23:00Z' }), 'too-old'],
      [attempt({ hour: '2026-11-24T13:00Z' }), 'from-the-future'],
    ];
    const answer = await sendEvents([...bad.map(([event]) => event), good, attempt({ hour: '2026-10-20T00:00Z' })]);
    expect(answer).toMatchObject({ status: 200, body: { accepted: 2, duplicate: 0 } });
    expect((answer.body as { refused: unknown }).refused).toEqual(
      bad.map(([event, code]) => ({ id: (event as { id: string }).id, code })),
    );
    expect(await differences()).toEqual([]);
  });

  test.each<[string, () => Promise<Answer>, number]>([
    ['another version', () => send('{"version":2,"events":[{}]}'), 422],
    ['no events', () => send('{"version":1,"events":[]}'), 422],
    ['another field', () => send(JSON.stringify({ version: 1, events: [attempt()], host: 'laptop' })), 422],
    ['an event without an id', () => sendEvents([{ event: 'attempt' }]), 422],
    ['an event with an endless id', () => sendEvents([{ ...attempt(), id: 'x'.repeat(65) }]), 422],
    ['a list', () => send('[]'), 422],
    ['what is no JSON', () => send('{'), 400],
    ['1,001 events', () => sendEvents(Array.from({ length: 1_001 }, () => ({ id: 'x' }))), 413],
    ['a body of many megabytes', () => send(' '.repeat(5_000_000)), 413],
    ['a bomb', () => send(gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' }), 413],
    ['another packing', () => send('x', { 'content-encoding': 'br' }), 415],
    ['another type', () => send('x', { 'content-type': 'text/plain' }), 415],
    ['deep lists', () => send(`{"version":1,"events":${'['.repeat(5_000)}${']'.repeat(5_000)}}`), 422],
  ])('is not read: %s', async (_what, request, status) => {
    expect((await request()).status).toBe(status);
  });

  test('only a token of a team that is for it lets anything in', async () => {
    const lease = await stage?.token('lease');
    for (const wrong of ['', 'rpt_x', `rpt_${'a'.repeat(43)}`, lease]) {
      expect((await sendEvents([attempt()], wrong ?? '')).status).toBe(401);
    }
  });

  test('what one team sends is no duplicate of what another one sent', async () => {
    const other = await stage?.addTeam('Search');
    const theirs = await stage?.token('ingest', other);
    const event = attempt();
    expect(await sendEvents([event])).toMatchObject({ body: { accepted: 1 } });
    expect(await sendEvents([event], theirs)).toMatchObject({ body: { accepted: 1 } });
  });

  test('a task is counted by its newest outcome, at the cost of all attempts, whichever came first', async () => {
    const task = keyed('a task in any order');
    const mine = { task, class: 'in-any-order' };
    const events: readonly UsageEvent[] = [
      attempt({ ...mine, costNanoUsd: 100, hour: '2026-11-21T23:00Z', inputTokens: 900, cacheReadTokens: 0 }),
      attempt({ ...mine, costNanoUsd: 30, hour: '2026-11-22T00:00Z', outcome: 'failed', failure: 'server' }),
      unpriced(attempt({ ...mine, hour: '2026-11-22T01:00Z' })),
      outcome({ ...mine, revision: 0, outcome: 'unknown', hour: '2026-11-22T02:00Z' }),
      outcome({ ...mine, revision: 1, outcome: 'kept', previous: 'unknown', hour: '2026-11-23T02:00Z' }),
      outcome({ ...mine, revision: 2, outcome: 'committed', previous: 'kept', hour: '2026-11-23T04:00Z' }),
    ];
    const random = seeded(7);
    for (let order = 0; order < 12; order += 1) {
      const own = keyed(`${task} ${order}`);
      for (const event of shuffled(events, random)) {
        expect(await sendEvents([{ ...event, id: newEventId(event.hour), task: own }])).toMatchObject({ status: 200 });
      }
    }
    const all = await rows(
      `SELECT day, outcome, tasks, attempts, cost_nano_usd::int AS cost, squared_cost::int AS squared, unpriced, size_0, size_1
       FROM task_rollups WHERE class = 'in-any-order' AND tasks <> 0`,
    );
    expect(all).toEqual([
      {
        day: '2026-11-21',
        outcome: 'committed',
        tasks: 12,
        attempts: 36,
        cost: 12 * 130,
        squared: 12 * 130 ** 2,
        unpriced: 12,
        size_0: 0,
        size_1: 12,
      },
    ]);
    expect(await differences()).toEqual([]);
  });

  test('a task under two names is one person’s, in whatever order they come', async () => {
    const first = { person: 'f'.repeat(16), class: 'two-names' };
    const second = { person: '0'.repeat(16), class: 'two-names' };
    const orders: readonly (readonly (typeof first)[])[] = [
      [first, first, second],
      [second, first, first],
      [first, second, first],
    ];
    for (const [order, [one = first, two = first, three = first]] of orders.entries()) {
      const task = keyed(`two names ${order}`);
      expect(await sendEvents([attempt({ ...one, task }), outcome({ ...two, task })])).toMatchObject({ status: 200 });
      expect(await sendEvents([attempt({ ...three, task })])).toMatchObject({ status: 200 });
      expect(await sendEvents([outcome({ ...first, task, revision: 1, outcome: 'undone' })])).toMatchObject({
        status: 200,
      });
    }
    const people = await rows(
      `SELECT person, sum(task_presence.tasks)::int AS tasks FROM task_presence JOIN task_rollups USING (org_id, team_id, day, span, cell)
       WHERE class = 'two-names' AND task_rollups.tasks <> 0 GROUP BY person HAVING sum(task_presence.tasks) <> 0`,
    );
    expect(people).toEqual([{ person: second.person, tasks: 3 }]);
    expect(await differences()).toEqual([]);
  });

  test('an id counts once: with another hour, on its day or on another one, it is no event', async () => {
    const event = attempt({ class: 'two-days', hour: '2026-11-22T10:00Z' });
    expect(await sendEvents([event])).toMatchObject({ body: { accepted: 1 } });
    for (const hour of ['2026-11-22T11:00Z', '2026-11-23T10:00Z']) {
      const refused = [{ id: event.id, code: 'invalid' }];
      expect(await sendEvents([{ ...event, hour }])).toMatchObject({ body: { accepted: 0, duplicate: 0, refused } });
    }
    expect(await sendEvents([event])).toMatchObject({ body: { accepted: 0, duplicate: 1 } });
    expect(await rows(`SELECT 1 FROM usage_events WHERE class = 'two-days'`)).toHaveLength(1);
    expect(await differences()).toEqual([]);
  });

  test('in whatever order and however often events come, roll-ups are what single events add up to', async () => {
    const events = teamEvents({ seed: 11, count: 3_000, people: 12, days: 9, until: '2026-11-23' });
    const random = seeded(3);
    const sent = shuffled([...events, ...shuffled(events, random).slice(0, 900)], random);
    const batches: UsageEvent[][] = [];
    for (let at = 0; at < sent.length; ) {
      const size = 1 + Math.floor(random() ** 3 * 300);
      batches.push(sent.slice(at, at + size));
      at += size;
    }
    let accepted = 0;
    // Eight at once, so that statements and waiting requests mix.
    await Promise.all(
      Array.from({ length: 8 }, async (_, lane) => {
        for (let next = lane; next < batches.length; next += 8) {
          const answer = await sendEvents(batches[next] ?? []);
          expect(answer.status).toBe(200);
          accepted += (answer.body as { accepted: number }).accepted;
        }
      }),
    );
    expect(accepted).toBe(events.length);
    const attempts = events.filter((event) => event.event === 'attempt');
    const [sums] = await rows<{ attempts: number; cost: number }>(
      `SELECT sum(attempts)::int AS attempts, sum(cost_nano_usd)::float8 AS cost FROM attempt_rollups
       WHERE (team_id, policy) IN (($1, $2), ($1, $3))`,
      [TEAM, keyed('policy new'), keyed('policy old')],
    );
    expect(sums).toEqual({
      attempts: attempts.length,
      cost: attempts.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0),
    });
    expect(await differences()).toEqual([]);
  });
});

function unpriced(event: ReturnType<typeof attempt>): UsageEvent {
  const { costNanoUsd: _cost, billedNanoUsd: _billed, price: _price, ...rest } = event;
  return rest;
}
