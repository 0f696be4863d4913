// What the extension costs at VS Code's start, by VS Code's own count (Developer: Startup Performance), and how long after
// opening the window its status bar item is there. Each round is a cold start: a new server, profile and browser.
//   --starts N    how many
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { VSIX } from '../../scripts/package.ts';
import { createRepository } from '../host/repository.ts';
import { startServer } from '../host/server.ts';
import { openWorkbench, type Workbench } from '../host/workbench.ts';
import { wholeNumber } from './options.ts';
import { milliseconds, type Report, type Row } from './report.ts';
import { median } from './timing.ts';

const EXTENSION = 'routing-policy.routing-policy';

const POLICY = { version: 1, default: 'local/workspace-copy' };

/** Milliseconds. */
interface ColdStart {
  /** Reading and evaluating the bundle. */
  readonly load: number;
  /** `activate()` until it returned. */
  readonly call: number;
  /** From the window's first byte until the status bar item was on the screen. */
  readonly visible: number;
}

export async function measure(args: readonly string[]): Promise<Report> {
  const { values } = parseArgs({ args: [...args], options: { starts: { type: 'string', default: '5' } } });
  const wanted = wholeNumber('starts', values.starts);
  const repository = await createRepository({
    files: { '.routing-policy.json': JSON.stringify(POLICY), 'sum.ts': 'export const sum = 1;\n' },
  });
  const starts: ColdStart[] = [];
  try {
    for (let n = 0; n < wanted; n++) starts.push(await startCold(repository.folder));
  } finally {
    await repository.remove();
  }
  return {
    rows: [
      row('bundle loaded', starts, ({ load }) => load),
      row('activate() called', starts, ({ call }) => call),
      row('activation, both together', starts, ({ load, call }) => load + call),
      row('window opened to status bar item', starts, ({ visible }) => visible),
    ],
    notes: [`${starts.length} cold starts of code-server with Chromium. We aim for an activation under 50 ms.`],
    broken: [],
  };
}

async function startCold(folder: string): Promise<ColdStart> {
  const server = await startServer({ folder, vsix: [VSIX] });
  try {
    const workbench = await openWorkbench(server.url);
    try {
      await workbench.page.locator(`.part.statusbar [id^="${EXTENSION}"]`).first().waitFor({ timeout: 90_000 });
      const visible = await workbench.page.evaluate(() => performance.now());
      return { visible, ...(await readActivation(workbench)) };
    } finally {
      await workbench.close();
    }
  } finally {
    await server.stop();
  }
}

/** Our row of VS Code's page: `| id | Eager | Load Code | Call Activate | Finish Activate | Event | By |`. */
async function readActivation(workbench: Workbench): Promise<Pick<ColdStart, 'load' | 'call'>> {
  // The page counts once, when it is opened: by then the activation must have ended, and the machine be calm.
  await sleep(3_000);
  await workbench.command('Developer: Startup Performance');
  // The editor draws only the lines that it shows.
  await workbench.page.setViewportSize({ width: 1400, height: 8_000 });
  const cells = await workbench.until(
    'the figures of the extension',
    async () => activationCells(await workbench.editorText()),
    (found) => found !== undefined,
  );
  const [load, call] = (cells ?? []).slice(2, 4).map(Number);
  if (load === undefined || call === undefined || Number.isNaN(load + call)) {
    throw new Error(`VS Code's page on its start-up has another form than expected: ${cells?.join(' | ')}`);
  }
  return { load, call };
}

function activationCells(page: string): readonly string[] | undefined {
  const rows = page.split('\n').map((line) =>
    line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim()),
  );
  return rows.find(([id, eager]) => id === EXTENSION && /^(true|false)$/.test(eager ?? ''));
}

function row(what: string, starts: readonly ColdStart[], figure: (start: ColdStart) => number): Row {
  const values = starts.map(figure);
  return {
    what,
    figures: {
      median: milliseconds(median(values)),
      least: milliseconds(Math.min(...values)),
      most: milliseconds(Math.max(...values)),
    },
  };
}
