// How long the usage report takes: 90 days with 100,000 attempts, read and put together as the panel asks for it, and sent
// as JSON. The ledger is made up, the same every time.
//   --attempts N    how many
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { findModel } from '../../src/models/catalogue.ts';
import { priceOf } from '../../src/models/prices.ts';
import { composeReport } from '../../src/router/usageReport/composeReport.ts';
import { Ledger } from '../../src/usage/ledger.ts';
import { OverrideBook } from '../../src/usage/overrideBook.ts';
import { rangeOf } from '../../src/usage/report/dayRange.ts';
import { readFocusCells } from '../../src/usage/report/exports/focusCells.ts';
import { readLedger } from '../../src/usage/report/readLedger.ts';
import { seedLedger } from '../../src/usage/report/seededLedger.fixture.ts';
import { wholeNumber } from './options.ts';
import { kilobytes, milliseconds, type Report, type Row, ratio } from './report.ts';
import { median, timeOnce } from './timing.ts';

const UNTIL = Date.parse('2026-11-23T00:00:00Z');
const DAY = 86_400_000;
const ROUNDS = 7;
/** What the panel may take to open, in milliseconds of a processor: a busy machine is no slower report. */
const MOST_MS = 300;

export async function measure(args: readonly string[]): Promise<Report> {
  const { values } = parseArgs({ args: [...args], options: { attempts: { type: 'string', default: '100000' } } });
  const attempts = wholeNumber('attempts', values.attempts);
  const folder = mkdtempSync(join(tmpdir(), 'usage-bench-'));
  try {
    seedNinetyDays(folder, attempts);
    let bytes = 0;
    const report = (days: number) => async (): Promise<void> => {
      bytes = (await reportText(folder, days)).length;
    };
    const rows = [
      await row('a plain read of the rows', async () => plainRead(folder)),
      await row('report of 90 days, the first ever', report(90)),
      await row('report of 30 days, the first ever', report(30)),
    ];
    const ahead = addUpAhead(folder);
    rows.push(
      await row('report of 90 days', report(90)),
      await row('report of 30 days', report(30)),
      await row('report of one day', report(1)),
      await row('FOCUS, 90 days read', () =>
        readLedger(folder, (database) => readFocusCells(database, rangeOf(UNTIL - 90 * DAY, UNTIL))),
      ),
    );
    await report(90)();
    const opened = rows[1]?.figures['processor']?.value ?? Number.NaN; // the first ever: the most that it takes
    const plain = rows[0]?.figures['median']?.value ?? Number.NaN;
    return {
      rows: [
        ...rows.map((one) => ({
          ...one,
          figures: {
            ...one.figures,
            'beside the plain read': ratio((one.figures['median']?.value ?? Number.NaN) / plain),
          },
        })),
        { what: 'the ledger', figures: { size: kilobytes(statSync(join(folder, 'ledger.sqlite')).size) } },
        {
          what: 'its days that are over added up ahead, in all',
          figures: { processor: milliseconds(sum(ahead.steps)), size: kilobytes(ahead.bytes) },
        },
        { what: 'the longest step of that', figures: { processor: milliseconds(Math.max(...ahead.steps)) } },
        { what: 'the report of 90 days as JSON', figures: { size: kilobytes(bytes) } },
      ],
      notes: [`${attempts.toLocaleString('en-US')} attempts in 90 days; median and most of ${ROUNDS} readings.`],
      broken:
        opened < MOST_MS
          ? []
          : [`The report of 90 days took ${Math.round(opened)} ms of a processor; it may take ${MOST_MS}.`],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a router does while nobody waits: the sums of days that are over, as of the evening of the last day. */
export function addUpAhead(folder: string): { readonly steps: readonly number[]; readonly bytes: number } {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  const ledger = new Ledger(database);
  const steps: number[] = [];
  try {
    for (let more = true; more; ) {
      const before = process.cpuUsage();
      more = ledger.spanSums.step(UNTIL - 1) === 'more';
      const { user, system } = process.cpuUsage(before);
      steps.push((user + system) / 1_000);
    }
    const size = database.prepare('SELECT SUM(LENGTH(body)) AS bytes FROM span_sums').get();
    return { steps, bytes: Number(size?.['bytes']) };
  } finally {
    ledger.close();
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What nobody can do without who adds up by himself: who answered each attempt, how it ended and what it took. */
function plainRead(folder: string): number {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { readOnly: true });
  try {
    return database
      .prepare('SELECT at, class, provider, model, outcome, input_tokens, output_tokens, cost_nano_usd FROM attempts')
      .all().length;
  } finally {
    database.close();
  }
}

/** A ledger of ninety days in a folder. */
export function seedNinetyDays(folder: string, attempts: number): void {
  seedLedger(join(folder, 'ledger.sqlite'), { attempts, days: 90, until: UNTIL });
}

/** The report of its last days, as the panel is sent it. @param ledger where it is open already */
export async function reportText(folder: string, days: number, ledger?: Ledger): Promise<string> {
  const sources = {
    world: {
      now: UNTIL,
      policy: undefined,
      repository: undefined,
      price: (provider: string, model: string) => priceOf(provider, model, { at: UNTIL }),
      makerOf: (model: string) => findModel(model)?.maker,
    },
    folder,
    decisions: undefined,
    overrides: new OverrideBook(undefined),
    ledger,
    writes: false,
    warnings: [],
  };
  const range = { since: UNTIL - days * DAY, until: UNTIL };
  const { report } = await composeReport(sources, range, (database) => new Ledger(database));
  return JSON.stringify(report);
}

async function row(what: string, once: () => Promise<unknown>): Promise<Row> {
  const times: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    times.push(await timeOnce(once));
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1_000);
  }
  return {
    what,
    figures: {
      median: milliseconds(median(times)),
      most: milliseconds(Math.max(...times)),
      processor: milliseconds(median(processor)),
    },
  };
}
