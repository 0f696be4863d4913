// How long the usage panel takes from nothing to a report on the screen, in a real browser. What the router takes to make the
// report is not in it.
import type { UsageReport } from '../../src/usage/report/usageReport.ts';
import { emptyReport, hostileReport, oneDayReport, richReport } from '../panel/sample.ts';
import { openStage, type Painted, type Stage } from '../panel/stage.ts';
import { kilobytes, milliseconds, type Report, type Row } from './report.ts';
import { median } from './timing.ts';

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
