// VS Code's workbench in a browser, driven and read as a person would: by what is on the screen.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';

export interface StatusBarItem {
  /** `publisher.extension.id`, as VS Code makes it. */
  readonly id: string;
  readonly text: string;
  /** What a screen reader says. */
  readonly label: string;
}

export interface Problem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** How long, in milliseconds, something on the screen may take to come. */
const PATIENCE = 30_000;

/** The extension host, chat included, has been seen to take 24 s on two busy cores. */
const START_UP = 90_000;

const QUICK_INPUT = '.quick-input-widget:visible input[type="text"]';
const QUICK_ROW = '.quick-input-widget:visible .monaco-list-row';

export class Workbench {
  readonly page: Page;
  /** Addresses outside loopback that the workbench asked for; each was refused. */
  readonly outsideRequests: readonly string[];
  /** What the page wrote to its console. */
  readonly console: readonly string[];
  private readonly browser: Browser;

  constructor(browser: Browser, page: Page, outsideRequests: readonly string[], console: readonly string[]) {
    this.browser = browser;
    this.page = page;
    this.outsideRequests = outsideRequests;
    this.console = console;
  }

  /** Runs a command by its title in the command palette, e.g. `Routing Policy: Explain Last Route`. */
  async command(title: string): Promise<void> {
    await this.quickInput('F1', `>${title}`);
    const row = this.page.locator(QUICK_ROW).filter({ hasText: title }).first();
    await row.waitFor({ timeout: PATIENCE });
    await row.click();
  }

  /** Titles that the command palette offers for `text`. */
  async commandsFor(text: string): Promise<readonly string[]> {
    await this.quickInput('F1', `>${text}`);
    await this.page.locator(QUICK_ROW).first().waitFor({ timeout: PATIENCE });
    await sleep(300);
    const titles = await this.page.locator(`${QUICK_ROW} .label-name`).allInnerTexts();
    await this.page.keyboard.press('Escape');
    return titles;
  }

  /** Labels of the rows of the quick pick that is open now. */
  async quickPickRows(): Promise<readonly string[]> {
    await this.page.locator(QUICK_ROW).first().waitFor({ timeout: PATIENCE });
    // A row's second line has a label too, and rows of an earlier pick are kept, hidden, for use again.
    return this.page.locator(QUICK_ROW).evaluateAll((rows) =>
      rows
        .filter((row) => row.checkVisibility())
        // The list puts rows where they belong by their style alone.
        .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
        .map((row) => row.querySelector('.label-name')?.textContent?.trim() ?? '')
        .filter((label) => label !== ''),
    );
  }

  /** Chooses the row of the open quick pick that shows `text`. */
  async pick(text: string): Promise<void> {
    await this.page.locator(QUICK_ROW).filter({ hasText: text }).first().click({ timeout: PATIENCE });
  }

  /** Writes `text` into the input box that asks for it, and leaves it open. */
  async fillInput(text: string): Promise<void> {
    await this.page.locator(QUICK_INPUT).first().fill(text, { timeout: PATIENCE });
  }

  /** What the open input box says below its line: its prompt, or what is wrong with what was typed. */
  async inputMessage(): Promise<string> {
    return this.page
      .locator('.quick-input-widget:visible .quick-input-message')
      .first()
      .innerText({ timeout: PATIENCE });
  }

  /** Opens a file of the folder by its path, with the cursor at `line` and `column` (both from 1), the editor focused. */
  async openFile(path: string, line = 1, column = 1): Promise<void> {
    const name = path.split('/').at(-1) ?? path;
    const tab = this.page.locator('.part.editor .tab.active').filter({ hasText: name }).first();
    await this.until(
      `${path} in the editor`,
      async () => {
        await this.quickInput('Control+P', `${path}:${line}:${column}`);
        // The list is sorted anew while the file search goes on: a key would take whatever is first by then.
        await this.page.locator(QUICK_ROW).filter({ hasText: name }).first().click({ timeout: PATIENCE });
        return tab.waitFor({ timeout: 5_000 }).then(
          () => true,
          () => false,
        );
      },
      Boolean,
    );
    await this.page.locator('.part.editor .monaco-editor.focused').first().waitFor({ timeout: PATIENCE });
  }

  /** Moves the cursor of the focused editor to `line` and `column`, both from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    await this.quickInput('Control+G', `:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator(QUICK_INPUT).waitFor({ state: 'hidden', timeout: PATIENCE });
  }

  /** Types into what has the focus, `pause` milliseconds a key. */
  async type(text: string, pause = 30): Promise<void> {
    await this.page.keyboard.type(text, { delay: pause });
  }

  async press(keys: string): Promise<void> {
    await this.page.keyboard.press(keys);
  }

  /** Replaces the whole text of the focused editor by pasting, which leaves indentation and brackets alone, and saves. */
  async replaceText(text: string): Promise<void> {
    await this.page.evaluate((content) => navigator.clipboard.writeText(content), text);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Control+V');
    await this.save();
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.part.editor .tab.active:not(.dirty)').first().waitFor({ timeout: PATIENCE });
  }

  /** The visible text of the active editor. Ghost text is not part of it. */
  async editorText(): Promise<string> {
    return this.page.evaluate(() => {
      const editor = document.querySelector('.part.editor .editor-group-container.active .monaco-editor');
      const lines = [...(editor?.querySelectorAll<HTMLElement>('.view-line') ?? [])];
      const top = (line: HTMLElement): number => Number.parseFloat(line.style.top);
      const text = (line: HTMLElement): string => {
        const copy = line.cloneNode(true) as HTMLElement;
        for (const ghost of copy.querySelectorAll(
          '.ghost-text, .ghost-text-decoration, .ghost-text-decoration-preview',
        ))
          ghost.remove();
        return (copy.textContent ?? '').replaceAll('\u00a0', ' ').replaceAll('\u200c', '');
      };
      return lines
        .sort((a, b) => top(a) - top(b))
        .map(text)
        .join('\n');
    });
  }

  /** The ghost text on the screen now; empty when there is none. */
  async ghostText(): Promise<string> {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.ghost-text, .ghost-text-decoration, .ghost-text-decoration-preview')]
        .map((part) => part.textContent ?? '')
        .join('')
        .replaceAll('\u00a0', ' '),
    );
  }

  /** Waits for a ghost text that `accept` is content with (any, if left out). */
  async waitForGhostText(accept: (text: string) => boolean = (text) => text !== ''): Promise<string> {
    return this.until('ghost text', () => this.ghostText(), accept);
  }

  /** Reloads the window, and waits until the workbench of the new page is there. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load', { timeout: START_UP });
    await this.command('Developer: Reload Window');
    await loaded;
    await this.page.locator('.monaco-workbench .part.statusbar').first().waitFor({ timeout: START_UP });
  }

  /** Types a space, and again, until the ghost text is `text`: a question that an editor has just started with may go unanswered. */
  async typeForGhostText(text: string): Promise<void> {
    const come = (ghost: string): boolean => ghost === text;
    await this.until(
      `ghost text ${text}`,
      async () => {
        await this.type(' ');
        const ghost = await this.until('it', () => this.ghostText(), come, 5_000).catch(() => '');
        if (ghost === '') await this.press('Backspace');
        return ghost;
      },
      come,
    );
  }

  /** What the status bar shows; nothing while one page gives way to the next. */
  async statusBar(): Promise<readonly StatusBarItem[]> {
    const items = this.page.evaluate(() =>
      [...document.querySelectorAll('.part.statusbar .statusbar-item')].map((item) => ({
        id: item.id,
        text: (item.textContent ?? '').trim(),
        label: item.getAttribute('aria-label') ?? item.querySelector('[aria-label]')?.getAttribute('aria-label') ?? '',
      })),
    );
    return items.catch((error: unknown) => {
      if (String(error).includes('Execution context was destroyed')) return [];
      throw error;
    });
  }

  /** Waits for the status bar item `id` to show a text that `accept` is content with (any, if left out). */
  async waitForStatus(id: string, accept: (text: string) => boolean = () => true): Promise<StatusBarItem> {
    const find = async (): Promise<StatusBarItem | undefined> =>
      (await this.statusBar()).find((item) => item.id === id);
    const item = await this.until(
      `status bar item ${id}`,
      find,
      (seen) => seen !== undefined && accept(seen.text),
      START_UP,
    );
    if (item === undefined) throw new Error(`the status bar item ${id} went away`);
    return item;
  }

  /** The tooltip of a status bar item, as it shows when the pointer rests on it. */
  async statusTooltip(id: string): Promise<string> {
    // What the pointer rested on before may still show its own.
    await this.page.mouse.move(700, 400);
    await this.hovers.first().waitFor({ state: 'hidden', timeout: PATIENCE });
    await this.statusItem(id).hover();
    await this.hovers.first().waitFor({ timeout: PATIENCE });
    const text = await this.hovers.first().innerText();
    await this.page.mouse.move(700, 400);
    return text;
  }

  async clickStatus(id: string): Promise<void> {
    await this.statusItem(id).locator('a').first().click();
  }

  /** The text of the hover that shows when the pointer rests on the first `text` in the editor. */
  async hoverOver(text: string): Promise<string> {
    await this.page.locator('.part.editor .view-line span span', { hasText: text }).last().hover();
    const hover = this.page.locator('.monaco-editor .monaco-hover:visible').first();
    await hover.waitFor({ timeout: PATIENCE });
    return hover.innerText();
  }

  /** The problems of the file in the active editor, as the Problems view lists them. */
  async problems(): Promise<readonly Problem[]> {
    const rows = this.page.locator('.markers-panel .monaco-list-row .marker-line, .markers-panel .monaco-list-row');
    if (!(await this.page.locator('.markers-panel').isVisible())) await this.page.keyboard.press('Control+Shift+M');
    await this.page.locator('.markers-panel').waitFor({ timeout: PATIENCE });
    const labels = await rows.evaluateAll((all) =>
      all.map((row) => (row as HTMLElement).innerText.replaceAll('\n', ' ')),
    );
    return labels.flatMap((label) => {
      const place = /\[Ln (\d+), Col (\d+)\]/.exec(label);
      if (place === null) return [];
      return [{ message: label.slice(0, place.index).trim(), line: Number(place[1]), column: Number(place[2]) }];
    });
  }

  /** Waits for the Problems view to show a problem that `accept` takes; any, if left out. */
  async waitForProblem(accept: (problem: Problem) => boolean = () => true): Promise<Problem> {
    const find = async (): Promise<Problem | undefined> => (await this.problems()).find(accept);
    const problem = await this.until('a problem', find, (seen) => seen !== undefined);
    if (problem === undefined) throw new Error('the problem went away');
    return problem;
  }

  /** Messages of the notifications on the screen. */
  async notifications(): Promise<readonly string[]> {
    return this.page.locator('.notification-toast .notification-list-item-message').allInnerTexts();
  }

  /** Presses a notification's button. */
  async pressNotificationButton(label: string): Promise<void> {
    await this.page
      .locator('.notification-toast .monaco-button')
      .filter({ hasText: label })
      .first()
      .click({ timeout: PATIENCE });
  }

  /** A picture of the window, or of the part that `selector` names, written to `path`. */
  async screenshot(path: string, selector?: string): Promise<void> {
    await (selector === undefined
      ? this.page.screenshot({ path })
      : this.page.locator(selector).first().screenshot({ path }));
  }

  /**
   * Asks `read` until `accept` takes its answer, and returns that.
   * @throws after `patience` milliseconds, naming `what` and the last answer.
   */
  async until<Value>(
    what: string,
    read: () => Promise<Value>,
    accept: (value: Value) => boolean,
    patience = PATIENCE,
  ): Promise<Value> {
    const deadline = Date.now() + patience;
    for (;;) {
      const value = await read();
      if (accept(value)) return value;
      if (Date.now() > deadline) {
        throw new Error(`waited ${patience / 1000} s for ${what}; last seen: ${JSON.stringify(value)}`);
      }
      await sleep(100);
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  private async quickInput(keys: string, text: string): Promise<void> {
    const input = this.page.locator(QUICK_INPUT).first();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await this.page.keyboard.press(keys);
      // A keypress during start-up is lost now and then, and a box that opens may be one that is about to close; a second
      // one is what a person would do as well.
      const isFilled = await input.fill(text, { timeout: 5_000 }).then(
        () => true,
        () => false,
      );
      if (isFilled) return;
    }
    throw new Error(`VS Code did not react to ${keys}`);
  }

  private statusItem(id: string): ReturnType<Page['locator']> {
    return this.page.locator(`.part.statusbar [id="${id}"]`);
  }

  private get hovers(): Locator {
    return this.page.locator(
      '.workbench-hover-container .workbench-hover:visible, .monaco-hover.workbench-hover:visible',
    );
  }
}

export interface WorkbenchOptions {
  readonly width?: number;
  readonly height?: number;
}

/**
 * Opens the workbench at `url` in a fresh browser profile and waits until the folder's files are listed. Whatever it asks
 * for outside loopback is refused and recorded in `outsideRequests`.
 */
export async function openWorkbench(url: string, options: WorkbenchOptions = {}): Promise<Workbench> {
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1400, height: options.height ?? 900 },
      // What moves without end, such as what shows that a chat is at work, is drawn by the processor here.
      reducedMotion: 'reduce',
    });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const outsideRequests = await stayOnLoopback(context);
    const page = await context.newPage();
    const console: string[] = [];
    page.on('console', (message) => console.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => console.push(`uncaught: ${error.message}`));
    await page.goto(url, { waitUntil: 'domcontentloaded', timeout: START_UP });
    await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: START_UP });
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: START_UP });
    return new Workbench(browser, page, outsideRequests, console);
  } catch (error) {
    await browser.close();
    throw error;
  }
}

async function stayOnLoopback(context: BrowserContext): Promise<readonly string[]> {
  const refused: string[] = [];
  const isOutside = (url: URL): boolean => !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  await context.route(isOutside, (route) => {
    refused.push(route.request().url());
    return route.abort();
  });
  return refused;
}
