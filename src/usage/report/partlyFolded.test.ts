import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from '../attempt.ts';
import { JoinedWrites } from '../joinedWrites.ts';
import type { Ledger } from '../ledger.ts';
import { openLedger } from '../ledgerFile.ts';
import { Retention } from '../retention.ts';
import { readAttemptCells } from './attemptCells.ts';
import { DAY_MS } from './dayRange.ts';
import { focusCsv } from './exports/focus.ts';
import { readFocusCells } from './exports/focusCells.ts';
import { readSuccesses, totalsOf, usageDays } from './figures.ts';
import { readTaskCells } from './taskCells.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const today = Math.floor(now / DAY_MS);
const old = today - 3;
const range = { firstDay: old, lastDay: today };
const NAME = '2026-11-19';

let folder: string;
let ledger: Ledger;
let database: DatabaseSync;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'partly-folded-'));
  const opened = await openLedger(folder, now);
  if (opened.kind !== 'open') throw new Error(opened.reason);
  ({ ledger } = opened);
  database = new DatabaseSync(join(folder, 'ledger.sqlite'));
});
afterEach(() => {
  database.close();
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
function attempt(at: number, taskId: string, more: Partial<Attempt> = {}): void {
  made += 1;
  ledger.record({
    id: `attempt-${made}`,
    requestId: `request-${made}`,
    taskId,
    at,
    surface: 'agent',
    kind: 'agent',
    class: 'docs',
    rule: 'docs',
    policyHash: 'hash',
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    place: 0,
    outcome: 'served',
    inputTokens: 100,
    outputTokens: 10,
    costNanoUsd: 1_000,
    billedNanoUsd: 1_000,
    billing: 'metered',
    ...more,
  });
}

const end = (outcome: string): void => {
  database.prepare('UPDATE tasks SET outcome = ?, settled = 1, closed_at = last_at').run(outcome);
};

/** Ten tasks of an old day and one that goes on after its midnight; and what else is asked for. */
function fill(): void {
  const start = old * DAY_MS;
  for (let n = 0; n < 10; n++) attempt(start + n * 60_000, `task-${n}`);
  attempt(start + DAY_MS - 60_000, 'late');
  attempt(start + DAY_MS + 60_000, 'late');
  // The newest row is never added up.
  attempt(now - 1_000, 'new');
  end('kept');
}

function foldOldest(): void {
  const retention = new Retention(database, new JoinedWrites(database), { keptMs: 2 * DAY_MS, mostBytes: 1e12 });
  expect(retention.begin(now, 'test')).toBe(true);
  while (retention.step(now, 'test') === 'more');
}

/** All that reports say of days. */
function figures() {
  const attempts = readAttemptCells(database, range);
  const successes = readSuccesses(database, range);
  return {
    days: usageDays(range, attempts, successes),
    totals: totalsOf(attempts, readTaskCells(database, range)),
    focus: readFocusCells(database, range),
  };
}

describe('a day of which a part is added up', () => {
  it('says what it said before', () => {
    fill();
    const before = figures();
    expect(before.days[0]).toMatchObject({ day: NAME, successes: 11 });
    expect(before.focus[0]).toMatchObject({ day: NAME, tasks: 11, successes: 11 });
    foldOldest();
    expect(database.prepare('SELECT SUM(tasks) AS tasks FROM task_days').get()).toEqual({ tasks: 10 });
    expect(database.prepare(`SELECT COUNT(*) AS tasks FROM tasks WHERE opened_at < ?`).get((old + 1) * DAY_MS)).toEqual(
      { tasks: 1 },
    );
    expect(figures()).toEqual(before);
  });

  it('is one row of FOCUS for each kind of tokens', () => {
    fill();
    foldOldest();
    // An attempt of that day that another process wrote down late.
    attempt(old * DAY_MS + 5_000, 'task-late', { cacheReadTokens: 50 });
    end('kept');
    const ofDay = readFocusCells(database, range).filter(({ day }) => day === NAME);
    expect(ofDay).toEqual([
      expect.objectContaining({ input: 1_200, cacheRead: 50, output: 120, listNanoUsd: 12_000, tasks: 12 }),
    ]);
  });
});

describe('what is billed', () => {
  const billed = (): readonly [panel: number, focus: number] => [
    totalsOf(readAttemptCells(database, range), readTaskCells(database, range)).billedNanoUsd,
    readFocusCells(database, range).reduce((sum, { billedNanoUsd }) => sum + billedNanoUsd, 0),
  ];

  it('is what the real one of two attempts asks for, in the panel as in FOCUS, before and after a day is added up', () => {
    attempt(old * DAY_MS, 'task-a', { costNanoUsd: 1_000, billedNanoUsd: 900 });
    attempt(old * DAY_MS + 1, 'task-b', { costNanoUsd: 500, billedNanoUsd: 500, simulated: true });
    attempt(now - 1_000, 'new', { costNanoUsd: 70, billedNanoUsd: 70, simulated: true });
    end('kept');
    const before = figures();
    expect(billed()).toEqual([900, 900]);
    foldOldest();
    expect(database.prepare('SELECT COUNT(*) AS days FROM days').get()).toEqual({ days: 1 });
    expect(billed()).toEqual([900, 900]);
    expect(figures()).toEqual(before);
    expect(database.prepare('SELECT billed_nano_usd AS billed FROM task_days').get()).toEqual({ billed: 900 });
  });

  it('of what an older version has added up is not more than what was real', () => {
    attempt(old * DAY_MS, 'task-a');
    attempt(old * DAY_MS + 1, 'task-b', { costNanoUsd: 500, billedNanoUsd: 500, simulated: true });
    attempt(now - 1_000, 'new', { costNanoUsd: 0, billedNanoUsd: 0 });
    end('kept');
    foldOldest();
    database.exec('UPDATE days SET billed_nano_usd = 1500');
    expect(billed()).toEqual([1_000, 1_000]);
    database.exec("UPDATE days SET billing = ''");
    expect(billed()).toEqual([1_000, 1_000]);
  });

  it('of what cost nothing is nothing, and says of no real model that it is a stand-in', () => {
    attempt(old * DAY_MS, 'task-a', { costNanoUsd: 0, billedNanoUsd: 0 });
    attempt(now - 1_000, 'new', { costNanoUsd: 0, billedNanoUsd: 0 });
    end('kept');
    for (const fold of [() => undefined, foldOldest]) {
      fold();
      expect(readFocusCells(database, range).map(({ isSimulated }) => isSimulated)).toEqual([false, false]);
    }
  });

  it('of a stand-in alone is nothing, and says that it is one', () => {
    attempt(old * DAY_MS, 'task-a', { simulated: true });
    attempt(now - 1_000, 'new', { simulated: true });
    end('kept');
    for (const fold of [() => undefined, foldOldest]) {
      fold();
      expect(billed()).toEqual([0, 0]);
      expect(readFocusCells(database, range).map(({ isSimulated }) => isSimulated)).toEqual([true, true]);
    }
  });
});

describe('FOCUS', () => {
  const lines = (): readonly (readonly string[])[] => {
    const text = focusCsv(readFocusCells(database, range), { ratesOf: () => undefined, makerOf: () => undefined });
    const [head = '', ...rows] = text.trimEnd().split('\r\n');
    const places = ['x_Class', 'x_Work', 'x_TokenKind', 'x_Tasks', 'x_SuccessfulTasks'].map((name) =>
      head.split(',').indexOf(name),
    );
    return rows.map((row) => places.map((place) => row.split(',')[place] ?? ''));
  };

  it('never adds completions and changes of a class and a model up with one another, folded or not', () => {
    const start = old * DAY_MS;
    attempt(start, 'change');
    attempt(start + 1, 'completion-1', { surface: 'completion', kind: 'completion' });
    attempt(start + 2, 'completion-2', { surface: 'completion', kind: 'completion' });
    attempt(now - 1_000, 'new', { class: 'new' });
    end('kept');
    const apart = [
      ['docs', 'change', 'input', '1', '1'],
      ['docs', 'change', 'output', '0', '0'],
      ['docs', 'completion', 'input', '2', '2'],
      ['docs', 'completion', 'output', '0', '0'],
      ['new', 'change', 'input', '1', '1'],
      ['new', 'change', 'output', '0', '0'],
    ];
    expect(lines()).toEqual(apart);
    foldOldest();
    expect(lines()).toEqual(apart);
  });

  it('counts a task whose attempts have no bill on the day that it was opened on', () => {
    const refused = { class: 'docs', provider: undefined, model: undefined, inputTokens: undefined };
    attempt(old * DAY_MS, 'late', { ...refused, outcome: 'blocked' } as unknown as Partial<Attempt>);
    attempt(now - 1_000, 'late');
    end('kept');
    const cells = readFocusCells(database, range);
    expect(cells.map(({ day, tasks, listNanoUsd }) => [day, tasks, listNanoUsd])).toEqual([
      ['2026-11-22', 0, 1_000],
      [NAME, 1, 0],
    ]);
    expect(totalsOf([], readTaskCells(database, range)).tasks).toBe(1);
    expect(lines()[0]).toEqual(['docs', 'change', 'input', '1', '1']);
  });
});
