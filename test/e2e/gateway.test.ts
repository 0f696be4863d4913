// Clients that nobody changed, started in the editor's own terminal: asked once, routed by the open folder's policy, shown.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/steps.ts';
import { programPath } from '../clients/install.ts';
import { readLedger } from '../host/ledger.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { newTerminal, runInTerminal } from '../host/terminal.ts';
import { openVSCode, ROUTE_STATUS, SAMPLE, type VSCode } from '../host/vscode.ts';
import { openWorkbench, type Workbench } from '../host/workbench.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

/** A person's script with OpenAI's own library, which knows nothing of the gateway. */
const SCRIPT = `import OpenAI from ${JSON.stringify(pathToFileURL(join(ROOT, 'node_modules/openai/index.mjs')).href)};
const client = new OpenAI({ maxRetries: 0 });
const answer = await client.chat.completions.create({
  model: 'gpt-6-sol',
  messages: [{ role: 'user', content: process.argv[2] ?? 'What is in this folder?' }],
});
console.log(answer.choices[0].message.content);
`;
const QUESTION = 'Route AI clients in this editor’s terminals by the policy too?';
const NODE = JSON.stringify(process.execPath);

let simulated: SimulatedProviders;
let vscode: VSCode;
let other: Workbench | undefined;
let otherRepository: Repository | undefined;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  vscode = await openVSCode({
    providers: simulated.providers,
    files: { 'ask.mjs': SCRIPT },
    settings: { 'editor.quickSuggestions': false },
    onClose: () => simulated.stop(),
  });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
});

afterAll(async () => {
  await other?.close();
  await vscode?.close();
  await otherRepository?.remove();
});

const gatewayRows = () => readLedger(vscode.server).filter(({ surface }) => surface === 'gateway');
const written = (name: string): Promise<string> => readFile(join(vscode.repository.folder, name), 'utf8');

test('a terminal is left alone until the person is asked, once', async () => {
  const { workbench } = vscode;
  await newTerminal(workbench);
  await workbench.until(
    'the question',
    () => workbench.notifications(),
    (messages) => messages.some((message) => message.includes(QUESTION)),
  );
  await runInTerminal(workbench, 'echo "[$OPENAI_BASE_URL]" > before.txt');
  expect(await workbench.until('the file', () => written('before.txt').catch(() => ''), Boolean)).toBe('[]\n');
});

test('once it is wanted, an unmodified client in a new terminal is routed by the folder’s policy, shown and written down', async () => {
  const { workbench } = vscode;
  // It is asked once: where this test is tried again, the answer has been given.
  if ((await workbench.notifications()).some((message) => message.includes(QUESTION))) {
    await workbench.pressNotificationButton('Route Terminals');
    await workbench.pressNotificationButton('New Terminal');
  } else await newTerminal(workbench);
  await workbench.until(
    'a routed terminal',
    async () => {
      await runInTerminal(workbench, 'echo "[$OPENAI_BASE_URL]" > routed.txt');
      return written('routed.txt').catch(() => '');
    },
    (text) => text.includes('127.0.0.1'),
  );
  await runInTerminal(workbench, `${NODE} ask.mjs > answer.txt 2>&1`);
  const answer = await workbench.until('the answer', () => written('answer.txt').catch(() => ''), Boolean);
  // The script asks for OpenAI's model; the policy decides.
  expect(answer).toContain('Simulated answer from claude-sonnet-5-5');
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('sonnet-5-5'));
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  expect(tooltip).toContain('Asked by: openai-sdk, through the gateway');
  expect(tooltip).toContain('Terminals are routed.');
  await expect.poll(() => gatewayRows().at(-1)).toMatchObject({ model: 'claude-sonnet-5-5', outcome: 'served' });
});

test('what the policy forbids is refused in the terminal, in words', async () => {
  const { workbench } = vscode;
  await vscode.repository.write({ '.env': 'PAYMENT_TOKEN=9f8c2b7e41d05a6bc3e17d20\n' });
  const asked = simulated.anthropic.requests.length;
  await runInTerminal(workbench, `${NODE} ask.mjs "What is wrong here? $(cat .env)" > refused.txt 2>&1`);
  const refusal = await workbench.until('the refusal', () => written('refused.txt').catch(() => ''), Boolean);
  expect(refusal).toContain('keys-stay-here');
  expect(simulated.anthropic.requests.length).toBe(asked);
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'Blocked by policy');
});

test.skipIf(!existsSync(programPath('claude')))(
  'Claude Code, unmodified and without a login, is routed (where it is installed: npm run test:clients)',
  async () => {
    const { workbench } = vscode;
    const claude = `CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 ${programPath('claude')}`;
    await runInTerminal(workbench, `${claude} -p 'What is in this folder?' < /dev/null > claude.txt 2>&1`);
    const answer = await workbench.until('the answer', () => written('claude.txt').catch(() => ''), Boolean, 90_000);
    expect(answer).toContain('Simulated answer from claude-sonnet-5-5');
    await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('sonnet-5-5'));
    expect(JSON.stringify(simulated.anthropic.requests.at(-1))).toContain('claude');
  },
);

test.skipIf(!existsSync(programPath('codex')))(
  'Codex, which no variable points elsewhere, is routed by its command (where it is installed)',
  async () => {
    const { workbench } = vscode;
    await runInTerminal(workbench, `PATH="$PATH:${dirname(programPath('codex'))}"`);
    await runInTerminal(
      workbench,
      "codex exec --skip-git-repo-check 'What is in this folder?' < /dev/null > codex.txt 2> codex-log.txt",
    );
    const answer = await workbench.until('the answer', () => written('codex.txt').catch(() => ''), Boolean, 90_000);
    expect(answer).toContain('Simulated answer from claude-sonnet-5-5');
  },
);

test('another window’s folder goes by its own policy, and is shown there', async () => {
  otherRepository = await createRepository({
    from: SAMPLE,
    files: { '.routing-policy.json': '{ "version": 1, "default": "openai/gpt-6-luna" }', 'ask.mjs': SCRIPT },
  });
  const { workbench, server } = vscode;
  other = await openWorkbench(`${server.origin}/?folder=${encodeURIComponent(otherRepository.folder)}`);
  await other.waitForStatus(ROUTE_STATUS);
  const before = (await workbench.waitForStatus(ROUTE_STATUS)).text;
  await other.until(
    'the gateway',
    () => (other as Workbench).statusTooltip(ROUTE_STATUS),
    (text) => text.includes('held by another window') && text.includes('Terminals are routed.'),
  );
  await newTerminal(other);
  await runInTerminal(other, `${NODE} ask.mjs > answer.txt 2>&1`);
  const file = join(otherRepository.folder, 'answer.txt');
  const answer = await other.until('the answer', () => readFile(file, 'utf8').catch(() => ''), Boolean);
  expect(answer).toContain('Simulated answer from gpt-6-luna');
  await other.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('gpt-6-luna'));
  expect((await workbench.waitForStatus(ROUTE_STATUS)).text).toBe(before);
  expect(await other.notifications(), 'asked once, in the first window').toEqual([]);
});

test('Connect a Client shows what a client needs, and tells when its request has arrived', async () => {
  const { workbench } = vscode;
  await workbench.command('Routing Policy: Connect a Client');
  await workbench.pick('OpenAI SDK');
  await workbench.page.locator('.tab.active >> text=Connect OpenAI SDK').waitFor({ timeout: 30_000 });
  await workbench.pressNotificationButton('Check');
  await workbench.until(
    'the wait',
    () => workbench.notifications(),
    (messages) => messages.some((message) => message.includes('Ask OpenAI SDK anything')),
  );
  await workbench.command('Terminal: Focus Terminal');
  await runInTerminal(workbench, `${NODE} ask.mjs`);
  await workbench.until(
    'word of the request',
    () => workbench.notifications(),
    (messages) => messages.some((message) => /OpenAI SDK is connected: .*sonnet-5-5/.test(message)),
  );
});

test('a client’s file is written after a look at the change, with what was there kept beside it', async () => {
  const { workbench, server } = vscode;
  await workbench.command('Notifications: Clear All Notifications');
  await workbench.command('Routing Policy: Connect a Client');
  await workbench.pick('Claude Code');
  await workbench.pressNotificationButton('Write to File');
  const dialog = workbench.page.locator('.monaco-dialog-box');
  await dialog.waitFor({ timeout: 30_000 });
  await dialog.locator('.monaco-button').filter({ hasText: 'Write' }).first().click();
  const file = join(server.profile, 'home', '.claude', 'settings.json');
  const text = await workbench.until('the file', () => readFile(file, 'utf8').catch(() => ''), Boolean);
  expect(JSON.parse(text)).toMatchObject({
    env: { ANTHROPIC_CUSTOM_HEADERS: expect.stringMatching(/^x-routing-token: [0-9a-f]{64}$/) },
  });
});

test('switched off, new terminals are left alone again', async () => {
  const { workbench } = vscode;
  await workbench.command('Notifications: Clear All Notifications');
  await workbench.command('Routing Policy: Route Terminals');
  await workbench.until(
    'the tooltip to say so',
    () => workbench.statusTooltip(ROUTE_STATUS),
    (text) => !text.includes('Terminals are routed.'),
  );
  await newTerminal(workbench);
  await runInTerminal(workbench, 'echo "[$OPENAI_BASE_URL$ROUTING_POLICY_TOKEN]" > after.txt');
  expect(await workbench.until('the file', () => written('after.txt').catch(() => ''), Boolean)).toBe('[]\n');
});
