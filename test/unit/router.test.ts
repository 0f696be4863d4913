import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChatEvent } from '../../src/chat/events.ts';
import type { ChatParams } from '../../src/contract/messages.ts';
import { LspClient } from '../host/lspClient.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

const server = new URL('../../src/language-server/main.ts', import.meta.url).pathname;

const policy = {
  version: 1,
  models: {
    small: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'],
    mid: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'],
    large: ['anthropic/claude-opus-5-5', 'openai/gpt-6.1-sol'],
  },
  default: 'mid',
  classes: [
    { id: 'inline', when: { kind: 'completion' }, use: ['codestral/codestral-latest', 'local/workspace-copy'] },
    { id: 'utility', when: { kind: ['title', 'commit-message'] }, use: 'small' },
    { id: 'wide', when: { diff: { modules: '>=2' } }, use: 'large' },
    { id: 'tests', when: { files: ['**/*.test.ts'] }, use: 'small' },
  ],
  constraints: [
    { id: 'secrets', when: { touches: ['**/.env*'] }, block: true, reason: 'keys never leave this machine' },
  ],
};

const files = {
  '.routing-policy.json': JSON.stringify(policy, undefined, 2),
  'packages/core/package.json': '{ "name": "core" }',
  'packages/core/src/sum.ts': 'export function sum(a: number, b: number): number {\n  return a + b;\n}\n',
  'packages/core/src/sum.test.ts': "import { sum } from './sum.ts';\nconsole.log(sum(1, 2));\n",
  'packages/ui/package.json': '{ "name": "ui" }',
  'packages/ui/src/view.ts': 'export const view = "view";\n',
  '.env': 'KEY=1\n',
};

let simulated: SimulatedProviders;
let repository: Repository;
let stateFolder: string;
let client: LspClient;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
});
afterAll(() => simulated.stop());

const configuration = () => ({
  providers: simulated.providers,
  network: {},
  trusted: true,
  completions: { enabled: true, maximumDelayMs: 100, timeoutMs: 3_000 },
  chat: { timeoutMs: 5_000 },
});

beforeEach(async () => {
  for (const one of [simulated.anthropic, simulated.openai, simulated.fim]) one.forget();
  repository = await createRepository({ files });
  stateFolder = await mkdtemp(join(tmpdir(), 'routing-policy-state-'));
  client = await LspClient.start({
    server,
    root: repository.folder,
    stateFolder,
    initialization: { configuration: configuration() },
  });
});
afterEach(async () => {
  await client.stop();
  await repository.remove();
  await rm(stateFolder, { recursive: true, force: true });
});

const ask = (text: string, more: Partial<ChatParams> = {}) =>
  client.chat({
    conversation: { system: [], messages: [{ role: 'user', parts: [{ kind: 'text', text }] }], tools: [] },
    surface: 'chat',
    client: 'test',
    requestedModel: 'auto',
    ...more,
  });
const textOf = (events: readonly ChatEvent[]): string =>
  events.flatMap((event) => (event.kind === 'text' ? [event.text] : [])).join('');
const attach = (...paths: string[]): string =>
  `<attachments>${paths.map((path) => `<attachment filePath="${repository.folder}/${path}">x</attachment>`).join('')}</attachments><userRequest>help</userRequest>`;

describe('a chat through the router’s own door', () => {
  test('a question without files goes to the default model, and its cost is known', async () => {
    const chat = ask('hello');
    const result = await chat.result;
    expect(result).toMatchObject({
      kind: 'served',
      status: { state: 'routed', class: 'default', target: 'anthropic/claude-sonnet-5-5' },
    });
    expect(textOf(chat.events)).toContain('claude-sonnet-5-5');
    expect(chat.events.map((event) => event.kind)).toContain('usage');
    expect(simulated.anthropic.requests.at(-1)).toMatchObject({ method: 'POST', path: '/v1/messages' });
    expect(client.statuses.at(-1)?.label).toMatch(/^sonnet-5-5 \(simulated\) · \$0\.\d+$/);
  });

  test('work on a test goes to the small model, work on two modules to the large one', async () => {
    await ask(attach('packages/core/src/sum.test.ts')).result;
    expect(simulated.anthropic.requests.at(-1)?.body).toMatchObject({ model: 'claude-haiku-5-5' });
    await ask(attach('packages/core/src/sum.ts', 'packages/ui/src/view.ts')).result;
    expect(simulated.anthropic.requests.at(-1)?.body).toMatchObject({ model: 'claude-opus-5-5' });
  });

  test('a secret that would go out is refused, and nothing is sent', async () => {
    const result = await ask(attach('.env')).result;
    expect(result).toMatchObject({ kind: 'blocked', status: { state: 'blocked' } });
    expect(result.kind === 'blocked' && result.message).toContain('keys never leave this machine');
    expect(simulated.anthropic.requests).toHaveLength(0);
    expect(simulated.openai.requests).toHaveLength(0);
  });

  test('a saved policy holds for the next request', async () => {
    await ask('one').result;
    await repository.write({ '.routing-policy.json': JSON.stringify({ version: 1, default: 'openai/gpt-6-sol' }) });
    await ask('two').result;
    expect(simulated.openai.requests.at(-1)?.body).toMatchObject({ model: 'gpt-6-sol' });
  });

  test('a broken policy leaves the last good one in force, visibly, until it is mended', async () => {
    await ask('one').result;
    await repository.write({ '.routing-policy.json': '{ "version": 1, "defualt": "openai/gpt-6-sol" }' });
    const result = await ask('two').result;
    expect(result).toMatchObject({ kind: 'served', status: { target: 'anthropic/claude-sonnet-5-5' } });
    expect(result.kind === 'served' && result.status.warning).toMatch(/last good version.*line 1, column/s);
    await repository.write({ '.routing-policy.json': JSON.stringify({ version: 1, default: 'openai/gpt-6-sol' }) });
    const mended = await ask('three').result;
    expect(mended).toMatchObject({ kind: 'served', status: { target: 'openai/gpt-6-sol' } });
    expect(mended.kind === 'served' && mended.status.warning).toBeUndefined();
  });

  test('a provider that answers 500 is followed by the next one, and both attempts are written down', async () => {
    simulated.anthropic.behave({ kind: 'status', status: 500 });
    const chat = ask('hello');
    expect(await chat.result).toMatchObject({ kind: 'served', status: { target: 'openai/gpt-6-sol' } });
    expect(textOf(chat.events)).toContain('gpt-6-sol');
    const { markdown } = await client.connection.sendRequest<{ markdown: string }>('routing/usage', { roots: [] });
    expect(markdown).toMatch(/1 failed/);
    expect(markdown).toMatch(/1 served/);
  });

  test('an answer that is cut off is told as such and continued by nobody', async () => {
    simulated.anthropic.behave({ kind: 'cut' });
    const result = await ask('hello').result;
    expect(result).toMatchObject({ kind: 'failed' });
    expect(result.kind === 'failed' && result.message).toMatch(/cut off.*ask again/is);
    expect(simulated.openai.requests).toHaveLength(0);
  });

  test('cancelling stops the provider', async () => {
    simulated.anthropic.behave({ kind: 'hang-mid-stream', afterDeltas: 2 });
    const chat = ask('hello');
    await expect.poll(() => chat.events.length, { timeout: 5_000 }).toBeGreaterThan(0);
    chat.cancel();
    expect(await chat.result).toEqual({ kind: 'cancelled' });
    await expect.poll(() => simulated.anthropic.requests.at(-1)?.aborted, { timeout: 2_000 }).toBeDefined();
  });
});

describe('completions through the router’s own door', () => {
  test('ghost text comes from the provider that the policy chose', async () => {
    const text = 'export function add(a: number, b: number) {\n  return \n}\n';
    await client.openDocument('packages/core/src/add.ts', 'typescript', text);
    const [item] = await client.complete('packages/core/src/add.ts', 1, 9);
    expect(item?.insertText.length).toBeGreaterThan(0);
    expect(simulated.fim.requests.at(-1)).toMatchObject({ method: 'POST', path: '/v1/fim/completions' });
    await client.connection.sendRequest('workspace/executeCommand', item?.command);
    const { markdown } = await client.connection.sendRequest<{ markdown: string }>('routing/usage', { roots: [] });
    expect(markdown).toMatch(/1 accepted/);
  });
});

describe('the policy file while it is edited', () => {
  test('a mistake is shown at its place', async () => {
    await client.openDocument(
      '.routing-policy.json',
      'jsonc',
      '{\n  "version": 1,\n  "default": "mid",\n  "clases": []\n}\n',
    );
    await expect
      .poll(() => client.diagnostics('.routing-policy.json')?.map(({ code }) => code), { timeout: 5_000 })
      .toContain('unknown-key');
    const diagnostic = client.diagnostics('.routing-policy.json')?.find(({ code }) => code === 'unknown-key');
    expect(diagnostic).toMatchObject({
      severity: 1,
      range: { start: { line: 3, character: 2 }, end: { line: 3, character: 10 } },
    });
  });
});
