import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.ts';
import { FileLock } from './fileLock.ts';
import { JoinedWrites } from './joinedWrites.ts';
import { type LateBounds, LateWrites } from './lateWrites.ts';
import { attempt, eachInAFolder, folder, now, opened } from './ledger.fixture.ts';
import type { Ledger } from './ledger.ts';

eachInAFolder();

let ledger: Ledger;
let other: DatabaseSync;
let news: string[];
beforeEach(async () => {
  ledger = await opened();
  news = [];
  ledger.tells((level, message) => news.push(`${level}: ${message}`));
  other = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 0 });
});
afterEach(() => other.close());

const lock = (): void => other.exec('BEGIN IMMEDIATE');
const free = (): void => other.exec('COMMIT');
const rows = (sql: string): unknown[] =>
  other
    .prepare(sql)
    .all()
    .map((row) => Object.values(row)[0]);
const ids = (): unknown[] => rows('SELECT attempt_id FROM intake ORDER BY n');
const settle = (id: string, more: object = {}): string =>
  ledger.settle(() => ledger.record(attempt({ id, taskId: 'task', costNanoUsd: 100, inputTokens: 1, ...more }))).kind;
const took = (work: () => void): number => {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
};

describe('while another program holds the file', () => {
  it('an attempt waits and counts, and it is written once the file is free', async () => {
    lock();
    expect(settle('a')).toBe('written');
    settle('b');
    settle('c');
    ledger.record(attempt({ id: 'd', costNanoUsd: 100 }));
    expect(ledger.costSince(0).costNanoUsd).toBe(400);
    expect(ledger.spentOnTask('task').costNanoUsd).toBe(300);
    const reason = '4 attempts wait to be written: the ledger is locked by another program.';
    expect(ledger.health).toEqual({ kind: 'degraded', reason });
    free();
    await expect.poll(() => ledger.health).toEqual({ kind: 'good' });
    expect(
      ledger
        .recent(9)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['a', 'b', 'c', 'd']);
    expect(rows("SELECT id FROM attempts WHERE id <> 'd' ORDER BY rowid")).toEqual(['a', 'b', 'c']);
    expect(ledger.costSince(0).costNanoUsd).toBe(400);
    expect(news).toEqual([
      'warn: 1 attempt waits to be written: the ledger is locked by another program. Budgets are not counted until then.',
      'info: The ledger can be written again: 4 attempts had waited, and nothing is lost.',
    ]);
  });

  it('only the first one stands still for it', async () => {
    const rounds: number[][] = [];
    for (const round of [1, 2, 3]) {
      lock();
      expect(took(() => settle(`first of ${round}`))).toBeLessThan(10_000);
      const later = [
        () => settle(`second of ${round}`),
        () => settle(`third of ${round}`),
        () => ledger.record(attempt({ id: `fourth of ${round}` })),
        () => ledger.reservations.reserve('budget', 5, now),
      ];
      rounds.push(later.map(took));
      free();
      await expect.poll(() => ledger.health).toEqual({ kind: 'good' });
    }
    // The first one waits a second. What else a busy machine takes is another's turn in each round.
    for (const place of rounds[0]!.keys()) expect(Math.min(...rounds.map((one) => one[place]!))).toBeLessThan(300);
  });

  it('what comes after the file is free waits its turn behind what has waited', async () => {
    lock();
    settle('a');
    free();
    settle('b');
    expect(ids()).toEqual([]);
    await expect.poll(() => ledger.health.kind).toBe('good');
    expect(ledger.recent(9).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('the ledger is not good, whether an attempt waits or not, and is good again by itself', async () => {
    lock();
    ledger.together(() => undefined);
    ledger.tasks.signal({ taskId: 'nobody', at: now, signal: 'accepted', source: 'editor' });
    expect(ledger.health).toMatchObject({
      kind: 'degraded',
      reason: expect.stringMatching(/locked by another program/),
    });
    free();
    await expect.poll(() => ledger.health).toEqual({ kind: 'good' });
    expect(news).toEqual([]);
  });

  it('everything that an attempt leaves behind waits with it, and what was seen of it behind it', async () => {
    const { id } = ledger.reservations.reserve('budget', 500, now);
    const session = { id: 's', at: now, target: 'a/b', class: 'c', wished: false, cachedTokens: 0, estimatedTokens: 9 };
    lock();
    ledger.settle(() => {
      ledger.record(attempt({ id: 'a', taskId: 'task', conversation: 'talk' }), ['tests'], [], ['file']);
      ledger.sessions.write(session);
      ledger.reservations.settle(id);
    });
    ledger.setOutcome('a', 'accepted');
    ledger.tasks.signal({ attemptId: 'a', at: now, signal: 'accepted', source: 'editor' });
    expect(ledger.reservations.held('budget', now)).toBe(0);
    expect(ledger.sessions.read('s', now)).toEqual(session);
    const asked = { conversation: 'talk', fileKeys: [], at: now, inToolLoop: false };
    expect(ledger.tasks.find(asked)).toEqual({ kind: 'open', id: 'task' });
    free();
    await expect.poll(() => ledger.health.kind).toBe('good');
    expect(ledger.recent(1)).toMatchObject([{ id: 'a', outcome: 'accepted' }]);
    expect(ledger.tasks.signals('task')).toMatchObject([{ signal: 'accepted' }]);
    expect(rows('SELECT id FROM sessions')).toEqual(['s']);
    expect(rows('SELECT id FROM reservations')).toEqual([]);
  });

  it('a mark that keeps an attempt from being sent is written before it', async () => {
    ledger.sync.begin('team', 'https://team.example');
    lock();
    ledger.sync.withhold('a', now);
    settle('a');
    free();
    await expect.poll(() => ledger.health.kind).toBe('good');
    expect(rows('SELECT attempt_id FROM withheld')).toEqual(['a']);
  });

  it.each<[string, (ledger: Ledger) => void]>([
    ['somebody says yes to sending', (one) => one.sync.begin('team', 'https://team.example')],
    ['somebody forgets what was not sent', (one) => one.sync.forgetUnsent()],
  ])('and then %s, what waited is not sent', async (_, say) => {
    ledger.sync.begin('otlp', 'https://collector.example');
    const elsewhere = await opened();
    lock();
    settle('a');
    free();
    say(elsewhere);
    settle('b');
    await expect.poll(() => ledger.health.kind).toBe('good');
    settle('c');
    expect(ledger.recent(9)).toHaveLength(3);
    expect(rows('SELECT attempt_id FROM withheld')).toEqual(['a']);
  });

  it('what a team lets this user spend is charged when that is possible', async () => {
    const { leases } = ledger;
    const lease = { id: 'lease', amountNanoUsd: 1_000, validForMs: 3_600_000 };
    const standing = { limitNanoUsd: 9_000, settledNanoUsd: 0, committedNanoUsd: 1_000 };
    const turn = leases.takeTurn('account', now, 1_000);
    const request = turn.kind === 'yours' ? turn.request : '';
    leases.granted('account', { request, lease, standing, isUsedUp: false }, { sentAt: now, now });
    expect(leases.hold('account', 'asked', 600, now)).toBe(true);
    lock();
    ledger.settle(() => {
      ledger.record(attempt({ id: 'a', requestId: 'asked', costNanoUsd: 70, inputTokens: 1 }));
      leases.settle('asked');
    });
    expect(leases.standing('account', now)).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 600 });
    free();
    await expect.poll(() => ledger.health.kind).toBe('good');
    expect(leases.standing('account', now)).toMatchObject({ spentNanoUsd: 70, heldNanoUsd: 0 });
  });
});

describe('what waits', () => {
  const waits = (bounds: LateBounds) => {
    const lock = new FileLock(other);
    const writes = new JoinedWrites(other, lock);
    const said: string[] = [];
    const late = new LateWrites(
      writes,
      lock,
      { era: () => '', withhold: () => undefined, over: () => undefined },
      bounds,
    );
    late.tells((level, message) => said.push(`${level}: ${message}`));
    const written: string[] = [];
    const run = (id: string, model = 'm'): void => {
      const settlement = {
        counted: { attempt: attempt({ id, model }), classes: [], conditions: [], fileKeys: [] },
        session: undefined,
        released: [],
      };
      late.run({ settlement, write: () => writes.atomically(() => void written.push(id)) });
    };
    return { late, said, written, run };
  };
  const holder = (): DatabaseSync => {
    const held = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 0 });
    held.exec('BEGIN IMMEDIATE');
    return held;
  };

  it.each([
    ['in number', { writes: 2, characters: 1e9 }, 'm'],
    ['in size, whatever a client calls its model', { writes: 1e9, characters: 3_000 }, 'm'.repeat(1_000)],
  ])('is bounded %s: what came first is kept, and what is lost is said, then and later', async (_, bounds, model) => {
    const held = holder();
    const { late, said, written, run } = waits(bounds);
    for (const id of ['a', 'b', 'c', 'd']) run(id, model);
    expect([...late.settlements()].map(({ counted }) => counted.attempt.id)).toEqual(['a', 'b']);
    expect(said.slice(1)).toEqual([
      'error: 2 attempts wait to be written, and no more can: what is asked from now on is lost.',
    ]);
    held.exec('COMMIT');
    held.close();
    await expect.poll(() => late.trouble).toBeUndefined();
    expect(written).toEqual(['a', 'b']);
    expect(said.at(-1)).toBe(
      'error: The ledger can be written again: 2 attempts had waited, and 2 more are lost: figures and budgets lack them.',
    );
    expect(late.loss).toMatch(/^2 attempts are lost, and no sum has what they cost/);
    run('e');
    expect(written).toEqual(['a', 'b', 'e']);
  });

  it('is not kept where what it rests on was lost, though it would fit', async () => {
    const held = holder();
    const small = { attempt: { id: 'b' } as Attempt, classes: [], conditions: [], fileKeys: [] };
    const settlement = { counted: small, session: undefined, released: [] };
    const { late, written, run } = waits({ writes: 1e9, characters: 3_000 });
    run('a', 'm'.repeat(1_000));
    const [before] = [...late.settlements()];
    run('filling', 'm'.repeat(3_000 - 2 * JSON.stringify(before).length + 1_000 - 'filling'.length - 200));
    late.run({ write: () => void written.push('mark of b') });
    late.run({ settlement, write: () => void written.push('b') });
    expect([...late.settlements()].map(({ counted }) => counted.attempt.id)).toEqual(['a', 'filling']);
    held.exec('COMMIT');
    held.close();
    await expect.poll(() => late.trouble).toBeUndefined();
    run('c');
    expect(written).toEqual(['a', 'filling', 'c']);
  });

  it('may wait again where there was no room before', async () => {
    const { late, run, said } = waits({ writes: 1, characters: 1e9 });
    for (const round of [1, 2]) {
      const held = holder();
      run(`${round}`);
      expect([...late.settlements()]).toHaveLength(1);
      held.exec('COMMIT');
      held.close();
      await expect.poll(() => late.trouble).toBeUndefined();
    }
    expect(late.loss).toBeUndefined();
    expect(said.filter((one) => one.startsWith('error'))).toEqual([]);
  });
});

describe('at the end', () => {
  it('what waits is written where that is possible by then', () => {
    lock();
    for (const id of ['a', 'b']) settle(id);
    free();
    ledger.close();
    expect(rows('SELECT id FROM attempts ORDER BY rowid')).toEqual(['a', 'b']);
  });

  it('it is said how much is lost, and nothing is tried any more', async () => {
    lock();
    for (const id of ['a', 'b']) settle(id);
    ledger.close();
    expect(news.at(-1)).toBe('error: 2 attempts were not written down: the ledger is locked by another program.');
    const said = news.length;
    free();
    await sleep(600);
    expect([rows('SELECT id FROM attempts'), news.length]).toEqual([[], said]);
  });
});

it('files of a task are written again where the transaction that they were written in could not be ended', () => {
  // What a full disk does to a commit.
  other.exec(`CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER t AFTER INSERT ON attempts WHEN NEW.id = 'first' BEGIN INSERT INTO c VALUES (1); END`);
  const record = (id: string): unknown => ledger.record(attempt({ id, taskId: 'task' }), ['tests'], [], ['file']);
  expect(ledger.together(() => record('first'))).toMatchObject({ kind: 'failed' });
  expect(ledger.recent(9)).toEqual([]);
  expect(ledger.together(() => record('second'))).toEqual({ kind: 'written' });
  expect(rows('SELECT file_key FROM task_files')).toEqual(['file']);
});
