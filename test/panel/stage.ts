// The panel's own page with its real bundle in a browser, under its real content security policy; this side plays the extension.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ROOT, run } from '../../scripts/steps.ts';
import type { PanelRequest, PanelUpdate } from '../../src/contract/panel.ts';
import { usualRange } from '../../src/contract/usageRange.ts';
import { panelPage } from '../../src/extension/panel/page.ts';
import type { UsageReport } from '../../src/usage/report/usageReport.ts';
import { launchChromium } from '../host/chromium.ts';
import { FONTS, THEMES, type ThemeName } from './themes.ts';

/** No such host is looked up: every request is answered here. */
const ORIGIN = 'http://panel.invalid';

export interface PanelBundle {
  readonly script: string;
  readonly style: string;
}

/** Bundles the panel as the package has it. */
export async function bundlePanel(): Promise<PanelBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'routing-policy-panel-'));
  try {
    await run(process.execPath, ['esbuild.config.mjs', 'panel/panel', `--outdir=${folder}`], { cwd: ROOT });
    const read = (name: string): Promise<string> => readFile(join(folder, 'panel', name), 'utf8');
    return { script: await read('panel.js'), style: await read('panel.css') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /**
   * What every question for a report is answered with: at once, or when it is made, which begins as the page is asked for.
   * Left out: the test answers.
   */
  readonly answer?: UsageReport | (() => Promise<UsageReport>);
  /** What an earlier page kept. */
  readonly kept?: unknown;
  readonly forcedColors?: 'active';
}

/** Milliseconds since the page was asked for. */
export interface Painted {
  /** When it asked for a report. */
  readonly told: number;
  /** When it showed figures. */
  readonly painted: number;
  /** When all of the report was there, what is out of sight as well. */
  readonly whole: number;
}

export interface OpenPanel {
  readonly page: Page;
  /** What the panel asked for so far. */
  readonly requests: () => Promise<readonly PanelRequest[]>;
  readonly kept: () => Promise<unknown>;
  /** Of the first report. */
  readonly painted: () => Promise<Painted>;
  readonly tell: (update: PanelUpdate | object) => Promise<void>;
  readonly show: (report: UsageReport) => Promise<void>;
  /** What the page was refused or threw. */
  readonly troubles: readonly string[];
}

export class Stage {
  readonly #browser: Browser;
  readonly bundle: PanelBundle;

  constructor(browser: Browser, bundle: PanelBundle) {
    this.#browser = browser;
    this.bundle = bundle;
  }

  async open({
    theme = 'dark',
    width = 1280,
    height = 900,
    answer,
    kept,
    forcedColors,
  }: PanelOptions = {}): Promise<OpenPanel> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      timezoneId: 'UTC',
      ...(forcedColors === undefined ? {} : { forcedColors }),
    });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
    });
    await page.route('**/*', (route) => {
      const { pathname, origin } = new URL(route.request().url());
      const answers: Readonly<Record<string, readonly [type: string, body: string]>> = {
        '/': ['text/html', panelPage({ script: `${ORIGIN}/panel.js`, style: `${ORIGIN}/panel.css`, nonce: 'c3R1Yg' })],
        '/panel.js': ['text/javascript', this.bundle.script],
        '/panel.css': ['text/css', this.bundle.style],
      };
      const answer = origin === ORIGIN ? answers[pathname] : undefined;
      if (answer === undefined) {
        troubles.push(`asked for ${route.request().url()}`);
        return route.abort();
      }
      return route.fulfill({ contentType: answer[0], body: answer[1] });
    });
    await page.addInitScript(playEditor, {
      ...THEMES[theme],
      colours: { ...FONTS, ...THEMES[theme].colours },
      kept,
      answer: typeof answer === 'function' ? undefined : answer,
      isAnsweredLater: typeof answer === 'function',
    });
    if (typeof answer === 'function') {
      const made = answer();
      // Whoever waits for it hears of a failure.
      made.catch(() => undefined);
      await page.exposeFunction('playedAnswer', () => made);
    }
    await page.goto(`${ORIGIN}/`);
    await page.locator('main').waitFor();
    const tell = async (update: object): Promise<void> => {
      await page.evaluate((message) => window.postMessage(message, '*'), update);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    };
    return {
      page,
      troubles,
      tell,
      requests: () => page.evaluate(() => (window as unknown as PlayedWindow).asked),
      kept: () => page.evaluate(() => (window as unknown as PlayedWindow).kept),
      painted: async () => {
        await page.waitForFunction(() => Reflect.get(window, 'whole') !== undefined);
        return page.evaluate(() => {
          const { told = Number.NaN, painted = Number.NaN, whole = Number.NaN } = window as unknown as PlayedWindow;
          return { told, painted, whole };
        });
      },
      show: async (report) => {
        await tell({ type: 'report', range: usualRange, report });
        await page.locator('main[aria-busy="false"]').waitFor();
      },
    };
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

export async function openStage(): Promise<Stage> {
  const bundle = await bundlePanel();
  return new Stage(await launchChromium(), bundle);
}

interface PlayedWindow {
  asked: PanelRequest[];
  kept: unknown;
  told?: number;
  painted?: number;
  whole?: number;
  playedAnswer?: () => Promise<UsageReport>;
}

interface Played {
  readonly bodyClass: string;
  readonly colours: Readonly<Record<string, string>>;
  readonly kept: unknown;
  readonly answer: UsageReport | undefined;
  readonly isAnsweredLater: boolean;
}

/** Runs in the page before it is read: what VS Code gives a webview. */
function playEditor({ bodyClass, colours, kept, answer, isAnsweredLater }: Played): void {
  const played = window as unknown as PlayedWindow & { acquireVsCodeApi: () => object };
  played.asked = [];
  played.kept = kept;
  played.acquireVsCodeApi = () => ({
    postMessage: (message: PanelRequest) => {
      played.asked.push(message);
      if (message.type !== 'show') return;
      played.told ??= performance.now();
      const tell = (report: UsageReport): void =>
        window.postMessage({ type: 'report', range: message.range, report }, '*');
      if (answer !== undefined) tell(answer);
      if (isAnsweredLater) void played.playedAnswer?.().then(tell);
    },
    getState: () => played.kept,
    setState: (state: unknown) => {
      played.kept = state;
    },
  });
  const dress = (): void => {
    document.body.className = bodyClass;
    for (const [name, value] of Object.entries(colours))
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
  };
  document.addEventListener('DOMContentLoaded', dress);
  // The task after a frame was begun comes when it has been painted.
  const whenPainted = (name: 'painted' | 'whole'): void => {
    requestAnimationFrame(() => setTimeout(() => Object.assign(played, { [name]: performance.now() })));
  };
  let isSeen = false;
  const watch = new MutationObserver(() => {
    if (document.querySelector('#panel .headline, #panel .welcome') === null) return;
    if (!isSeen) whenPainted('painted');
    isSeen = true;
    if (document.querySelector('main[aria-busy="false"]') === null) return;
    watch.disconnect();
    whenPainted('whole');
  });
  watch.observe(document, { childList: true, subtree: true, attributes: true });
}
