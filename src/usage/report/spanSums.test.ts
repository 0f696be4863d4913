import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { attempt, eachInAFolder, folder, now, olderLedger, opened } from '../ledger.fixture.ts';
import { DAY_MS } from './dayRange.ts';
import { readFigures } from './ledgerFigures.ts';
import { readLedgerFigures } from './spanSums.ts';
import { RECENT_DAYS } from './spans.ts';

eachInAFolder();

const today = Math.floor(now / DAY_MS);
const week = { firstDay: today - 6, lastDay: today };

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

it('a day is added up when it is over, and again when something was written of it late', async () => {
  const ledger = await opened();
  const make = (): void => {
    while (ledger.spanSums.step(now) === 'more');
  };
  for (const ago of [0, 1, 2]) ledger.record(attempt({ at: now - ago * DAY_MS }));
  make();
  const recent = RECENT_DAYS.map((days) => `${days} days ago, for ${days}`);
  expect(spans().filter((span) => !recent.includes(span))).toEqual(['2 days ago, for 1', '1 days ago, for 1']);
  expect(requests()).toBe(3);
  ledger.record(attempt({ at: now - DAY_MS }));
  expect(spans()).toEqual(['2 days ago, for 1']);
  expect(requests()).toBe(4);
  make();
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
  while (ledger.spanSums.step(now) === 'more');
  reading((database) => database.exec(`UPDATE span_sums SET body = '{"form":99}'`));
  expect(requests()).toBe(1);
});

it('a ledger of an older version, which has no sums, is read as it is', () => {
  olderLedger(8, [{ class: 'tests', cost: 5 }]);
  const figures = reading((database) => readLedgerFigures(database, week));
  expect(figures).toEqual(reading((database) => readFigures(database, week)));
  expect(figures.attempts).toMatchObject([{ attempts: 1, costNanoUsd: 5 }]);
});
