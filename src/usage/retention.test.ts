import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import type { Attempt, AttemptOutcome } from './attempt.ts';
import { JoinedWrites } from './joinedWrites.ts';
import { Ledger } from './ledger.ts';
import { openLedger } from './ledgerFile.ts';
import { INTERVAL_MS, KEPT_MS, MOST_BYTES, Retention, type RetentionLimits } from './retention.ts';
import { IDLE_MS } from './task.ts';

const DAY_MS = 86_400_000;
const now = Date.parse('2026-11-22T12:00:00Z');
let folder: string;
let ledger: Ledger;
let database: DatabaseSync;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'retention-'));
  const result = await openLedger(folder, now);
  if (result.kind !== 'open') throw new Error(result.reason);
  ledger = result.ledger;
  database = new DatabaseSync(join(folder, 'ledger.sqlite'));
});
afterEach(() => {
  ledger.close();
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Numbers from 0 to 1, the same every time. */
function numbers(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const outcomes: readonly AttemptOutcome[] = ['served', 'served', 'cancelled', 'failed', 'cut', 'accepted', 'rejected'];

/** Requests of so many days up to now, some with fallbacks, refusals, stand-ins and models without a price. */
function fill(days: number, requestsADay: number): void {
  const random = numbers();
  const one = <Item>(list: readonly Item[]): Item => list[Math.floor(random() * list.length)] as Item;
  database.exec('PRAGMA synchronous = OFF');
  ledger.together(() => {
    for (let n = 0; n < days * requestsADay; n++) {
      const at = Math.round(now - days * DAY_MS + (n / requestsADay) * DAY_MS);
      const refused = random() < 0.05;
      const attempts = refused ? 1 : 1 + Math.floor(random() * 2.2);
      const of = one(['a', 'b', 'c']);
      const task = random() < 0.8 ? `task-${Math.floor(n / 3)}` : undefined;
      const repoKey = one(['here', 'there', undefined]);
      // The same for all attempts of a request, as the router makes them.
      const team = one(['t', undefined]);
      const classes = one([['a'], ['a', 'org:code'], []]);
      const conditions = one([[], ['one'], ['one', 'two']]);
      for (let place = 0; place < attempts; place++) {
        const cost = random() < 0.8 ? Math.round(random() * 1e9) : undefined;
        const attempt: Attempt = {
          id: `${n}-${place}`,
          requestId: `request-${n}`,
          at,
          surface: one(['chat', 'agent', 'completion']),
          kind: one(['chat', 'agent']),
          class: of,
          rule: of,
          policyHash: 'hash',
          place,
          outcome: refused ? 'blocked' : one(outcomes),
          ...(refused
            ? {}
            : {
                provider: 'p',
                model: `m${place}`,
                billing: one(['metered', 'seat']),
                inputTokens: 5,
                outputTokens: 3,
                reasoningTokens: 1,
              }),
          ...(cost === undefined || refused ? {} : { costNanoUsd: cost, billedNanoUsd: cost }),
          ...(random() < 0.1 ? { simulated: true } : {}),
          ...(place > 0 ? { fallbackFrom: 'p/m0' } : {}),
          ...(repoKey ? { repoKey } : {}),
          ...(team ? { team } : {}),
          ...(task ? { taskId: task } : {}),
        };
        ledger.record(attempt, classes, conditions);
      }
    }
  });
  while (ledger.tasks.closeIdle(now + IDLE_MS) > 0);
}

/** Everything that budgets and reports ask for. */
function figures(of: Ledger): unknown {
  const filters = [
    {},
    { class: 'a' },
    { class: 'org:code' },
    { repoKey: 'here' },
    { team: 't' },
    { condition: 'one' },
    { condition: 'two', class: 'a', repoKey: 'here' },
  ];
  return {
    spent: filters.map((filter) => [of.spentSince(0, filter), of.costSince(0, filter)]),
    month: of.costSince(Date.parse('2026-11-01')),
    classes: [...of.byClass(0, 'here')],
    cells: of.byClassAndModel(0),
    models: of.modelUse(0),
  };
}

/** By each of their columns. */
function taskFigures(): unknown {
  return ['class', 'provider', 'model', 'surface', 'kind', 'outcome'].map((column) =>
    database
      .prepare(
        `SELECT ${column}, SUM(n) AS n, SUM(cost) AS cost, SUM(billed) AS billed, SUM(attempts) AS attempts FROM (
           SELECT COALESCE(${column}, '') AS ${column}, COUNT(*) AS n, SUM(cost_nano_usd) AS cost, SUM(billed_nano_usd) AS billed, SUM(attempts) AS attempts FROM tasks GROUP BY 1
           UNION ALL
           SELECT ${column}, SUM(tasks), SUM(cost_nano_usd), SUM(billed_nano_usd), SUM(attempts) FROM task_days GROUP BY 1)
         GROUP BY ${column} ORDER BY ${column}`,
      )
      .all(),
  );
}

const count = (table: string): number => Number(database.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.['n']);
const oldest = (): number => Number(database.prepare('SELECT MIN(at) AS at FROM attempts').get()?.['at']);

function retention(limits: RetentionLimits = { keptMs: KEPT_MS, mostBytes: MOST_BYTES }): Retention {
  return new Retention(database, new JoinedWrites(database), limits);
}

/** Runs it as often as it is due until so much later. @returns the longest step, in milliseconds of processor time */
function run(work: Retention, at: number, times = 1): number {
  let longest = 0;
  for (let time = 0; time < times; time++) {
    const moment = at + time * INTERVAL_MS;
    if (!work.begin(moment, 'me')) continue;
    for (let more = true; more; ) {
      const startedAt = cpuNow();
      more = work.step(moment, 'me') === 'more';
      longest = Math.max(longest, cpuNow() - startedAt);
    }
  }
  return longest;
}

describe('days that are over', () => {
  it('are added up, and every sum is what it was, for who counted before and who begins to', () => {
    fill(100, 20);
    const before = figures(ledger);
    const tasks = taskFigures();
    run(retention(), now);
    expect(figures(ledger)).toEqual(before);
    const fresh = new Ledger(new DatabaseSync(join(folder, 'ledger.sqlite')));
    expect(figures(fresh)).toEqual(before);
    fresh.close();
    expect(taskFigures()).toEqual(tasks);
    expect(oldest()).toBeGreaterThanOrEqual(Date.parse('2026-08-24'));
    expect(count('days')).toBeGreaterThan(50);
    expect(count('task_days')).toBeGreaterThan(10);
    for (const table of ['attempt_classes', 'attempt_conditions']) {
      const lost = database.prepare(
        `SELECT COUNT(*) AS n FROM ${table} WHERE attempt_id NOT IN (SELECT id FROM attempts)`,
      );
      expect(lost.get()).toEqual({ n: 0 });
    }
  });

  it.each([
    [-1, 0],
    [0, 1],
  ])('go when their last moment is 90 days ago: %i ms from then %i of them are added up', (early, folded) => {
    const day = Date.parse('2026-08-24T00:00:00Z');
    const at = day + DAY_MS + KEPT_MS + early;
    const one = {
      surface: 'chat',
      kind: 'chat',
      class: 'a',
      rule: 'a',
      policyHash: 'hash',
      outcome: 'served',
    } as const;
    ledger.record({ ...one, id: 'old', requestId: 'old', place: 0, at: day });
    ledger.record({ ...one, id: 'new', requestId: 'new', place: 0, at });
    run(retention(), at);
    expect(count('days')).toBe(folded);
  });

  it('are counted with what is written after they were, by a process that had not looked meanwhile', () => {
    fill(3, 20);
    const before = ledger.costSince(0).costNanoUsd;
    const more: Attempt = {
      ...{ id: 'x', requestId: 'x', at: now - 2 * DAY_MS, surface: 'chat', kind: 'chat', class: 'a', rule: 'a' },
      ...{ policyHash: 'hash', place: 0, outcome: 'served', costNanoUsd: 7 },
    };
    const other = new Ledger(new DatabaseSync(join(folder, 'ledger.sqlite')));
    other.record(more);
    other.record({ ...more, id: 'y', at: now });
    other.close();
    run(retention({ keptMs: DAY_MS, mostBytes: MOST_BYTES }), now);
    expect(database.prepare("SELECT 1 FROM attempts WHERE id = 'x'").get()).toBeUndefined();
    expect(ledger.costSince(0).costNanoUsd).toBe(before + 14);
  });

  it('are added up earlier where the file is too large, but never today, and the disk gets the room back', () => {
    fill(12, 150);
    const before = figures(ledger);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const size = statSync(join(folder, 'ledger.sqlite')).size;
    run(retention({ keptMs: KEPT_MS, mostBytes: 1 }), now);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(statSync(join(folder, 'ledger.sqlite')).size).toBeLessThan(size / 2);
    expect(oldest()).toBeGreaterThanOrEqual(Date.parse('2026-11-22'));
    expect(figures(ledger)).toEqual(before);
  });

  it('leave their newest row, so that its number is never given to another one', () => {
    fill(5, 4);
    database.prepare('DELETE FROM attempts WHERE at >= ?').run(Date.parse('2026-11-22'));
    const newest = (): unknown => database.prepare('SELECT MAX(rowid) AS row FROM attempts').get();
    const before = newest();
    run(retention({ keptMs: 0, mostBytes: MOST_BYTES }), now, 3);
    expect(count('attempts')).toBe(1);
    expect(newest()).toEqual(before);
  });

  it('are added up in steps that no request has to wait long for', () => {
    fill(30, 100);
    const steps = run(retention({ keptMs: DAY_MS, mostBytes: MOST_BYTES }), now);
    // Ten milliseconds are aimed at; a slow machine may take longer for the least that is a step.
    expect(steps).toBeLessThan(200);
  });
});

describe('what waits to be sent', () => {
  const cursor = (place: number): void => {
    database.prepare("INSERT OR REPLACE INTO sync (name, value) VALUES ('cursor', ?)").run(String(place));
  };

  it('is kept for thirty days, however large the file', () => {
    fill(40, 10);
    cursor(0);
    run(retention({ keptMs: KEPT_MS, mostBytes: 1 }), now);
    expect(oldest()).toBeGreaterThanOrEqual(now - 30 * DAY_MS);
    expect(oldest()).toBeLessThan(now - 29 * DAY_MS);
    expect(ledger.retention.dropped).toBe(Number(database.prepare('SELECT SUM(attempts) AS n FROM days').get()?.['n']));
  });

  it('need not be kept once it was taken', () => {
    fill(40, 10);
    cursor(1_000_000);
    run(retention({ keptMs: KEPT_MS, mostBytes: 1 }), now);
    expect(oldest()).toBeGreaterThanOrEqual(Date.parse('2026-11-22'));
    expect(ledger.retention.dropped).toBe(0);
  });
});

describe('of several processes', () => {
  it('one is at it, and once in an hour', () => {
    fill(2, 5);
    const [one, other] = [retention(), retention()];
    expect([one.begin(now, 'one'), other.begin(now, 'other')]).toEqual([true, false]);
    while (one.step(now, 'one') === 'more');
    expect([other.begin(now + 1, 'other'), other.begin(now + INTERVAL_MS, 'other')]).toEqual([false, true]);
  });

  it('one takes over from another that has died, or whose clock ran ahead', () => {
    const [one, other] = [retention(), retention()];
    expect(one.begin(now + 366 * DAY_MS, 'one')).toBe(true);
    expect(other.begin(now, 'other')).toBe(true);
    expect(one.begin(now + 60_000, 'one')).toBe(false);
    expect(one.begin(now + 121_000, 'one')).toBe(true);
  });
});

describe('a clock that jumps', () => {
  it('a year forward adds up nothing that is young, even after a day of it', () => {
    fill(60, 5);
    const ahead = now + 365 * DAY_MS;
    run(retention(), now);
    run(retention(), ahead, 24);
    expect(oldest()).toBeLessThan(now - 59 * DAY_MS);
    run(retention(), now + DAY_MS);
    expect(oldest()).toBeLessThan(now - 59 * DAY_MS);
  });

  it('back adds up nothing, and goes on when it is right again', () => {
    fill(100, 5);
    run(retention(), now - 50 * DAY_MS);
    expect(oldest()).toBeLessThan(now - 99 * DAY_MS);
    run(retention(), now, 51);
    expect(oldest()).toBeGreaterThanOrEqual(now - KEPT_MS - DAY_MS);
  });
});
