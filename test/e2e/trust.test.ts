// A folder that nobody has said to trust: its policy may refuse, and chooses nothing; nothing new is contacted.
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

let simulated: SimulatedProviders;
let vscode: VSCode;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  vscode = await openVSCode({
    trust: true,
    providers: simulated.providers,
    files: { '.env': 'KEY=1\n' },
    settings: { 'security.workspace.trust.startupPrompt': 'never', 'editor.quickSuggestions': false },
    onClose: () => simulated.stop(),
  });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
});

afterAll(() => vscode?.close());

const received = (): number =>
  simulated.anthropic.requests.length + simulated.openai.requests.length + simulated.fim.requests.length;

test('the window is restricted, and the extension is there all the same', async () => {
  const { workbench } = vscode;
  await workbench.until(
    'Restricted Mode in the status bar',
    async () => (await workbench.statusBar()).map(({ text }) => text),
    (texts) => texts.includes('Restricted Mode'),
  );
  await workbench.waitForStatus(ROUTE_STATUS);
});

test('typing asks no provider', async () => {
  const { workbench } = vscode;
  await workbench.openFile('packages/core/src/money.ts');
  await workbench.press('Control+End');
  await workbench.press('Enter');
  await workbench.type('export function addCents(first: number, second: number): number {');
  await workbench.press('Enter');
  await workbench.type('const amount = ');
  // Longer than the longest wait for a pause in typing, with the router's own way to a provider after it.
  await setTimeout(3_000);
  expect(await workbench.ghostText()).toBe('');
  expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain('This workspace is not trusted');
  expect(received()).toBe(0);
});

test('what a constraint guards is blocked here as well', async () => {
  const { workbench } = vscode;
  await workbench.openFile('.env');
  await workbench.press('Control+End');
  await workbench.type('TOKEN=');
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'Blocked by policy');
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  expect(tooltip).toContain('Refused by keys-stay-here because of .env: key material is never sent to a model.');
  expect(received()).toBe(0);
  await workbench.command('File: Revert File');
});

test('Set Up Chat says that the editor keeps its chat off, and where to trust the workspace', async () => {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Set Up Chat');
  await workbench.until(
    'the message',
    () => workbench.notifications(),
    (messages) => messages.some((message) => message.includes('chat is off until you trust this workspace')),
  );
  await workbench.pressNotificationButton('Manage Workspace Trust');
  await workbench.page.locator('.workspace-trust-editor').waitFor({ timeout: 30_000 });
  expect(received()).toBe(0);
});

test('once trusted, the policy chooses, without a reload', async () => {
  const { workbench } = vscode;
  await workbench.page
    .locator('.workspace-trust-editor .monaco-button')
    .filter({ hasText: /^Trust$/ })
    .first()
    .click();
  await workbench.until(
    'the window to be trusted',
    async () => (await workbench.statusBar()).map(({ text }) => text),
    (texts) => !texts.includes('Restricted Mode'),
  );
  await workbench.page.locator('.modal-editor-part .codicon-close').first().click();
  await workbench.waitForStatus(ROUTE_STATUS);
  await workbench.openFile('packages/core/src/money.ts');
  await workbench.press('Control+End');
  await workbench.press('Enter');
  await workbench.type('re');
  await workbench.waitForGhostText();
  expect(await workbench.statusTooltip(ROUTE_STATUS)).not.toContain('not trusted');
  expect(simulated.fim.requests.length).toBeGreaterThan(0);
});
