// From an empty folder to figures: the team's server as it is packed, the editor of a developer who joins it by its link, and
// its page in a browser of its own, showing what that developer did.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/steps.ts';
import { ask, pressChatButton, setUpChat } from '../host/chat.ts';
import { launchChromium } from '../host/chromium.ts';
import { readTables } from '../host/ledger.ts';
import { buildTeamProgram, canRunTeamProgram, type RunningServer, type TeamProgram } from '../host/teamProgram.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { violations } from '../panel/axe.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

const PICTURES = join(ROOT, 'test-results', 'screenshots');
const DATA = 'figures';
/** Nothing of it may arrive. */
const SECRET = 'marmalade';
const TAKEN = 'quantities.reduce((total, quantity) => total + quantity * unitPrice, 0);';
const TAKEN_IN = 'packages/core/src/priced.ts';
const LOOKS = [
  ['light', 1280, 'light'],
  ['dark', 1280, 'dark'],
  ['phone', 360, 'dark'],
] as const;

let program: TeamProgram;
let server: RunningServer;
let simulated: SimulatedProviders;
let vscode: VSCode;
let browser: Browser;

describe.skipIf(!canRunTeamProgram)('a team of one', () => {
  beforeAll(async () => {
    await mkdir(PICTURES, { recursive: true });
    const begun = buildTeamProgram().then(async (built) => {
      program = built;
      server = await built.start(built.fresh(DATA));
    });
    simulated = await startSimulatedProviders();
    simulated.fim.behave({ kind: 'answer', answer: { text: TAKEN } }, Number.POSITIVE_INFINITY);
    vscode = await openVSCode({
      providers: simulated.providers,
      telemetry: true,
      files: {
        [TAKEN_IN]: 'export function priced(quantities: readonly number[], unitPrice: number): number {\n  return\n}\n',
      },
      settings: {
        'telemetry.telemetryLevel': 'all',
        'window.autoDetectColorScheme': false,
        'editor.quickSuggestions': false,
        'editor.suggestOnTriggerCharacters': false,
      },
      env: { ROUTING_POLICY_OUTCOME_TEMPO: '100' },
      onClose: () => simulated.stop(),
    });
    await vscode.workbench.waitForStatus(ROUTE_STATUS);
    await begun;
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await vscode?.close();
    await program?.remove();
  });

  test('an editor joins by the link that the server printed, and its developer’s classes by models are on the page', async () => {
    const { page } = await signIn();
    expect(await page.locator('main').innerText()).toContain('routing-policy team enrol');
    await joinTeam();
    await work();
    // Whoever resumes sending need not wait for the next minute.
    await vscode.workbench.command('Routing Policy: Resume Sync');

    const withheld = await reloadedUntil(page, (text) => !text.includes('routing-policy team enrol'));
    expect(withheld, 'of one person nothing is shown').not.toMatch(/claude-|codestral/);
    const told = await program.command(['least-persons', '1', '--data', program.at(DATA)]);
    expect(told.stdout).toBe('Every figure is shown as it comes in, also those of a single person.\n');

    const shown = await reloadedUntil(page, (text) => text.includes('Cost of a successful task'));
    expect(shown).toContain('Shown as it comes in: this server keeps nothing back.');
    expect(shown).not.toMatch(/marmalade|corner-shop/);
    const [head, ...rows] = (await page.locator('table.heat tr').allInnerTexts()).map((row) =>
      row.replace(/\s+/g, ' '),
    );
    expect(head).toMatch(/haiku.*codestral/i);
    expect(rows).toEqual([
      expect.stringMatching(/^ ?tests changes \$0\.\d+ 100% · n 1 .*–/),
      expect.stringMatching(/^ ?inline completions – .*100% · n 1/),
    ]);
    for (const [name, width, colorScheme] of LOOKS) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(PICTURES, `team-of-one-${name}.png`), fullPage: true });
      expect(await violations(page), name).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), name).toBe(0);
    }
  });
});

/** By the link that the start printed, as a person does: nothing but its button signs in. */
async function signIn(): Promise<{ readonly page: Page }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(server.adminLink ?? '');
  await page.locator('main button').first().click();
  await page.waitForURL(`${server.address}/`);
  return { page };
}

async function joinTeam(): Promise<void> {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Join a Team');
  await workbench.page
    .locator('.quick-input-widget:visible input[type="password"]')
    .first()
    .fill(server.enrol ?? '');
  await workbench.press('Enter');
  const dialog = workbench.page.locator('.monaco-dialog-box');
  await dialog.locator('text=Join the team at 127.0.0.1').first().waitFor({ timeout: 30_000 });
  await dialog.locator('text="Join and Send"').first().click();
  await workbench.page
    .locator('.notification-toast >> text=Anonymous usage is sent to 127.0.0.1')
    .first()
    .waitFor({ timeout: 30_000 });
}

/** A test that the agent changes, and a ghost text that is taken; both are committed. */
async function work(): Promise<void> {
  const { workbench, repository } = vscode;
  await setUpChat(workbench);
  await ask(workbench, `append "// ${SECRET}" to packages/core/test/order.test.ts`);
  await pressChatButton(workbench, 'Keep');
  await workbench.openFile(TAKEN_IN, 2, '  return'.length + 1);
  await workbench.typeForGhostText(TAKEN);
  await workbench.press('Tab');
  await workbench.save();
  await workbench.until(
    'both to be written',
    () => repository.git('diff', '--name-only'),
    (names) => names.split('\n').length >= 2,
  );
  await repository.git('commit', '--quiet', '--all', '--message', 'Prices');
  await workbench.until(
    'the commit to be seen',
    async () => readTables<{ surface: string }>(vscode.server, "SELECT surface FROM tasks WHERE outcome = 'committed'"),
    (tasks) => tasks.length >= 2,
  );
}

/** Loads a page of the server again until it says so. @returns what it says then */
function reloadedUntil(page: Page, isThere: (text: string) => boolean): Promise<string> {
  return vscode.workbench.until(
    'the page to show it',
    async () => {
      await page.reload();
      return page.locator('main').innerText();
    },
    isThere,
    60_000,
  );
}
