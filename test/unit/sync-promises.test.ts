// What people are promised of what is sent holds at its edges too: another team's answer, a new period, a wrong clock, a
// window that was not trusted, and a server that takes nothing or wants to know a machine again.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OutcomeEvent } from '../../src/usage/sync/event.ts';
import { MembershipError } from '../../src/usage/sync/membership.ts';
import type { SyncStanding } from '../../src/usage/sync/standing.ts';
import type { Sync } from '../../src/usage/sync/sync.ts';
import { ownTimeOf } from '../host/ownClock.ts';
import { decide } from '../host/syncSamples.ts';
import { OPEN, type SyncStage, setSyncStage } from '../host/syncStage.ts';

const DAY = 86_400_000;
const PERIOD = 28 * DAY;

let stage: SyncStage;
let sync: Sync;

beforeEach(async () => {
  stage = await setSyncStage();
  sync = stage.process();
  sync.configure(OPEN);
});

afterEach(() => stage.end());

describe('an answer is about the place that was shown', () => {
  const manage = (): void => {
    const team = { endpoint: 'https://managed.example', token: 'token-token-token-token', salt: 'salt-salt-salt-salt' };
    writeFileSync(join(stage.managedFolder, 'team.json'), JSON.stringify(team));
  };

  test('and about no other one that has come since', () => {
    sync.join(stage.link());
    const shown = sync.standing().team.place ?? '';
    manage();
    sync.answer('team', true, shown);
    expect(sync.claimQuestion('team', shown)).toBe(false);
    expect(sync.standing().team).toMatchObject({ host: 'managed.example', state: 'unasked' });
  });

  test('and about no other path of the same host, which may be another team', () => {
    sync.join(stage.link(`${stage.team.url}/one`), true);
    expect(sync.standing().team.state).toBe('sending');
    sync.join(stage.link(`${stage.team.url}/other`));
    expect(sync.standing().team.state).toBe('unasked');
  });

  test('and a link cannot be joined where an administrator has set up a team', () => {
    manage();
    expect(() => sync.describe(stage.link())).toThrow(MembershipError);
    expect(() => sync.join(stage.link(), true)).toThrow('An administrator');
    expect(sync.standing().team).toMatchObject({ host: 'managed.example', state: 'unasked' });
  });

  test.each([true, false])('and is given once: joining with it (%s) leaves nothing to ask', (agreed) => {
    const told: SyncStanding[] = [];
    const asking = stage.process({ changed: (standing) => told.push(standing) });
    asking.configure(OPEN);
    asking.join(stage.link(), agreed);
    expect(told.map(({ team }) => team.state)).not.toContain('unasked');
    expect(asking.standing().team.state).toBe(agreed ? 'sending' : 'not-agreed');
  });
});

const refusals: readonly (readonly [string, (by: Sync) => unknown])[] = [
  ['a no to the question', (by) => decide(by, 'team', false)],
  ['leaving the team', (by) => by.leave()],
  ['joining another one without sending', (by) => by.join(stage.link('https://other.example'), false)],
  ['pausing', (by) => by.pause(true)],
  ['deleting what is not sent yet', (by) => by.deleteUnsent()],
];

describe.each(['this', 'another'])('in %s window', (which) => {
  const decider = (): Sync => {
    if (which === 'this') return sync;
    const other = stage.process();
    other.configure(OPEN);
    return other;
  };

  test.each(refusals)('%s ends at once what is under way', async (_what, refuse) => {
    sync.join(stage.link(), true);
    stage.record(sync);
    stage.team.mishap = () => ({ kind: 'slow', ms: 20_000 });
    const flushed = sync.flush();
    while (stage.team.requests.length === 0) await sleep(5);
    const tookMs = await ownTimeOf(async () => {
      refuse(decider());
      await flushed;
    });
    expect(tookMs).toBeLessThan(2_000);
    expect(sync.standing().team.trouble).toBeUndefined();
  });

  test.each(refusals)('%s holds for what waits until the server can be asked again', async (_what, refuse) => {
    sync.join(stage.link(), true);
    stage.record(sync);
    stage.team.mishap = () => ({ kind: 'status', status: 503 });
    await sync.flush();
    expect(stage.team.requests).toHaveLength(1);
    refuse(decider());
    stage.now += DAY;
    await sync.flush();
    expect(stage.team.requests).toHaveLength(1);
  });
});

test('since when nothing could be sent is known until something could', async () => {
  sync.join(stage.link(), true);
  stage.record(sync);
  stage.team.mishap = () => ({ kind: 'status', status: 503 });
  const since = stage.now;
  for (let hours = 0; hours < 3; hours += 1) {
    await sync.flush();
    stage.now += 3_600_000;
  }
  expect(sync.standing().team).toMatchObject({ state: 'failing', failingSince: since });
  stage.team.mishap = () => ({ kind: 'none' });
  await sync.flush();
  expect(sync.standing().team.failingSince).toBeUndefined();
});

describe('a machine is not known again', () => {
  test('by what the server has said to it: beside the events there is nothing', async () => {
    const odd = stage.process({
      fetch: async (input, init) => {
        const answer = await fetch(input, init);
        const date = new Date(stage.now - 345_678 * 60_000).toUTCString();
        return new Response(answer.body, {
          status: answer.status,
          headers: { date, etag: 'f00', 'set-cookie': 'f=00' },
        });
      },
    });
    odd.configure(OPEN);
    odd.join(stage.link(), true);
    for (let count = 0; count < 3; count += 1) {
      stage.record(odd);
      await odd.flush();
    }
    const { requests } = stage.team;
    expect(requests).toHaveLength(3);
    expect(requests.map(({ body }) => Object.keys(JSON.parse(body) as object))).toEqual(
      requests.map(() => ['version', 'events']),
    );
    const [first, ...others] = requests.map(({ headers }) => Object.keys(headers).sort());
    for (const other of others) expect(other).toEqual(first);
  });

  test('by a task that goes on into the next period of names', async () => {
    sync.join(stage.link(), true);
    const border = Math.ceil(stage.now / PERIOD) * PERIOD;
    for (const at of [border - 60_000, border + 60_000]) {
      stage.now = at;
      stage.record(sync, { taskId: 'task-over-the-border' });
    }
    await sync.flush();
    const arrived = await stage.arrived();
    expect(arrived).toHaveLength(2);
    expect(new Set(arrived.map(({ person }) => person)).size).toBe(2);
    // In one body the two names would be known for one person's.
    const named = stage.team.requests.map(({ body }) => new Set(body.match(/"person":"[^"]+"/g)).size);
    expect(named).toEqual([1, 1]);
    expect(new Set(arrived.map(({ task }) => task)).size).toBe(2);
  });
});

describe('of a task', () => {
  const outcomes = async (): Promise<readonly OutcomeEvent[]> =>
    (await stage.arrived()).flatMap((event) => (event.event === 'outcome' ? [event] : []));
  const open = (id: string): void => {
    stage.database
      .prepare(
        `INSERT INTO tasks (id, opened_at, last_at, surface, kind, class, policy_hash, outcome)
         VALUES (?, ?, ?, 'agent', 'agent', 'docs', 'ab', 'open') ON CONFLICT (id) DO NOTHING`,
      )
      .run(id, stage.now, stage.now);
  };
  const close = (id: string, outcome = 'kept'): void => {
    stage.database
      .prepare('UPDATE tasks SET closed_at = ?, outcome = ?, outcome_at = ?, settled = 1 WHERE id = ?')
      .run(stage.now, outcome, stage.now, id);
  };

  beforeEach(() => {
    sync.join(stage.link(), true);
  });

  test('that was followed from its first attempt on, the outcome is told', async () => {
    stage.record(sync, { taskId: 'told' });
    stage.record(sync, { taskId: 'told' });
    open('told');
    await sync.flush();
    close('told');
    await sync.flush();
    expect(await outcomes()).toHaveLength(1);
  });

  test('that was unknown by the horizon, a commit that comes days later is told', async () => {
    stage.record(sync, { taskId: 'late' });
    open('late');
    close('late', 'unknown');
    await sync.flush();
    stage.now += 5 * DAY;
    close('late', 'committed');
    await sync.flush();
    expect(await outcomes()).toMatchObject([
      { outcome: 'unknown', revision: 0 },
      { outcome: 'committed', revision: 1, previous: 'unknown' },
    ]);
  });

  test('whose attempts were deleted before they were sent, no outcome is told, whatever follows', async () => {
    stage.team.mishap = () => ({ kind: 'status', status: 503 });
    stage.record(sync, { taskId: 'deleted' });
    open('deleted');
    await sync.flush();
    expect(sync.deleteUnsent()).toBe(1);
    stage.team.mishap = () => ({ kind: 'none' });
    const after = stage.record(sync, { taskId: 'deleted' });
    close('deleted');
    stage.now += DAY;
    await sync.flush();
    expect(await stage.arrived()).toMatchObject([{ event: 'attempt', inputTokens: after }]);
  });

  test('whose attempt a hundred others further on was kept back, nothing of the whole is told', async () => {
    const untrusted = stage.process();
    untrusted.configure({ ...OPEN, trusted: false });
    stage.record(sync, { taskId: 'long' });
    for (let count = 0; count < 250; count += 1) stage.record(sync);
    stage.record(untrusted, { taskId: 'long' });
    open('long');
    close('long');
    await sync.flush();
    expect(await outcomes()).toEqual([]);
    expect(await stage.arrived()).toHaveLength(251);
  });

  test.each(['first', 'second'])('whose %s attempt was kept back, nothing of the whole is told', async (which) => {
    const untrusted = stage.process();
    untrusted.configure({ ...OPEN, trusted: false });
    for (const one of which === 'first' ? [untrusted, sync] : [sync, untrusted]) {
      stage.record(one, { taskId: 'in-two-windows' });
    }
    open('in-two-windows');
    close('in-two-windows');
    await sync.flush();
    expect((await stage.arrived()).map(({ event }) => event)).toEqual(['attempt']);
  });
});

describe('a clock that jumps a year ahead and back', () => {
  test('drops nothing that waits', async () => {
    sync.join(stage.link(), true);
    stage.team.mishap = () => ({ kind: 'status', status: 503 });
    for (let count = 0; count < 10; count += 1) stage.record(sync);
    const { now } = stage;
    await sync.flush();
    stage.now = now + 365 * DAY;
    await sync.flush();
    await sync.flush();
    stage.now = now + 3_600_000;
    stage.team.mishap = () => ({ kind: 'none' });
    await sync.flush();
    expect(sync.standing().team.counts).toMatchObject({ waiting: 0, sent: 10, dropped: 0 });
  });

  test('and sends nothing that is kept back', async () => {
    sync.join(stage.link(), true);
    await sync.flush();
    const untrusted = stage.process();
    untrusted.configure({ ...OPEN, trusted: false });
    stage.record(untrusted);
    const { now } = stage;
    stage.now = now + 365 * DAY;
    await sync.flush();
    stage.now = now + 3_600_000;
    await sync.flush();
    expect(stage.team.requests).toHaveLength(0);
  });
});

describe('a server that takes nothing', () => {
  const EVENTS = 300;
  beforeEach(() => {
    sync.join(stage.link(), true);
    // One after the other: what is wrong is told apart by what is taken after it.
    for (let count = 0; count < EVENTS; count += 1) stage.record(sync, { at: stage.now + count });
  });

  test.each([413, 422])('(%i) is left alone for a while, and nothing is given up for that', async (status) => {
    stage.team.mishap = () => ({ kind: 'status', status });
    await sync.flush();
    expect(stage.team.requests.length).toBeLessThanOrEqual(13);
    expect(sync.standing().team).toMatchObject({ state: 'failing', counts: { waiting: EVENTS, refused: {} } });
    await sync.flush();
    expect(stage.team.requests.length).toBeLessThanOrEqual(13);
    for (let count = 0; count < 5; count += 1) {
      stage.now += 3_600_000;
      await sync.flush();
    }
    expect(stage.team.requests.length).toBeLessThanOrEqual(18);
    stage.team.mishap = () => ({ kind: 'none' });
    stage.now += 3_600_000;
    await sync.flush();
    expect(sync.standing().team.counts).toMatchObject({ waiting: 0, sent: EVENTS, refused: {} });
    expect((await stage.arrived()).length).toBe(EVENTS);
  });

  test('is asked again when it has said that it may be', async () => {
    stage.team.mishap = () => ({ kind: 'status', status: 413, retryAfter: '600' });
    await sync.flush();
    expect(stage.team.requests).toHaveLength(1);
    stage.now += 590_000;
    await sync.flush();
    expect(stage.team.requests).toHaveLength(1);
    stage.now += 20_000;
    stage.team.mishap = () => ({ kind: 'none' });
    await sync.flush();
    expect(sync.standing().team.counts).toMatchObject({ waiting: 0, sent: EVENTS });
  });

  test('now and then has everything in the end: what it did not take in two such hours is not refused for it', async () => {
    const storm = async (): Promise<void> => {
      stage.team.mishap = () => ({ kind: 'status', status: 422 });
      for (let count = 0; count < 6; count += 1) {
        stage.now += 3_600_000;
        await sync.flush();
      }
    };
    await storm();
    // Some are taken, and then it takes nothing once more.
    let taken = 0;
    stage.team.mishap = () => {
      taken += 1;
      return taken <= 3 ? { kind: 'none' } : { kind: 'status', status: 422 };
    };
    stage.now += 3_600_000;
    await sync.flush();
    await storm();
    stage.team.mishap = () => ({ kind: 'none' });
    stage.now += 3_600_000;
    await sync.flush();
    expect(sync.standing().team.counts).toMatchObject({ waiting: 0, sent: EVENTS, refused: {} });
  });

  test('of some events is told apart from one that takes none: those alone are refused', async () => {
    stage.team.mishap = () => {
      const { body = '' } = stage.team.requests.at(-1) ?? {};
      return /"inputTokens":(?:13|14|157),/.test(body) ? { kind: 'status', status: 422 } : { kind: 'none' };
    };
    await sync.flush();
    expect(sync.standing().team.counts).toMatchObject({ waiting: 0, sent: EVENTS - 3, refused: { invalid: 3 } });
    expect(stage.team.requests.length).toBeLessThan(80);
  });
});
