// How long the usage panel takes from nothing to a report on the screen, in a real browser. In the last row a process like the
// router makes the report anew each time, of ninety days with 100,000 attempts; in the others it is there already.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageReport } from '../../src/usage/report/usageReport.ts';
import { emptyReport, hostileReport, oneDayReport, richReport } from '../panel/sample.ts';
import { openStage, type Painted, type Stage } from '../panel/stage.ts';
import { kilobytes, milliseconds, type Report, type Row } from './report.ts';
import { ReportProcess } from './reportProcess.ts';
import { median } from './timing.ts';
import { seedNinetyDays } from './usage.ts';

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
        figures: { ...figuresOf(times), report: kilobytes(JSON.stringify(report).length) },
      });
    }
    rows.push(await wholeRow(stage));
    return {
      rows,
      notes: [
        `Medians of ${ROUNDS} since the page was asked for: when it asks for figures, shows them, and has shown all. Goal: ${GOAL_MS} ms to the figures.`,
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

/** Everything: the page is asked for while the router makes the report, as the extension does it, and it is drawn. */
async function wholeRow(stage: Stage): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'panel-bench-'));
  seedNinetyDays(folder, 100_000);
  try {
    const rounds: (Painted & { readonly made: number; readonly bytes: number })[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const router = await ReportProcess.start(folder);
      let made = { ms: Number.NaN, text: '' };
      const { page, painted } = await stage.open({
        answer: async () => {
          const { report, ...rest } = await router.make();
          made = rest;
          return report;
        },
      });
      rounds.push({ ...(await painted()), made: made.ms, bytes: made.text.length });
      await page.context().close();
      router.close();
    }
    return {
      what: '100,000 attempts, made by the router while the page loads',
      figures: {
        router: milliseconds(median(rounds.map(({ made }) => made))),
        ...figuresOf(rounds),
        'at the least': milliseconds(Math.min(...rounds.map(({ painted }) => painted))),
        report: kilobytes(median(rounds.map(({ bytes }) => bytes))),
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function figuresOf(times: readonly Painted[]): Row['figures'] {
  return {
    'page loaded': milliseconds(median(times.map(({ told }) => told))),
    'nothing to screen': milliseconds(median(times.map(({ painted }) => painted))),
    'to the last line': milliseconds(median(times.map(({ whole }) => whole))),
  };
}
