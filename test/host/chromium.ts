// The browser that drives VS Code: the machine's own Chromium, else Playwright's, else Debian's package.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { describeFailure, ROOT, run, step } from '../../scripts/steps.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const OTHER_PLACES: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

/** Where Playwright puts its own build when the machine has none: beside VS Code, not in the user's home. */
const BROWSERS = join(ROOT, '.host', 'browsers');

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** The executable named by `$CHROMIUM`, one of the machine's, or Playwright's; undefined when there is none. */
export async function findChromium(): Promise<string | undefined> {
  const named = process.env['CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`$CHROMIUM names ${named}, which does not exist. Correct it, or unset it to search for a browser.`);
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = [
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    ...(OTHER_PLACES[process.platform] ?? []),
    await playwrightsOwn(),
  ];
  return candidates.find((path) => existsSync(path));
}

/**
 * Finds a Chromium, or fetches one.
 * @throws when every way fails; the message says what was tried and what to do.
 */
export async function ensureChromium(): Promise<string> {
  const found = await findChromium();
  if (found !== undefined) return found;
  const tried: string[] = [];
  for (const [title, fetchIt] of WAYS_TO_FETCH) {
    try {
      await step(title, fetchIt);
    } catch (error) {
      tried.push(`${title}: ${describeFailure(error)}`);
      continue;
    }
    const fetched = await findChromium();
    if (fetched !== undefined) return fetched;
    tried.push(`${title}: ended well, but left no browser`);
  }
  throw new Error(`No Chromium. Install one, or name it in $CHROMIUM. Tried:\n${tried.join('\n')}`);
}

const WAYS_TO_FETCH: readonly (readonly [string, () => Promise<void>])[] = [
  [
    "Fetching Playwright's Chromium",
    async () => {
      const cli = join(ROOT, 'node_modules', 'playwright-core', 'cli.js');
      const env = { ...process.env, PLAYWRIGHT_BROWSERS_PATH: BROWSERS };
      await run(process.execPath, [cli, 'install', 'chromium'], { env, deadline: 300_000 });
    },
  ],
  [
    "Installing Debian's Chromium",
    async () => {
      if (process.getuid?.() !== 0) throw new Error('needs root; run `sudo apt-get install chromium` yourself');
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      await run('apt-get', ['update'], { env });
      await run('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], { env });
    },
  ],
];

/** Starts a headless Chromium. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  const { chromium } = await loadPlaywright();
  return chromium.launch({ executablePath: await ensureChromium(), args: ARGUMENTS });
}

async function playwrightsOwn(): Promise<string> {
  const { chromium } = await loadPlaywright();
  return chromium.executablePath();
}

/** Playwright reads the place of its browsers when it is loaded. */
function loadPlaywright(): Promise<typeof import('playwright-core')> {
  process.env['PLAYWRIGHT_BROWSERS_PATH'] ??= BROWSERS;
  return import('playwright-core');
}
