// How long the usage panel takes from nothing to a report on the screen, in a real browser. What the router takes to make the
// report is in the last row alone, whose report is made anew each time, of ninety days with 100,000 attempts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageReport } from '../../src/usage/report/usageReport.ts';
import { emptyReport, hostileReport, oneDayReport, richReport } from '../panel/sample.ts';
import { openStage, type Painted, type Stage } from '../panel/stage.ts';
import { kilobytes, milliseconds, type Report, type Row } from './report.ts';
import { median } from './timing.ts';
import { reportText, seedNinetyDays } from './usage.ts';

const ROUNDS = 9;
/** What a report of ninety days may take until it is seen, in milliseconds. */
const GOAL_MS = 300;

const REPORTS: readonly (readonly [what: string, report: UsageReport])[] = [
  ['nothing yet', emptyReport],
  ['one day', oneDayReport],
  ['ninety days', richReport],
  ['ninety days, twice as many rows and columns', hostileReport],
];

export async function measure(): Promise<Report> {
  const stage = await openStage();
  try {
    const rows: Row[] = [];
    for (const [what, report] of REPORTS) {
      const times = await timesOf(stage, report);
      rows.push({
        what,
        figures: {
          'report to screen': milliseconds(median(times.map(({ told, painted }) => painted - told))),
          'nothing to screen': milliseconds(median(times.map(({ painted }) => painted))),
          report: kilobytes(JSON.stringify(report).length),
        },
      });
    }
    rows.push(await wholeRow(stage));
    return {
      rows,
      notes: [
        `Medians of ${ROUNDS}: from the report, and from asking for the page, to the first picture with figures. Goal: ${GOAL_MS} ms.`,
      ],
      broken: [],
    };
  } finally {
    await stage.close();
  }
}

async function timesOf(stage: Stage, report: UsageReport): Promise<readonly Painted[]> {
  const times: Painted[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { page, painted } = await stage.open({ answer: report });
    times.push(await painted());
    await page.context().close();
  }
  return times;
}

/** Everything: the page is asked for, it asks for the report, the router makes it, and it is drawn. */
async function wholeRow(stage: Stage): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'panel-bench-'));
  try {
    seedNinetyDays(folder, 100_000);
    const rounds: (Painted & { readonly made: number; readonly bytes: number })[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = performance.now();
      const text = await reportText(folder, 90);
      const report = JSON.parse(text) as UsageReport;
      const made = performance.now() - startedAt;
      const { page, painted } = await stage.open({ answer: report });
      rounds.push({ ...(await painted()), made, bytes: text.length });
      await page.context().close();
    }
    return {
      what: '100,000 attempts, with the router’s part',
      figures: {
        router: milliseconds(median(rounds.map(({ made }) => made))),
        'report to screen': milliseconds(median(rounds.map(({ told, painted }) => painted - told))),
        'question to screen': milliseconds(median(rounds.map(({ told, painted, made }) => made + painted - told))),
        'nothing to screen': milliseconds(median(rounds.map(({ painted, made }) => made + painted))),
        'at the least': milliseconds(Math.min(...rounds.map(({ painted, made }) => made + painted))),
        report: kilobytes(median(rounds.map(({ bytes }) => bytes))),
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
