// Copilot Chat's own panel, signed out, routed by the sample repository's policy.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, askInline, newChat, pickedModel, pickMode, pressChatButton, setUpChat } from '../host/chat.ts';
import { packExtension } from '../host/fixtureExtension.ts';
import { readLedger } from '../host/ledger.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type RecordedRequest, type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

/** A custom agent, as a repository brings it. */
const reviewer = `---
name: Reviewer
description: Reads with care
model: Routing Policy (auto) (routing-policy)
---
You are the careful reviewer of corner-shop.
`;

let simulated: SimulatedProviders;
let vscode: VSCode;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  const other = await packExtension(join(import.meta.dirname, 'fixtures', 'test-models'));
  vscode = await openVSCode({
    providers: { ...simulated.providers, 'test-models': { wire: 'editor', vendor: 'test-models' } },
    vsix: [other.vsix],
    files: { '.github/agents/reviewer.agent.md': reviewer },
    onClose: async () => {
      await simulated.stop();
      await other.remove();
    },
  });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
});

afterAll(() => vscode?.close());

/** What reached the providers because of `words`, the editor's own small requests left out. */
function about(words: string): readonly RecordedRequest[] {
  return [...simulated.anthropic.requests, ...simulated.openai.requests].filter(
    ({ body }) => Array.isArray(body['tools']) && JSON.stringify(body).includes(words),
  );
}

const file = (path: string): Promise<string> => readFile(join(vscode.repository.folder, path), 'utf8');

test('Set Up Chat says what it does, and then routed chat is there without an account', async () => {
  const { workbench, server } = vscode;
  await workbench.openFile('packages/core/test/order.test.ts');
  const question = await setUpChat(workbench);
  expect(question).toContain('does not sign you in anywhere and sends nothing');
  expect(question).toContain('Cancel');
  expect(await pickedModel(workbench)).toBe('Routing Policy (auto)');
  const settings = JSON.parse(await readFile(join(server.profile, 'data', 'User', 'settings.json'), 'utf8')) as object;
  expect(settings).toMatchObject({
    'chat.utilityModel': 'routing-policy/auto',
    'chat.utilitySmallModel': 'routing-policy/auto',
  });
  expect(simulated.anthropic.requests, 'nothing is sent by setting up').toEqual([]);
});

test('the agent edits a test file with the small model', async () => {
  const { workbench } = vscode;
  const answer = await ask(workbench, 'append "// checked by the agent" to packages/core/test/order.test.ts');
  expect(answer).toContain('Simulated answer from claude-haiku-5-5');
  expect(await workbench.editorText()).toContain('// checked by the agent');
  await pressChatButton(workbench, 'Keep');
  expect(await file('packages/core/test/order.test.ts')).toMatch(/\);\n\/\/ checked by the agent\n$/);

  const requests = about('checked by the agent');
  expect(requests.length, 'asking, reading, editing').toBeGreaterThanOrEqual(3);
  for (const { method, path, model, headers, body, status } of requests) {
    expect({ method, path, model, status }).toEqual({
      method: 'POST',
      path: '/v1/messages',
      model: 'claude-haiku-5-5',
      status: 200,
    });
    expect(headers['anthropic-version']).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(headers, 'a provider without a key is sent none').not.toHaveProperty('x-api-key');
    expect(headers).not.toHaveProperty('authorization');
    expect(body).toMatchObject({ model: 'claude-haiku-5-5', stream: true });
  }
  const last = JSON.stringify(requests.at(-1)?.body['messages']);
  expect(last).toContain('"type":"tool_use"');
  expect(last).toContain('"type":"tool_result"');
  expect(simulated.openai.requests).toEqual([]);
});

test('the status bar and its tooltip tell that route', async () => {
  const { workbench } = vscode;
  const item = await workbench.waitForStatus(ROUTE_STATUS, (text) => text.includes('haiku'));
  expect(item.text).toMatch(/^haiku-5-5 \(simulated\) · \$0\.00\d\d$/);
  expect(item.label).toContain('Routing Policy: haiku-5-5 (simulated)');
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  expect(tooltip).toContain('anthropic/claude-haiku-5-5 (simulated) for tests');
  expect(tooltip).toContain('Class tests: every file matches **/test/**');
  expect(tooltip).toContain('Passed over architecture: ');
  expect(tooltip).toMatch(/Estimated cost: \$[\d.]+ to \$[\d.]+ \(price from simulated, 2026-11-10\)/);
  expect(tooltip).toMatch(/anthropic\/claude-haiku-5-5: served, \$0\.00\d\d, \d+ \+ \d+ tokens/);
  expect(tooltip).toMatch(/Today: \$0\.0\d+, of which \$0\.0\d+ simulated/);
});

test('the ledger has each call with its cost, and what the editor asks for itself under its own class', () => {
  const rows = readLedger(vscode.server);
  const agent = rows.filter(({ surface }) => surface === 'agent');
  expect(agent.length).toBe(about('checked by the agent').length);
  for (const row of agent) {
    expect(row).toMatchObject({ class: 'tests', model: 'claude-haiku-5-5', outcome: 'served', simulated: 1, place: 0 });
    expect(row.cost_nano_usd).toBeGreaterThan(0);
    expect(row.input_tokens).toBeGreaterThan(0);
  }
  const utility = rows.filter(({ surface }) => surface === 'utility');
  expect(utility.length, 'a title at least').toBeGreaterThan(0);
  expect(new Set(utility.map((row) => `${row.class} ${row.model}`))).toEqual(new Set(['utility claude-haiku-5-5']));
});

test('work on two packages goes to the large model, with more effort', async () => {
  const { workbench } = vscode;
  await newChat(workbench);
  await ask(
    workbench,
    'append "// second package" to packages/ui/src/receipt.ts, then read packages/core/src/money.ts',
  );
  await pressChatButton(workbench, 'Keep');
  expect(await file('packages/ui/src/receipt.ts')).toContain('// second package');

  const requests = about('// second package');
  expect(new Set(requests.map(({ model }) => model))).toEqual(new Set(['claude-opus-5-5']));
  expect(requests[0]?.body).toMatchObject({ output_config: { effort: 'high' } });
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('opus-5-5 (simulated)'));
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  expect(tooltip).toContain('anthropic/claude-opus-5-5 (simulated) for architecture');
  expect(readLedger(vscode.server)).toContainEqual(
    expect.objectContaining({ surface: 'agent', class: 'architecture', model: 'claude-opus-5-5', outcome: 'served' }),
  );
});

test('a change to an interface says whose review it asks for', async () => {
  const { workbench } = vscode;
  await newChat(workbench);
  await ask(workbench, 'append "// one more field" to api/orders.proto');
  await pressChatButton(workbench, 'Keep');
  expect(await file('api/orders.proto')).toContain('// one more field');
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('opus-5-5 (simulated)'));
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  expect(tooltip).toContain('anthropic/claude-opus-5-5 (simulated) for architecture');
  expect(tooltip).toContain('Gate senior, asked for by senior-eyes: a review by @corner-shop/seniors, within 2d.');
});

test('ask mode about a document goes to the small model', async () => {
  const { workbench } = vscode;
  await workbench.openFile('docs/discounts.md');
  await newChat(workbench);
  await pickMode(workbench, 'Ask');
  expect(await ask(workbench, 'Which discounts are there?')).toContain('Simulated answer from claude-haiku-5-5');
  const [request] = about('Which discounts are there?');
  expect(request).toMatchObject({ path: '/v1/messages', model: 'claude-haiku-5-5', status: 200 });
  expect(readLedger(vscode.server)).toContainEqual(expect.objectContaining({ kind: 'chat', class: 'docs' }));
});

test('inline chat about code of one package goes to the middle model', async () => {
  const { workbench } = vscode;
  await workbench.openFile('packages/core/src/money.ts', 3);
  expect(await askInline(workbench, 'why whole cents')).toContain('Simulated answer from claude-sonnet-5-5');
  const requests = about('why whole cents');
  expect(requests.map(({ model }) => model)).toEqual(['claude-sonnet-5-5']);
  await workbench.press('Escape');
});

test('a custom agent of the repository is routed like any other', async () => {
  const { workbench } = vscode;
  await newChat(workbench);
  await pickMode(workbench, 'Reviewer');
  await workbench.openFile('packages/core/test/order.test.ts');
  expect(await ask(workbench, 'Read this for me')).toContain('Simulated answer from claude-haiku-5-5');
  const [request] = about('Read this for me');
  expect(JSON.stringify(request?.body['system']) + JSON.stringify(request?.body['messages'])).toContain(
    'careful reviewer of corner-shop',
  );
});

test("another extension's request through the editor is routed too", async () => {
  const { workbench } = vscode;
  await workbench.command('Test Models: Ask Through the Editor');
  await workbench.until(
    'its answer',
    () => workbench.notifications(),
    (messages) => messages.some((message) => message.includes('Answered: Simulated answer from claude-')),
  );
  const asked = simulated.anthropic.requests.filter(({ body }) =>
    JSON.stringify(body).includes('Asked by another extension'),
  );
  expect(asked).toHaveLength(1);
  expect(readLedger(vscode.server).filter(({ surface }) => surface === 'extension')).toMatchObject([
    { outcome: 'served', provider: 'anthropic' },
  ]);
  await workbench.command('Notifications: Clear All Notifications');
});

test("a policy may route to another extension's models; usage that they do not report is marked as estimated", async () => {
  const { workbench, repository } = vscode;
  await repository.write({ '.routing-policy.json': '{ "version": 1, "default": "test-models/echo" }' });
  // The committed budget would hold on, and cannot count what has no price.
  await repository.commit('Another policy');
  await newChat(workbench);
  await pickMode(workbench, 'Ask');
  expect(await ask(workbench, 'Who are you?')).toMatch(/Echo heard \d+ characters\./);
  expect(about('Who are you?')).toEqual([]);
  expect(readLedger(vscode.server)).toContainEqual(
    expect.objectContaining({ provider: 'test-models', model: 'echo', outcome: 'served', usage_estimated: 1 }),
  );
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('echo'));
  expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain('tokens (estimated)');
});

test('the walkthrough is there for who looks at it first when the chat was set up', async () => {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Open Walkthrough');
  const steps = workbench.page.locator('.gettingStartedContainer .getting-started-step .step-title');
  await steps.first().waitFor({ timeout: 30_000 });
  expect(await steps.allInnerTexts()).toContain('Route the chat');
});

test('nothing outside this machine was asked for', () => {
  expect(vscode.workbench.outsideRequests).toEqual([]);
});
