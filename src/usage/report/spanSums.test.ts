import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { attempt, eachInAFolder, folder, now, olderLedger, opened } from '../ledger.fixture.ts';
import type { Ledger } from '../ledger.ts';
import { DAY_MS, dayName } from './dayRange.ts';
import { type LedgerFigures, readFigures } from './ledgerFigures.ts';
import { readLedgerFigures } from './spanSums.ts';
import { RECENT_DAYS } from './spans.ts';

eachInAFolder();

const today = Math.floor(now / DAY_MS);
const week = { firstDay: today - 6, lastDay: today };
const yesterday = { firstDay: today - 1, lastDay: today - 1 };

function reading<Result>(read: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  try {
    return read(database);
  } finally {
    database.close();
  }
}
const spans = (): readonly string[] =>
  reading((database) =>
    database
      .prepare('SELECT first_day, days FROM span_sums ORDER BY days, first_day')
      .all()
      .map(({ first_day: first, days }) => `${today - Number(first)} days ago, for ${days}`),
  );
const requests = (): number =>
  reading((database) => readLedgerFigures(database, week).attempts.reduce((sum, cell) => sum + cell.requests, 0));
const figures = (range = week): LedgerFigures => reading((database) => readLedgerFigures(database, range));
const change = (sql: string): void => reading((database) => database.exec(sql));
function make({ spanSums }: Ledger): void {
  while (spanSums.step(now) === 'more');
}

it('a day is added up when it is over, and again when something was written of it late', async () => {
  const ledger = await opened();
  for (const ago of [0, 1, 2]) ledger.record(attempt({ at: now - ago * DAY_MS }));
  make(ledger);
  const recent = RECENT_DAYS.map((days) => `${days} days ago, for ${days}`);
  expect(spans().filter((span) => !recent.includes(span))).toEqual(['2 days ago, for 1', '1 days ago, for 1']);
  expect(requests()).toBe(3);
  ledger.record(attempt({ at: now - DAY_MS }));
  expect(spans()).toEqual(['2 days ago, for 1']);
  expect(requests()).toBe(4);
  make(ledger);
  expect(spans()).toHaveLength(5);
  expect(requests()).toBe(4);
});

it('two processes make each sum once', async () => {
  const [one, other] = [await opened(), await opened()];
  for (let ago = 0; ago < 20; ago++) one.record(attempt({ at: now - ago * DAY_MS }));
  for (let more = true; more; ) {
    more = [one, other].map(({ spanSums }) => spanSums.step(now)).includes('more');
  }
  expect(new Set(spans()).size).toBe(spans().length);
  expect(spans().filter((span) => span.endsWith('for 1'))).toHaveLength(19);
});

it('of the ranges that end today one sum each is kept, the one of today', async () => {
  const ledger = await opened();
  ledger.record(attempt({ at: now - DAY_MS }));
  for (const at of [now, now + DAY_MS]) while (ledger.spanSums.step(at) === 'more');
  expect(spans().filter((span) => RECENT_DAYS.some((days) => span.endsWith(`for ${days}`)))).toEqual(
    RECENT_DAYS.map((days) => `${days - 1} days ago, for ${days}`),
  );
});

it('a sum that another version has written in a form of its own is not read', async () => {
  const ledger = await opened();
  ledger.record(attempt({ at: now - DAY_MS }));
  make(ledger);
  change(`UPDATE span_sums SET body = '{"form":99}'`);
  expect(requests()).toBe(1);
});

it('a ledger of an older version, which has no sums, is read as it is', () => {
  olderLedger(8, [{ class: 'tests', cost: 5 }]);
  const figures = reading((database) => readLedgerFigures(database, week));
  expect(figures).toEqual(reading((database) => readFigures(database, week)));
  expect(figures.attempts).toMatchObject([{ attempts: 1, costNanoUsd: 5 }]);
});

it.each([
  ['class', "'docs'"],
  ['provider', "'q'"],
  ['model', "'large'"],
  ['kind', "'chat'"],
  ['surface', "'chat'"],
  ['trial', "'half'"],
  ['arm', "'control'"],
  ['outcome', "'kept'"],
  ['settled', '0'],
  ['opened_at', String(now - 3 * DAY_MS)],
  ['opened_at', String(now)],
  ['input_tokens', '1000'],
  ['cost_nano_usd', '6'],
  ['simulated_nano_usd', '5'],
  ['unpriced', '1'],
])(
  'a change to nothing but the %s of a task changes what is reported, and takes its sums away',
  async (column, value) => {
    const ledger = await opened();
    change(`INSERT INTO tasks (id, opened_at, last_at, settled, surface, kind, class, policy_hash, provider, model, outcome,
    input_tokens, cost_nano_usd) VALUES ('task', ${now - DAY_MS}, 0, 1, 'agent', 'agent', 'tests', 'hash', 'p', 'small',
    'delivered', 999, 5)`);
    make(ledger);
    const before = figures(yesterday);
    const kept = spans();
    expect(kept).toContain('1 days ago, for 1');
    change("UPDATE tasks SET last_at = 1, survival = 0.5, conversation = 'conversation'");
    expect(spans()).toEqual(kept);
    change(`UPDATE tasks SET ${column} = ${value}`);
    expect(spans()).toEqual([]);
    expect(figures(yesterday)).not.toEqual(before);
  },
);

it.each([
  [
    'days',
    `(day, class, counted_as, conditions, provider, model, surface, kind, repo_key, team, billing, outcome, attempts,
      requests, fallbacks, overridden, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens,
      reasoning_tokens, cost_nano_usd, simulated_nano_usd, billed_nano_usd, unpriced)`,
    "'tests', 'tests', '', 'p', 'small', 'agent', 'agent', '', '', '', 'served', 1, 1, 0, 0, 9, 0, 0, 9, 0, 5, 0, 5, 0",
  ],
  [
    'task_days',
    `(day, class, provider, model, surface, kind, repo_key, trial, arm, outcome, tasks, attempts, input_tokens,
      cost_nano_usd, simulated_nano_usd, billed_nano_usd, unpriced, squared_cost_usd)`,
    "'tests', 'p', 'small', 'agent', 'agent', '', '', '', 'kept', 1, 1, 9, 5, 0, 5, 0, 0",
  ],
])(
  'a row of %s that comes, changes, goes to another day or goes takes the sums of its days away',
  async (table, columns, values) => {
    const ledger = await opened();
    ledger.record(attempt({ at: now - 8 * DAY_MS }));
    const [before, after] = [dayName(today - 4), dayName(today - 1)];
    const steps = [
      [`INSERT INTO ${table} ${columns} VALUES ('${before}', ${values})`, [4, 3]],
      [`UPDATE ${table} SET cost_nano_usd = 6`, [4, 3]],
      [`UPDATE ${table} SET day = '${after}'`, [4, 3, 1]],
      [`DELETE FROM ${table}`, [1]],
    ] as const;
    for (const [sql, gone] of steps) {
      make(ledger);
      const [kept, told] = [spans(), figures()];
      change(sql);
      const left = spans();
      const daysGone = kept.filter((span) => span.endsWith('for 1') && !left.includes(span));
      expect(daysGone).toEqual(gone.map((ago) => `${ago} days ago, for 1`));
      expect(figures()).not.toEqual(told);
      expect(figures()).toEqual(reading((database) => readFigures(database, week)));
    }
  },
);

it('a failure on the day before a week, written down late, is told with what fell back for it on the first day', async () => {
  const ledger = await opened();
  const start = week.firstDay * DAY_MS;
  const request = { requestId: 'at midnight', provider: 'p' };
  ledger.record(attempt({ ...request, at: start, model: 'small', place: 1, fallbackFrom: 'p/large' }));
  make(ledger);
  expect(spans()).toContain('6 days ago, for 6');
  expect(figures().fallbacks).toEqual([{ from: 'p/large', to: 'p/small', count: 1 }]);
  ledger.record(attempt({ ...request, at: start - 1, model: 'large', outcome: 'failed', failure: 'overloaded' }));
  expect(spans()).not.toContain('6 days ago, for 6');
  const told = [{ from: 'p/large', to: 'p/small', failure: 'overloaded', count: 1 }];
  expect(figures().fallbacks).toEqual(told);
  make(ledger);
  expect(figures().fallbacks).toEqual(told);
});
