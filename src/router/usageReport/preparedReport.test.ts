import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rangeDays } from '../../contract/usageRange.ts';
import { Ledger } from '../../usage/ledger.ts';
import { OverrideBook } from '../../usage/overrideBook.ts';
import { DAY_MS } from '../../usage/report/dayRange.ts';
import { usageCsv } from '../../usage/report/exports/csv.ts';
import { seedLedger } from '../../usage/report/seededLedger.fixture.ts';
import { RECENT_DAYS } from '../../usage/report/spans.ts';
import type { UsageReport } from '../../usage/report/usageReport.ts';
import { composeReport } from './composeReport.ts';
import { worldWith } from './ledgerReport.fixture.ts';
import { usageReportPage } from './page.ts';

const UNTIL = Date.parse('2026-11-22T18:00:00Z');
/** Cells with few tasks and with many, on spans of any length. */
const ranges = [1, 2, 9, 30, 90, 400];

let folder: string;
let before: readonly UsageReport[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'prepared-'));
  seedLedger(join(folder, 'ledger.sqlite'), { attempts: 12_000, days: 120, until: UNTIL });
  before = await reports();
  const ledger = new Ledger(new DatabaseSync(join(folder, 'ledger.sqlite')));
  while (ledger.spanSums.step(UNTIL) === 'more');
  ledger.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reports = (): Promise<UsageReport[]> => Promise.all(ranges.map(reported));

async function reported(days: number): Promise<UsageReport> {
  const sources = {
    ...{ world: { ...worldWith(), now: UNTIL }, folder, decisions: undefined, overrides: new OverrideBook(folder) },
    ...{ writes: false, warnings: [] },
  };
  const range = { since: UNTIL - (days - 1) * DAY_MS, until: UNTIL };
  return (await composeReport(sources, range, (database) => new Ledger(database))).report;
}

/** Sums of squares are added up in another order: the last digits of an interval that is worked out from them differ. */
const rounded = (report: UsageReport): unknown =>
  JSON.parse(
    JSON.stringify(report, (_key, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value,
    ),
  );

it('every report says the same from sums that were made ahead', async () => {
  const after = await reports();
  expect(before[4]?.totals.attempts).toBeGreaterThan(8_000);
  for (const [n, days] of ranges.entries()) {
    const [old, made] = [before[n], after[n]];
    if (old === undefined || made === undefined) throw new Error('There is a report of each range.');
    expect(rounded(made), `${days} days`).toEqual(rounded(old));
    expect(usageReportPage(made)).toEqual(usageReportPage(old));
    expect(usageCsv(made).split('\n').length).toBe(usageCsv(old).split('\n').length);
  }
});

it('and the ranges that are chosen most have a sum each', () => {
  expect(rangeDays.filter((days) => days > 1).map((days) => days - 1)).toEqual(RECENT_DAYS);
});

it('and with less that could be found out by reading than there is: the sums were used', async () => {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  // As no program can: what takes sums away is taken away first.
  database.exec('DROP TRIGGER attempts_gone; DELETE FROM attempts WHERE at < 1790000000000');
  database.close();
  expect((await reported(90)).totals.attempts).toBe(before[4]?.totals.attempts);
});
