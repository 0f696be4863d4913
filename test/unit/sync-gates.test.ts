// Nothing is sent unless everything allows it: looked at where the connection would come in.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNetwork, type Network } from '../../src/providers/network.ts';
import type { Ledger } from '../../src/usage/ledger.ts';
import { openLedger } from '../../src/usage/ledgerFile.ts';
import { linkOf } from '../../src/usage/sync/membership.ts';
import type { SyncGates } from '../../src/usage/sync/standing.ts';
import { Sync } from '../../src/usage/sync/sync.ts';
import { isAllowedWithoutEditor, noteTelemetry } from '../../src/usage/sync/telemetry.ts';
import { ownTimeOf } from '../host/ownClock.ts';
import { decide, declarePolicy, madeAttempt, madeTask } from '../host/syncSamples.ts';
import { type EventStore, sqliteEvents } from '../simulated/eventStore.ts';
import { type Mishap, startTeamServer, type TeamServer, TOKEN } from '../simulated/teamServer.ts';

const OPEN: SyncGates = { trusted: true, telemetry: true, enabled: true };
const SALT = 'salt-of-a-team-in-a-test';

let folder: string;
let received: string;
let events: EventStore;
let team: TeamServer;
let ledger: Ledger;
let network: Network;
let sync: Sync;
let logged: string[];
let clock: () => number;
let serial = 1;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sync-gates-'));
  received = mkdtempSync(join(tmpdir(), 'sync-gates-server-'));
  events = sqliteEvents(received);
  team = await startTeamServer(events);
  network = createNetwork({});
  const opened = await openLedger(folder, Date.now());
  if (opened.kind !== 'open') throw new Error(opened.reason);
  ({ ledger } = opened);
  logged = [];
  clock = () => Date.now();
  sync = another();
});

afterEach(async () => {
  await sync.dispose();
  await network.dispose();
  ledger.close();
  await team.stop();
  await events.close();
  for (const one of [folder, received]) rmSync(one, { recursive: true, force: true });
});

/** What another process of this user has. */
function another(): Sync {
  return new Sync({
    store: ledger.sync,
    folder,
    managedFolders: [],
    common: { providers: new Set(['anthropic']) },
    fetch: network.fetch,
    now: () => clock(),
    log: (_level, message) => logged.push(message),
    times: { everyMs: 30_000, soonMs: 20_000, leaseMs: 5_000, deadlineMs: 50_000, firstMs: 1_000, longestMs: 900_000 },
    chance: () => 1,
  });
}

function record(by = sync, changes: Parameters<typeof madeAttempt>[1] = {}): number {
  serial += 1;
  const attempt = madeAttempt(serial, changes);
  by.recording(attempt.id);
  ledger.record(attempt);
  return serial;
}

const link = (): string => linkOf({ endpoint: team.url, token: TOKEN, salt: SALT, name: 'Payments' });
const serials = async (): Promise<number[]> =>
  (await events.all())
    .flatMap((event) => (event.event === 'attempt' ? [event.inputTokens ?? 0] : []))
    .sort((a, b) => a - b);

function behave(...mishaps: Mishap[]): void {
  team.mishap = () => mishaps.shift() ?? { kind: 'none' };
}

describe('no connection is opened', () => {
  const cases: readonly (readonly [string, SyncGates, () => void, string])[] = [
    ['before a team was joined', OPEN, () => undefined, 'nowhere'],
    ['before the person was asked', OPEN, () => sync.join(link()), 'unasked'],
    [
      'while the question stands, or was closed',
      OPEN,
      () => [sync.join(link()), sync.claimQuestion('team', sync.standing().team.place ?? '')],
      'not-agreed',
    ],
    ['after a no', OPEN, () => [sync.join(link()), decide(sync, 'team', false)], 'not-agreed'],
    [
      'while the editor’s telemetry is off',
      { ...OPEN, telemetry: false },
      () => [sync.join(link()), decide(sync, 'team', true)],
      'telemetry-off',
    ],
    [
      'while our setting is off',
      { ...OPEN, enabled: false },
      () => [sync.join(link()), decide(sync, 'team', true)],
      'switched-off',
    ],
    [
      'in a workspace that is not trusted',
      { ...OPEN, trusted: false },
      () => [sync.join(link()), decide(sync, 'team', true)],
      'untrusted',
    ],
    ['while it is paused', OPEN, () => [sync.join(link()), decide(sync, 'team', true), sync.pause(true)], 'paused'],
    ['after the team was left', OPEN, () => [sync.join(link()), decide(sync, 'team', true), sync.leave()], 'nowhere'],
  ];

  test.each(cases)('%s', async (_what, gates, prepare, state) => {
    sync.configure(gates);
    prepare();
    expect(sync.standing().team.state).toBe(state);
    for (let count = 0; count < 5; count += 1) record();
    await sync.flush();
    await sync.flush();
    await sleep(50);
    expect(team.connections).toBe(0);
  });
});

describe('what is sent', () => {
  beforeEach(() => {
    sync.join(link());
    sync.configure(OPEN);
  });

  test('is what happened after the person agreed', async () => {
    record();
    decide(sync, 'team', true);
    const after = record();
    await sync.flush();
    expect(await serials()).toEqual([after]);
  });

  test('never has what happened in a process that might not send, whoever sends', async () => {
    decide(sync, 'team', true);
    const untrusted = another();
    untrusted.configure({ ...OPEN, trusted: false });
    const before = record();
    record(untrusted);
    sync.configure({ ...OPEN, telemetry: false });
    record();
    sync.configure(OPEN);
    untrusted.configure(OPEN);
    const after = record(untrusted);
    await sync.flush();
    expect(await serials()).toEqual([before, after]);
    await untrusted.dispose();
  });

  test('ends at once when the editor’s telemetry is switched off, and comes whole and once when it is on again', async () => {
    decide(sync, 'team', true);
    const made = record();
    behave({ kind: 'slow', ms: 20_000 });
    const flushed = sync.flush();
    while (team.requests.length === 0) await sleep(5);
    const tookMs = await ownTimeOf(async () => {
      sync.configure({ ...OPEN, telemetry: false });
      await flushed;
    });
    expect(tookMs).toBeLessThan(1_000);
    await sync.flush();
    expect(team.requests).toHaveLength(1);
    sync.configure(OPEN);
    await sync.flush();
    expect(await serials()).toEqual([made]);
  });

  test('waits while it is paused, unless it is deleted', async () => {
    decide(sync, 'team', true);
    const first = record();
    sync.pause(true);
    await sync.flush();
    expect(team.connections).toBe(0);
    sync.pause(false);
    await sync.flush();
    expect(await serials()).toEqual([first]);
    sync.pause(true);
    record();
    record();
    expect(sync.deleteUnsent()).toBe(2);
    const last = record();
    sync.pause(false);
    await sync.flush();
    expect(await serials()).toEqual([first, last]);
  });

  test('goes out byte for byte as it was shown', async () => {
    decide(sync, 'team', true);
    record();
    record();
    const { next } = sync.sentAndNext('team');
    await sync.flush();
    expect(team.requests.map(({ body }) => body)).toEqual([next]);
    expect(sync.sentAndNext('team')).toMatchObject({ next: undefined, last: { body: next } });
    expect(team.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'content-encoding': 'gzip' });
  });

  test('can be looked at before it is agreed to, and the look keeps and sends nothing', async () => {
    record();
    const { example, next } = sync.sentAndNext('team');
    expect(next).toBeUndefined();
    expect(example).toContain('"event":"attempt"');
    await sync.flush();
    expect(team.connections).toBe(0);
    expect(ledger.sync.outbox.counts('team').waiting).toBe(0);
  });

  test('has declared names and labels, and “other” for the rest; who used it changes names after 28 days', async () => {
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 5_000 });
    declarePolicy(
      database,
      { classes: ['org:docs'], providers: ['house'], targets: ['house/tuned-here:7b'] },
      { 'cost-centre': '4711', path: '/home/x' },
    );
    database.close();
    decide(sync, 'team', true);
    record(sync, {
      class: 'org:docs',
      rule: 'undeclared',
      provider: 'house',
      model: 'tuned-here:7b',
      client: 'somebody',
    });
    record(sync, {
      class: 'docs',
      at: Date.now() - 29 * 86_400_000,
      failure: 'ENOENT: /home/x',
      model: 'secret-model',
    });
    await sync.flush();
    const [one, other] = [...(await events.all())].sort((a, b) => (a.hour < b.hour ? 1 : -1));
    expect(one).toMatchObject({
      class: 'docs',
      rule: 'other',
      provider: 'house',
      model: 'tuned-here:7b',
      client: 'other',
      labels: { 'cost-centre': '4711' },
    });
    expect(one?.hour).toMatch(/:00Z$/);
    expect(Object.keys(one?.labels ?? {})).toEqual(['cost-centre']);
    expect(other).toMatchObject({ class: 'other', provider: 'anthropic', model: 'other', failure: 'other' });
    expect(one?.person).toMatch(/^[0-9a-f]{16}$/);
    expect(one?.person).not.toBe(other?.person);
  });

  test('tells a task’s outcome once it is closed, and again when it changes', async () => {
    decide(sync, 'team', true);
    serial = Math.ceil(serial / 10) * 10 - 1;
    const made = record();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 5_000 });
    madeTask(database, made);
    await sync.flush();
    await sync.flush();
    madeTask(database, made, 'committed');
    await sync.flush();
    database.close();
    const outcomes = (await events.all()).flatMap((event) => (event.event === 'outcome' ? [event] : []));
    expect(outcomes.map(({ outcome, revision, previous }) => [outcome, revision, previous]).sort()).toEqual([
      ['committed', 1, 'kept'],
      ['kept', 0, undefined],
    ]);
    const attempt = (await events.all()).find(({ event }) => event === 'attempt');
    expect(new Set([attempt?.task, ...outcomes.map(({ task }) => task)]).size).toBe(1);
  });
});

describe('a server that will not have it', () => {
  beforeEach(() => {
    sync.join(link());
    decide(sync, 'team', true);
    sync.configure(OPEN);
  });

  test('for good has it once: the event is counted, and never sent again', async () => {
    const bad = record();
    const good = record();
    team.mishap = () => ({
      kind: 'refuse',
      code: 'too-old',
      when: (event) => event.event === 'attempt' && event.inputTokens === bad,
    });
    await sync.flush();
    await sync.flush();
    expect(team.requests).toHaveLength(1);
    expect(await serials()).toEqual([good]);
    expect(sync.standing().team.counts).toMatchObject({ waiting: 0, sent: 1, refused: { 'too-old': 1 } });
  });

  test('now says for how long, and other processes wait as well', async () => {
    record();
    behave({ kind: 'status', status: 429, retryAfter: '120' });
    await sync.flush();
    const other = another();
    other.configure(OPEN);
    const now = Date.now();
    clock = () => now + 100_000;
    await other.flush();
    expect(team.requests).toHaveLength(1);
    clock = () => now + 125_000;
    await other.flush();
    expect(team.requests).toHaveLength(2);
    expect(sync.standing().team).toMatchObject({ state: 'sending', counts: { sent: 1 } });
    await other.dispose();
  });

  test.each([413, 422])('as a whole (%i) gets it in halves, and only what is wrong stays away', async (status) => {
    const now = Date.now();
    // In this order: what is wrong is told apart by what is taken after it.
    const made = Array.from({ length: 7 }, (_, place) => record(sync, { at: now + place }));
    team.mishap = () => {
      const { body = '' } = team.requests.at(-1) ?? {};
      return body.includes(`"inputTokens":${made[3]},`) ? { kind: 'status', status } : { kind: 'none' };
    };
    await sync.flush();
    expect(await serials()).toEqual(made.filter((one) => one !== made[3]));
    expect(sync.standing().team.counts).toMatchObject({ waiting: 0, sent: 6 });
  });

  test.each<readonly [string, Mishap, RegExp]>([
    ['does not know the token', { kind: 'status', status: 401 }, /join the team anew/],
    ['is none', { kind: 'status', status: 404 }, /404/],
    ['answers with a redirect', { kind: 'status', status: 302 }, /302/],
    ['answers with something else', { kind: 'answer', body: '<html>' }, /not that of a team/],
    ['speaks of fewer events', { kind: 'answer', body: '{"accepted":0,"duplicate":0,"refused":[]}' }, /does not speak/],
    [
      'refuses an event that was not sent',
      { kind: 'answer', body: '{"accepted":0,"duplicate":0,"refused":[{"id":"x","code":"y"}]}' },
      /does not speak/,
    ],
  ])('%s: what waits is kept, and people are told without secrets', async (_what, mishap, words) => {
    const made = record();
    behave(mishap);
    await sync.flush();
    const { team: standing } = sync.standing();
    expect(standing).toMatchObject({ state: 'failing', counts: { waiting: 1, sent: 0 } });
    expect(standing.trouble).toMatch(words);
    expect(JSON.stringify([standing, logged])).not.toContain(TOKEN);
    const now = Date.now();
    clock = () => now + 2_000;
    await sync.flush();
    expect(await serials()).toEqual([made]);
  });

  test('and weeks without a network: what is too old is dropped, and counted', async () => {
    const now = Date.now();
    record(sync, { at: now - 31 * 86_400_000 });
    const made = record(sync, { at: now - 29 * 86_400_000 });
    await sync.flush();
    expect(await serials()).toEqual([made]);
    expect(sync.standing().team.counts).toMatchObject({ dropped: 1, sent: 1 });
  });
});

test('the team’s file is this user’s alone, and its token is in no other file', async () => {
  sync.join(link());
  decide(sync, 'team', true);
  sync.configure(OPEN);
  record();
  await sync.flush();
  if (process.platform !== 'win32') expect(statSync(join(folder, 'team.json')).mode & 0o077).toBe(0);
  const holding = readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(TOKEN));
  expect(holding).toEqual(['team.json']);
  const salted = readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(SALT));
  expect(salted).toEqual(['team.json']);
});

test.each([
  [undefined, {}, false],
  [undefined, { ROUTING_POLICY_TELEMETRY: 'on' }, true],
  ['on', {}, true],
  ['on', { ROUTING_POLICY_TELEMETRY: 'off' }, false],
  ['on', { DO_NOT_TRACK: '1' }, false],
  ['off', { ROUTING_POLICY_TELEMETRY: 'on' }, false],
])('without an editor: one that last said %s, and %j', (said, env, allowed) => {
  if (said !== undefined) noteTelemetry(ledger.sync.facts, said === 'on');
  expect(isAllowedWithoutEditor(ledger.sync.facts, env)).toBe(allowed);
});
