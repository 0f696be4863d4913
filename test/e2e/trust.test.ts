// A folder that nobody has said to trust: its policy may refuse, and chooses nothing; nothing new is contacted.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

let simulated: SimulatedProviders;
let vscode: VSCode;
/** A program that has nothing to do with us, where the gateway would be. */
let stranger: Server;
let heardByStranger = '';

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  stranger = createServer((request, response) => {
    heardByStranger += JSON.stringify(request.headers);
    response.end('hello');
  }).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  vscode = await openVSCode({
    trust: true,
    machineSettings: { 'routingPolicy.gateway.port': (stranger.address() as AddressInfo).port },
    providers: simulated.providers,
    files: { '.env': 'KEY=1\n' },
    settings: { 'security.workspace.trust.startupPrompt': 'never', 'editor.quickSuggestions': false },
    onClose: async () => {
      stranger.close();
      await simulated.stop();
    },
  });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
});

afterAll(() => vscode?.close());

const received = (): number =>
  simulated.anthropic.requests.length + simulated.openai.requests.length + simulated.fim.requests.length;

test('the window is restricted, and the extension is there all the same', async () => {
  const { workbench } = vscode;
  expect(await workbench.notifications(), 'no gateway is opened, so no port is missed').toEqual([]);
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

test('a stranger on the gateway’s port is told once, learns no token, and is followed when it goes', async () => {
  const { workbench } = vscode;
  const told = (): Promise<readonly string[]> =>
    workbench.notifications().then((all) => all.filter((message) => message.includes('held by something')));
  await workbench.until('word of the port', told, (messages) => messages.length === 1);
  expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain('is held by something that is no gateway of yours');
  expect(heardByStranger).not.toMatch(/x-routing-token|[0-9a-f]{64}/);
  stranger.closeAllConnections();
  stranger.close();
  await workbench.until(
    'the gateway',
    () => workbench.statusTooltip(ROUTE_STATUS),
    (text) => text.includes('Gateway for other clients'),
  );
});
