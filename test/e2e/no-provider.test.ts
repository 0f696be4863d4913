// A machine without a key or a model server: completions are copied from the workspace, and the chat says how it stands.
// Then a provider is added while the editor runs.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, newChat, pickMode, setUpChat } from '../host/chat.ts';
import { readLedger } from '../host/ledger.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

/** The suggestion list comes when a test asks for it, not when the machine is slow. */
const SETTINGS = { 'editor.quickSuggestions': false, 'editor.suggestOnTriggerCharacters': false };

const REST = " < 0 ? '-' : '';";

let simulated: SimulatedProviders;
let vscode: VSCode;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  vscode = await openVSCode({ settings: SETTINGS, onClose: () => simulated.stop() });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
});

afterAll(() => vscode?.close());

/** Begins a second function at the end of money.ts, whose first line is a line of the first. */
async function typeFunction(name: string): Promise<void> {
  const { workbench } = vscode;
  await workbench.openFile('packages/core/src/money.ts');
  await workbench.press('Control+End');
  await workbench.press('Enter');
  await workbench.type(`export function ${name}(cents: number): string {`);
  await workbench.press('Enter');
  await workbench.type('const sign = cents');
}

test('with the suggestion list open, ghost text continues the entry selected there', async () => {
  const { workbench } = vscode;
  await workbench.command('File: Revert File');
  await typeFunction('formatTotal');
  for (let letters = 0; letters < 2; letters += 1) await workbench.press('Backspace');
  const selected = workbench.page.locator('.suggest-widget:visible .monaco-list-row.focused .label-name');
  await workbench.until(
    'ghost text behind the selected entry',
    async () => {
      await workbench.press('Control+Space');
      await selected
        .filter({ hasText: /^cents$/ })
        .first()
        .waitFor({ timeout: 30_000 });
      const ghost = await workbench
        .until(
          'it',
          () => workbench.ghostText(),
          (text) => text.length > 2,
          5_000,
        )
        .catch(() => '');
      // The list is closed and asked for anew, as a person would.
      if (ghost === '') await workbench.press('Escape');
      return ghost;
    },
    (ghost) => ghost === `ts${REST}`,
  );
  await workbench.press('Tab');
  await workbench.press('Escape');
  expect(await workbench.editorText()).toContain('{\n  const sign = cents');
  await workbench.command('File: Revert File');
});

test('ghost text is copied from the workspace, and Tab takes it', async () => {
  const { workbench } = vscode;
  await typeFunction('formatAmount');
  expect(await workbench.waitForGhostText()).toBe(REST);
  await workbench.press('Tab');
  await workbench.until(
    'the accepted text',
    () => workbench.editorText(),
    (text) => text.split(`const sign = cents${REST}`).length === 3,
  );
  expect(await workbench.ghostText()).toBe('');
  const rows = await workbench.until(
    'the outcome in the ledger',
    async () => readLedger(vscode.server),
    (all) => all.some(({ outcome }) => outcome === 'accepted'),
  );
  expect(rows.filter(({ outcome }) => outcome === 'accepted')).toMatchObject([
    {
      surface: 'completion',
      kind: 'completion',
      class: 'inline',
      provider: 'local',
      model: 'workspace-copy',
      cost_nano_usd: 0,
    },
  ]);
});

test('the status bar says who served it, at no cost, and why not the others', async () => {
  const { workbench } = vscode;
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'workspace-copy · $0');
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  expect(tooltip).toContain('local/workspace-copy for inline');
  expect(tooltip).toContain('codestral/codestral-latest cannot be used: "codestral" has no key');
  expect(tooltip).toContain('choice 4 of its route');
});

test('no completion raises a notification', async () => {
  expect(await vscode.workbench.notifications()).toEqual([]);
});

test('a chat is answered by the routing itself, which says so and names the ways out', async () => {
  const { workbench } = vscode;
  await setUpChat(workbench);
  const answer = await ask(workbench, 'What does formatCents do?');
  expect(answer).toContain('No model answered this: the routing itself is speaking.');
  expect(answer).toContain('class module-work');
  expect(answer).toContain('anthropic/claude-sonnet-5-5 cannot be used: "anthropic" has no key');
  expect(answer).toContain('Routing Policy: Add Provider Key');
  expect(answer).toContain('Find Local Models');
  expect(answer).not.toMatch(/\bat \w+.*:\d+:\d+/);
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'Not served');
  expect(readLedger(vscode.server)).toContainEqual(
    expect.objectContaining({ surface: 'agent', outcome: 'unserved', provider: null, model: null }),
  );
});

test('one notification offers them as buttons, until a person wants no more of it', async () => {
  const { workbench } = vscode;
  await workbench.command('Notifications: Show Notifications');
  const notice = workbench.page.locator('.notifications-center .notification-list-item');
  await notice.filter({ hasText: 'No provider that the policy chose can be reached' }).first().waitFor();
  expect(await notice.count()).toBe(1);
  const buttons = workbench.page.locator('.notifications-center .monaco-button');
  expect(await buttons.allInnerTexts()).toEqual([
    'Add a Key',
    'Use GitHub Copilot’s Models',
    'Look for Local Models',
    'Don’t Show Again',
  ]);
  await buttons.filter({ hasText: 'Don’t Show Again' }).click();
  await notice.first().waitFor({ state: 'hidden' });
  expect(await ask(workbench, 'And now?')).toContain('the routing itself is speaking');
  expect(await workbench.notifications()).toEqual([]);
});

test('@routing explains the last route, the spend and the policy', async () => {
  const { workbench } = vscode;
  await newChat(workbench);
  await pickMode(workbench, 'Ask');
  expect(await ask(workbench, '@routing /explain ')).toContain('Nothing can serve this request');
  expect(await ask(workbench, '@routing /usage ')).toMatch(/today/i);
  const policy = await ask(workbench, '@routing /policy ');
  expect(policy).toContain('tests → anthropic/claude-haiku-5-5');
  expect(policy).toContain('keys-stay-here: key material is never sent to a model');
  expect(policy).toContain('Open Policy');
});

test('a provider that is added serves the next keystroke', async () => {
  const { workbench, server } = vscode;
  await server.changeSettings(SETTINGS, { 'routingPolicy.providers': simulated.providers });
  await workbench.openFile('packages/ui/src/basket.ts');
  await workbench.press('Control+End');
  await workbench.press('Enter');
  await workbench.type('export function addCents(first: number, second: number): number {');
  await workbench.press('Enter');
  await workbench.until(
    'a request to the provider',
    async () => {
      await workbench.type('r');
      const ghost = await workbench.waitForGhostText().catch(() => '');
      await workbench.press('Backspace');
      return ghost === '' ? 0 : simulated.fim.requests.length;
    },
    (count) => count > 0,
    60_000,
  );
  await workbench.type('re');
  await workbench.waitForGhostText();
  await workbench.press('Tab');
  const request = simulated.fim.requests.at(-1);
  expect(request).toMatchObject({
    method: 'POST',
    path: '/v1/fim/completions',
    model: 'codestral-latest',
    status: 200,
  });
  expect(request?.headers['content-type']).toBe('application/json');
  expect(request?.headers).not.toHaveProperty('authorization');
  expect(request?.body).toMatchObject({ model: 'codestral-latest' });
  expect(request?.body['prompt']).toContain('export function addCents(first: number, second: number): number {');
  expect(request?.body).toHaveProperty('suffix');
  const item = await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('codestral'));
  expect(item.text).toMatch(/^codestral-latest \(simulated\) · \$0\.\d+$|^codestral-latest \(simulated\) · <\$/);
  expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain('codestral/codestral-latest (simulated) for inline');
  await workbench.until(
    'the outcome in the ledger',
    async () =>
      readLedger(server).filter(({ outcome, provider }) => outcome === 'accepted' && provider === 'codestral'),
    (rows) => rows.length === 1,
  );
  expect(await workbench.notifications()).toEqual([]);
});
