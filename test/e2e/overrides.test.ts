// A person who wants another model than the policy's choice: by the command with a reason, and by the model picker.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, modelRows, newChat, pickedModel, pickModel, setUpChat } from '../host/chat.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

const LARGE = 'anthropic/claude-opus-5-5';
const MID = 'anthropic/claude-sonnet-5-5';
const SMALL = 'anthropic/claude-haiku-5-5';

const policyWith = (overrides: object): string =>
  JSON.stringify({
    version: 1,
    models: { small: SMALL, large: LARGE },
    default: MID,
    classes: [{ id: 'tests', when: { files: ['**/test/**'] } }],
    routes: { tests: { use: ['small', 'large'] } },
    overrides,
  });

const WITH_REASON = { direction: 'up', reason: 'required', expires: '2h', maxPerDay: 5 };
const REASON = 'it goes round in circles';

let simulated: SimulatedProviders;
let vscode: VSCode;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  vscode = await openVSCode({
    providers: simulated.providers,
    files: { '.routing-policy.json': policyWith(WITH_REASON) },
    onClose: () => simulated.stop(),
  });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
  await vscode.workbench.openFile('packages/core/test/order.test.ts');
  await setUpChat(vscode.workbench);
});

afterAll(() => vscode?.close());

/** What is committed alone can let people do more. */
async function commitPolicy(overrides: object): Promise<void> {
  await vscode.repository.write({ '.routing-policy.json': policyWith(overrides) });
  await vscode.repository.commit('What may be overridden');
}

async function waitForStatusMessage(words: string): Promise<void> {
  const { workbench } = vscode;
  await workbench.until(
    'the message in the status bar',
    async () => (await workbench.statusBar()).map(({ text }) => text),
    (texts) => texts.some((text) => text.includes(words)),
  );
}

test('the picker lists no model for which the policy would want a reason', async () => {
  const rows = await modelRows(vscode.workbench);
  expect(rows.join('\n')).toContain('Routing Policy (auto)');
  expect(rows.join('\n')).not.toContain(LARGE);
});

test('the command shows the models with their prices, and insists on a reason', async () => {
  const { workbench } = vscode;
  expect(await ask(workbench, 'Before')).toContain('Simulated answer from claude-haiku-5-5');
  await workbench.clickStatus(ROUTE_STATUS);
  await workbench.pick('Override Route');
  await workbench.until(
    'the models',
    () => workbench.quickPickRows(),
    (rows) => rows.join() === [SMALL, LARGE, MID].join(),
  );
  const row = workbench.page.locator('.quick-input-widget:visible .monaco-list-row').filter({ hasText: LARGE });
  expect(await row.innerText()).toMatch(/\$[\d.]+ in, \$[\d.]+ out per million tokens/);
  await workbench.pick(LARGE);
  await workbench.until(
    'the question why',
    () => workbench.inputMessage(),
    (text) => text.includes('The policy wants a reason.'),
  );
  await workbench.fillInput('   ');
  await workbench.until(
    'the objection',
    () => workbench.inputMessage(),
    (text) => text.includes('A reason is required.'),
  );
  await workbench.press('Enter');
  expect(await workbench.inputMessage(), 'it stays open').toContain('A reason is required.');
  await workbench.fillInput(REASON);
  await workbench.press('Enter');
  await waitForStatusMessage(`ask for ${LARGE} for 2 hours`);
  expect(await workbench.notifications()).toEqual([]);
});

test('while it is in force the status bar says so, requests follow it, and its reason is written down', async () => {
  const { workbench, server } = vscode;
  await workbench.until(
    'the tooltip to say so',
    () => workbench.statusTooltip(ROUTE_STATUS),
    (tooltip) => tooltip.includes(`${LARGE} is asked for. Reason: ${REASON}`),
  );
  const icon = workbench.page.locator(`[id="${ROUTE_STATUS}"] .codicon`).first();
  expect(await icon.getAttribute('class')).toContain('codicon-arrow-swap');
  expect(await ask(workbench, 'With the override')).toContain('Simulated answer from claude-opus-5-5');
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('opus-5-5 (simulated)'));
  expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain(REASON);
  const book = await readFile(join(server.profile, 'state', 'routing-policy', 'overrides.jsonl'), 'utf8');
  expect(book).toContain(REASON);
});

test('it is given up from the top of the same list', async () => {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Override Route');
  const rows = await workbench.until(
    'the way back',
    () => workbench.quickPickRows(),
    ([first]) => first === 'Give Up the Override',
  );
  expect(rows).not.toContain(LARGE);
  await workbench.pick('Give Up the Override');
  await waitForStatusMessage('The policy chooses again.');
  await newChat(workbench);
  expect(await ask(workbench, 'Without it')).toContain('Simulated answer from claude-haiku-5-5');
  expect(await workbench.statusTooltip(ROUTE_STATUS)).not.toContain(REASON);
});

test('where no reason is wanted, the picker lists the models, and a request to one of them is followed', async () => {
  const { workbench } = vscode;
  await commitPolicy({ direction: 'up', reason: 'optional' });
  await pickModel(workbench, LARGE);
  await newChat(workbench);
  expect(await ask(workbench, 'Picked')).toContain('Simulated answer from claude-opus-5-5');
});

test('a model that is picked though the policy wants a reason gives way, with a sentence that names the command', async () => {
  const { workbench } = vscode;
  await commitPolicy(WITH_REASON);
  await workbench.until(
    'the picker to list it no more',
    () => modelRows(workbench),
    (rows) => rows.every((row) => !row.includes(MID)),
  );
  expect(await pickedModel(workbench), 'the picker keeps what was picked').toBe(LARGE);
  await newChat(workbench);
  expect(await ask(workbench, 'Picked no more')).toContain('Simulated answer from claude-haiku-5-5');
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('haiku-5-5 (simulated)'));
  expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain(
    `${LARGE} was asked for and is not used: the policy wants a reason. Use "Routing Policy: Override Route" to give one.`,
  );
});

test('where the policy allows none, the command says the rule', async () => {
  const { workbench } = vscode;
  await commitPolicy({ direction: 'none' });
  await workbench.command('Routing Policy: Override Route');
  await workbench.until(
    'the rule',
    () => workbench.notifications(),
    (messages) => messages.includes('The policy allows no overrides.'),
  );
});
