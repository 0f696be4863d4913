import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.ts';
import type { Ledger } from './ledger.ts';
import { openLedger } from './ledgerFile.ts';

const now = 1_790_000_000_000;
let folder: string;
const open: Ledger[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'intake-'));
});

afterEach(() => {
  for (const ledger of open.splice(0)) ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(): Promise<Ledger> {
  const result = await openLedger(folder, now);
  if (result.kind !== 'open') throw new Error(JSON.stringify(result));
  open.push(result.ledger);
  return result.ledger;
}

const attempt = (id: string, more: Partial<Attempt> = {}): Attempt => ({
  id,
  requestId: `request of ${id}`,
  taskId: 'task',
  conversation: 'conversation',
  at: now,
  surface: 'gateway',
  kind: 'agent',
  class: 'work',
  rule: 'work',
  policyHash: 'hash',
  provider: 'anthropic',
  model: 'claude',
  place: 0,
  inputTokens: 10,
  outputTokens: 1,
  costNanoUsd: 100,
  latencyMs: 50,
  outcome: 'served',
  repoKey: 'repository',
  ...more,
});

/** As another process would see the tables. */
function rows(sql: string): unknown[] {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

const inTables = (): number => rows('SELECT id FROM attempts').length;
const waiting = (): number => rows('SELECT n FROM intake').length;
const session = { id: 's', at: now, target: 'a/b', class: 'work', wished: false, cachedTokens: 0, estimatedTokens: 9 };

describe('what is settled', () => {
  it('counts at once in every sum that a request asks for, in this process and in others', async () => {
    const [one, other] = [await opened(), await opened()];
    one.record(attempt('first'));
    const { id } = one.reservations.reserve('budget', 500, now);
    expect(other.reservations.held('budget', now)).toBe(500);
    one.settle(() => {
      one.record(attempt('second', { simulated: true }), ['work', 'other'], ['when'], ['file']);
      one.sessions.write(session);
      one.reservations.settle(id);
    });
    expect([inTables(), waiting()]).toEqual([1, 1]);
    for (const ledger of [one, other]) {
      expect(ledger.costSince(0)).toEqual({ costNanoUsd: 200, simulatedNanoUsd: 100, unpriced: 0 });
      expect(ledger.costSince(0, { class: 'other' }).costNanoUsd).toBe(100);
      expect(ledger.costSince(0, { class: 'none' }).costNanoUsd).toBe(0);
      expect(ledger.costSince(0, { condition: 'when' }).costNanoUsd).toBe(100);
      expect(ledger.costSince(0, { repoKey: 'elsewhere' }).costNanoUsd).toBe(0);
      expect(ledger.costSince(0, { team: 'ours' }).costNanoUsd).toBe(0);
      expect(ledger.costSince(now + 1).costNanoUsd).toBe(0);
      expect(ledger.costSince(0, {}, now).costNanoUsd).toBe(0);
      expect(ledger.reservations.held('budget', now)).toBe(0);
      expect(ledger.spentOnTask('task').costNanoUsd).toBe(200);
      expect(ledger.sessions.read('s', now)).toEqual(session);
    }
    expect([inTables(), waiting()]).toEqual([1, 1]);
  });

  it('counts with what had come in when a sum was asked for last, and again when that is filed', async () => {
    const [one, other] = [await opened(), await opened()];
    const count = (ledger: Ledger): readonly unknown[] => [
      ledger.costSince(0).costNanoUsd,
      ledger.spentOnTask('task').costNanoUsd,
      ledger.reservations.held('budget', now),
      ledger.sessions.read('s', now)?.estimatedTokens,
      ledger.tasks.find({ conversation: 'conversation', fileKeys: [], at: now, inToolLoop: false }),
    ];
    const [first, second] = [1, 2].map((n) => one.reservations.reserve('budget', n * 500, now).id);
    const settled = (id: string, reservation = '', tokens = 0): void => {
      one.settle(() => {
        one.record(attempt(id, { taskId: 'task' }));
        one.sessions.write({ ...session, estimatedTokens: tokens });
        one.reservations.settle(reservation);
      });
    };
    const both = (): readonly unknown[] => [count(one), count(other)];
    const twice = (...counted: readonly unknown[]): readonly unknown[] => [counted, counted];
    const task = { kind: 'open', id: 'task' };
    expect(both()).toEqual(twice(0, 0, 1_500, undefined, { kind: 'none' }));
    settled('a', first, 1);
    expect(both()).toEqual(twice(100, 100, 1_000, 1, task));
    settled('b', second, 2);
    expect(both()).toEqual(twice(200, 200, 0, 2, task));
    settled('a', first, 3);
    expect(count(one).slice(0, 3)).toEqual([200, 200, 0]);
    expect(waiting()).toBeGreaterThan(1);
    one.fileToRead();
    expect(both().map((counted) => (counted as unknown[]).slice(0, 3))).toEqual(twice(200, 200, 0));
    expect([inTables(), waiting()]).toEqual([2, 0]);
  });

  it('is in the tables a moment later, and comes to the same', async () => {
    const ledger = await opened();
    const { id } = ledger.reservations.reserve('budget', 500, now);
    ledger.settle(() => {
      ledger.record(attempt('one'), ['work', 'other'], ['when'], ['file']);
      ledger.sessions.write(session);
      ledger.reservations.settle(id);
    });
    await expect.poll(() => [inTables(), waiting()]).toEqual([1, 0]);
    expect(ledger.costSince(0, { class: 'other' })).toEqual({ costNanoUsd: 100, simulatedNanoUsd: 0, unpriced: 0 });
    expect(ledger.costSince(0, { condition: 'when' }).costNanoUsd).toBe(100);
    expect(ledger.reservations.held('budget', now)).toBe(0);
    expect(ledger.spentOnTask('task').costNanoUsd).toBe(100);
    expect(ledger.sessions.read('s', now)).toEqual(session);
    expect(rows('SELECT id FROM reservations')).toEqual([]);
    expect(rows('SELECT file_key AS key FROM task_files')).toEqual([{ key: 'file' }]);
  });

  it('before a yes to sending is never sent, and after it is', async () => {
    const [one, other] = [await opened(), await opened()];
    one.settle(() => one.record(attempt('before')));
    other.sync.begin('team', 'https://team.example');
    one.settle(() => one.record(attempt('after')));
    other.fileToRead();
    const place = (id: string): number =>
      Number(rows('SELECT id FROM attempts ORDER BY rowid').findIndex((row) => Reflect.get(Object(row), 'id') === id)) +
      1;
    const [start] = rows("SELECT value FROM sync WHERE name = 'start.team'");
    expect(start).toEqual({ value: String(place('before')) });
    expect(place('after')).toBe(place('before') + 1);
  });

  it('comes in with all that must be known of it before: others see both, or neither', async () => {
    const ledger = await opened();
    const other = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 0 });
    const announced: string[] = [];
    ledger.announces((id) => {
      announced.push(id);
      ledger.sync.facts.set('before', id);
      expect(waiting()).toBe(0);
      expect(() => other.exec('BEGIN IMMEDIATE')).toThrow(/locked/);
    });
    ledger.settle(() => ledger.record(attempt('settled')));
    other.close();
    expect([announced, waiting()]).toEqual([['settled'], 1]);
    expect(rows("SELECT value FROM sync WHERE name = 'before'")).toEqual([{ value: 'settled' }]);
    ledger.announces((id) => announced.push(id));
    ledger.record(attempt('by itself'));
    expect(announced).toEqual(['settled', 'by itself']);
  });

  it('is in the tables for whoever reads or changes those', async () => {
    const [one, other] = [await opened(), await opened()];
    const settle = (id: string): void => void one.settle(() => one.record(attempt(id)));
    settle('a');
    expect(one.recent(9).map(({ id }) => id)).toEqual(['a']);
    settle('b');
    expect(other.spentSince(0)).toMatchObject({ attempts: 2, costNanoUsd: 200 });
    settle('c');
    expect(other.tasks.signal({ attemptId: 'c', at: now, signal: 'accepted', source: 'editor' }).kind).toBe('written');
    expect(one.tasks.signals('task')).toHaveLength(1);
    settle('d');
    one.setOutcome('d', 'cut');
    expect(one.recent(1)[0]?.outcome).toBe('cut');
    settle('e');
    expect(one.tasks.closeByCommit('repository', 'all', { at: now })).toEqual(['task']);
    expect(one.tasks.read('task')).toMatchObject({ id: 'task', closedAt: now });
  });

  it('survives its process, which was killed at once', async () => {
    const source = `
      import { openLedger } from ${JSON.stringify(new URL('./ledgerFile.ts', import.meta.url).href)};
      const { ledger } = await openLedger(${JSON.stringify(folder)}, ${now});
      ledger.settle(() => ledger.record(${JSON.stringify(attempt('last'))}));
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { timeout: 60_000 });
    expect(signal).toBe('SIGKILL');
    expect([inTables(), waiting()]).toEqual([0, 1]);
    const ledger = await opened();
    expect(ledger.costSince(0).costNanoUsd).toBe(100);
    expect(ledger.recent(9).map(({ id }) => id)).toEqual(['last']);
    expect(waiting()).toBe(0);
  });

  it('is counted once, however many processes file it', async () => {
    const ledgers = [await opened(), await opened(), await opened()];
    for (let n = 0; n < 200; n++) {
      const ledger = ledgers[n % 3];
      ledger?.settle(() => ledger.record(attempt(`${n}`)));
      if (n % 17 === 0) ledgers[(n + 1) % 3]?.fileToRead();
      if (n % 23 === 0) expect(ledgers[(n + 2) % 3]?.costSince(0).costNanoUsd).toBe((n + 1) * 100);
    }
    for (const ledger of ledgers) ledger.fileToRead();
    expect([inTables(), waiting()]).toEqual([200, 0]);
    for (const ledger of ledgers) expect(ledger.spentOnTask('task').costNanoUsd).toBe(20_000);
  });

  it('keeps nothing else from being filed, whatever it is', async () => {
    const ledger = await opened();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    const strange = [
      '{',
      '[]',
      '{"counted":1}',
      '{"counted":{"attempt":{"id":"x"},"classes":[],"conditions":[]},"released":[]}',
    ];
    for (const body of strange) database.prepare('INSERT INTO intake (attempt_id, body) VALUES (?, ?)').run(body, body);
    database.close();
    ledger.settle(() => ledger.record(attempt('one')));
    expect(ledger.recent(9).map(({ id }) => id)).toEqual(['one']);
    expect(waiting()).toBe(0);
  });

  it('has no longer names than the tables, and gives up all that was set aside, whoever files it', async () => {
    const [one, other] = [await opened(), await opened()];
    const budget = 'a budget with a long name '.repeat(10);
    const { id } = one.reservations.reserve(budget, 500, now);
    one.settle(() => {
      one.record(attempt('one', { model: 'secret words '.repeat(100) }));
      one.reservations.settle(id);
    });
    expect(JSON.stringify(rows('SELECT body FROM intake')).length).toBeLessThan(1_500);
    other.fileToRead();
    expect([rows('SELECT id FROM reservations'), other.recent(1)[0]?.model?.length]).toEqual([[], 128]);
  });

  it('is not lost where the row cannot be written: the tables may be', async () => {
    const ledger = await opened();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    database.exec(
      'DROP TABLE intake; CREATE TABLE intake (n INTEGER PRIMARY KEY, attempt_id TEXT, body TEXT CHECK (0))',
    );
    database.close();
    const { id } = ledger.reservations.reserve('budget', 500, now);
    const result = ledger.settle(() => {
      ledger.record(attempt('one'));
      ledger.reservations.settle(id);
    });
    expect([result.kind, inTables(), ledger.reservations.held('budget', now)]).toEqual(['written', 1, 0]);
  });

  it('is counted once where its transaction could not be ended: by the tables, or not at all', async () => {
    const ledger = await opened();
    const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
    // What a full disk does to a commit.
    database.exec(`CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER t AFTER INSERT ON intake BEGIN INSERT INTO c VALUES (1); END`);
    database.close();
    expect(ledger.settle(() => ledger.record(attempt('one')))).toEqual({ kind: 'written' });
    expect([ledger.costSince(0).costNanoUsd, inTables(), waiting()]).toEqual([100, 1, 0]);
    let tries = 0;
    ledger.announces(() => {
      tries += 1;
      if (tries === 2) throw new Error('the file has become unreadable');
    });
    ledger.settle(() => ledger.record(attempt('two')));
    expect(ledger.health.kind).toBe('degraded');
    expect([ledger.costSince(0).costNanoUsd, inTables(), waiting()]).toEqual([100, 1, 0]);
  });
});

describe('a task', () => {
  const question = {
    conversation: 'conversation',
    repoKey: 'repository',
    fileKeys: ['f'],
    at: now + 60,
    inToolLoop: false,
  };

  it('is found by what was settled a moment ago, as by what is in the tables', async () => {
    const ledger = await opened();
    const finds = (): unknown[] =>
      [
        question,
        { ...question, at: now + 3_600_000 },
        { ...question, conversation: 'another' },
        { ...question, conversation: 'another', fileKeys: ['g'] },
        { ...question, conversation: 'another', repoKey: 'elsewhere' },
        { ...question, conversation: 'another', at: now + 3_600_000 },
        { ...question, conversation: 'aside' },
      ].map((asked) => ledger.tasks.find(asked));
    const expected = [
      { kind: 'open', id: 'task' },
      { kind: 'closed', id: 'task' },
      { kind: 'joined', id: 'task' },
      { kind: 'none' },
      { kind: 'none' },
      { kind: 'none' },
      { kind: 'open', id: 'beside' },
    ];
    ledger.settle(() => ledger.record(attempt('one'), [], [], ['f']));
    ledger.settle(() =>
      ledger.record(
        attempt('two', { taskId: 'beside', conversation: 'aside', surface: 'utility', latencyMs: 55 }),
        [],
        [],
        ['f'],
      ),
    );
    expect(finds()).toEqual(expected);
    expect(waiting()).toBe(2);
    ledger.fileToRead();
    expect(waiting()).toBe(0);
    expect(finds()).toEqual(expected);
    await sleep(0);
  });

  it('that a commit has closed stays closed for what comes after', async () => {
    const ledger = await opened();
    ledger.settle(() => ledger.record(attempt('one'), [], [], ['f']));
    ledger.tasks.closeByCommit('repository', 'all', { at: now });
    ledger.settle(() => ledger.record(attempt('two'), [], [], ['f']));
    expect(ledger.tasks.find(question)).toEqual({ kind: 'closed', id: 'task' });
    expect(ledger.tasks.find({ ...question, conversation: 'another' })).toEqual({ kind: 'none' });
    expect(ledger.tasks.find({ ...question, inToolLoop: true })).toEqual({ kind: 'open', id: 'task' });
  });
});
