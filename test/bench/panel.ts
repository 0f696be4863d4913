// How long the usage panel takes from nothing to a report on the screen, in a real browser. In the last rows a process like the
// router, started anew each time, makes the report of ninety days with 100,000 attempts while the page loads: of a ledger whose
// days that are over were added up while nobody waited, and the first report ever of such a ledger. In the others the report
// is there already.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageReport } from '../../src/usage/report/usageReport.ts';
import { emptyReport, hostileReport, oneDayReport, richReport } from '../panel/sample.ts';
import { openStage, type Painted, type Stage } from '../panel/stage.ts';
import { kilobytes, milliseconds, type Report, type Row } from './report.ts';
import { ReportProcess } from './reportProcess.ts';
import { median } from './timing.ts';
import { addUpAhead, reportText, seedNinetyDays } from './usage.ts';

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
    rows.push(...(await wholeRows(stage)));
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

type Opening = Painted & { readonly made: number; readonly bytes: number };

/** Everything: the page is asked for while the router makes the report, as the extension does it, and it is drawn. */
async function wholeRows(stage: Stage): Promise<readonly Row[]> {
  const [ahead, fresh] = [folderOf(addUpAhead), folderOf()];
  const contestants: readonly (readonly [what: string, open: () => Promise<Opening>])[] = [
    ['100,000 attempts, made by a router just started', () => opening(stage, ahead)],
    ['the same, the first report ever', () => opening(stage, fresh)],
    ['the same, there already', () => openingOf(stage, ahead)],
  ];
  try {
    const openings = contestants.map((): Opening[] => []);
    // In turn: what else the machine does meets all of them.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [n, [, open]] of contestants.entries()) openings[n]?.push(await open());
    }
    return contestants.map(([what], n) => wholeRow(what, openings[n] ?? []));
  } finally {
    for (const folder of [ahead, fresh]) rmSync(folder, { recursive: true, force: true });
  }
}

function wholeRow(what: string, openings: readonly Opening[]): Row {
  return {
    what,
    figures: {
      router: milliseconds(median(openings.map(({ made }) => made))),
      ...figuresOf(openings),
      'at the least': milliseconds(Math.min(...openings.map(({ painted }) => painted))),
      report: kilobytes(median(openings.map(({ bytes }) => bytes))),
    },
  };
}

/** A folder with a ledger of its own. */
function folderOf(prepare: (folder: string) => unknown = () => undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'panel-bench-'));
  seedNinetyDays(folder, 100_000);
  prepare(folder);
  return folder;
}

async function opening(stage: Stage, folder: string): Promise<Opening> {
  const router = await ReportProcess.start(folder);
  try {
    let made = { ms: Number.NaN, text: '' };
    const { page, painted } = await stage.open({
      answer: async () => {
        const { report, ...rest } = await router.make();
        made = rest;
        return report;
      },
    });
    const times = await painted();
    await page.context().close();
    return { ...times, made: made.ms, bytes: made.text.length };
  } finally {
    router.close();
  }
}

/** The report was made before the page was asked for. */
async function openingOf(stage: Stage, folder: string): Promise<Opening> {
  const text = await reportText(folder, 90);
  const report = JSON.parse(text) as UsageReport;
  // It goes the same way to the page as the others.
  const { page, painted } = await stage.open({ answer: async () => report });
  const times = await painted();
  await page.context().close();
  return { ...times, made: 0, bytes: text.length };
}

function figuresOf(times: readonly Painted[]): Row['figures'] {
  return {
    'page loaded': milliseconds(median(times.map(({ told }) => told))),
    'nothing to screen': milliseconds(median(times.map(({ painted }) => painted))),
    'to the last line': milliseconds(median(times.map(({ whole }) => whole))),
  };
}
