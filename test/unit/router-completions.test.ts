// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import type { LspClient } from '../host/lspClient.ts';
import { samplePolicy, setStage } from '../host/routerStage.ts';

const stage = setStage();

let count = 0;
/** A document of its own for each test, so that no earlier answer fits it. */
async function open(text: string, name = `add${++count}.ts`, client: LspClient = stage.client) {
  const path = `packages/core/src/${name}`;
  await client.openDocument(path, 'typescript', text);
  let version = 1;
  return {
    path,
    change: (next: string) => client.changeDocument(path, ++version, next),
    /** Asks at the `|` of the text. */
    at: (marked: string, options?: Parameters<LspClient['complete']>[3]) => {
      const before = marked.slice(0, marked.indexOf('|')).split('\n');
      return client.complete(path, before.length - 1, before.at(-1)?.length ?? 0, options);
    },
  };
}
const unique = (): string => `value${++count}`;
const body = (name: string): string => `export function ${name}(a: number, b: number) {\n  return \n}\n`;
const marked = (name: string): string => body(name).replace('return ', 'return |');
const say = (text: string): void => stage.simulated.fim.behave({ kind: 'answer', answer: { text } });

/** The embedded completer has something to copy: the same lines stand in other files. */
const copyable = {
  'packages/core/src/one.ts':
    'export function openLedger(folder: string) {\n  return folder.trimEnd().toLowerCase();\n}\n',
  'packages/core/src/two.ts':
    'export function closeLedger(folder: string) {\n  return folder.trimEnd().toLowerCase();\n}\n',
  'packages/core/src/three.ts':
    'export function readLedger(folder: string) {\n  return folder.trimEnd().toLowerCase();\n}\n',
};
const copying = 'export function checkLedger(folder: string) {\n  return folder.trimEnd().|\n}\n';

async function copyStage(policy: object): Promise<LspClient> {
  const repository = await stage.newRepository({ '.routing-policy.json': JSON.stringify(policy), ...copyable });
  return stage.start({ root: repository.folder });
}
const copied = async (client: LspClient) => {
  const document = await open(copying.replace('|', ''), undefined, client);
  await expect
    .poll(async () => (await document.at(copying))[0]?.insertText, { interval: 100 })
    .toContain('toLowerCase();');
  return document;
};

describe('ghost text', () => {
  test('comes from the provider that the policy chose, and its acceptance is written down', async () => {
    const name = unique();
    say('a + b;');
    const document = await open(body(name));
    const [item] = await document.at(marked(name));
    expect(item?.insertText).toBe('a + b;');
    expect(stage.simulated.fim.requests.at(-1)).toMatchObject({ method: 'POST', path: '/v1/fim/completions' });
    expect(stage.rows()).toMatchObject([
      { surface: 'completion', class: 'inline', outcome: 'shown', usage_estimated: 0 },
    ]);
    await stage.client.connection.sendRequest('workspace/executeCommand', item?.command);
    expect(stage.rows()).toMatchObject([{ outcome: 'accepted' }]);
    expect(stage.client.statuses.at(-1)).toMatchObject({ state: 'routed', target: 'codestral/codestral-latest' });
  });

  test('is asked for with what is in the editor, saved or not, at its newest version', async () => {
    const [first, second] = [unique(), unique()];
    const document = await open(body(first));
    await document.change(body(second));
    await document.at(marked(second));
    const sent = stage.simulated.fim.requests.at(-1)?.body;
    expect(sent?.['prompt']).toContain(second);
    expect(sent?.['prompt']).not.toContain(first);
    expect(sent?.['suffix']).toContain('}');
  });

  test('is kept while what is typed goes through it: no second request', async () => {
    const name = unique();
    say('a + b;');
    const document = await open(body(name));
    await document.at(marked(name));
    await document.change(body(name).replace('return ', 'return a +'));
    const [item] = await document.at(marked(name).replace('return |', 'return a +|'));
    expect(item?.insertText).toBe(' b;');
    expect(stage.simulated.fim.requests).toHaveLength(1);
    expect(stage.rows()).toHaveLength(1);
  });

  test('has several lines only where a block was just opened', async () => {
    const name = unique();
    const text = `export function ${name}(a: number) {\n  \n}\n`;
    say('const b = a;\n  return b;');
    const document = await open(text);
    const [item] = await document.at(text.replace('{\n  ', '{\n  |'));
    expect(item?.insertText).toBe('const b = a;\n  return b;');
    const other = unique();
    say('a;\nconst more = 1;');
    const line = await open(body(other));
    expect((await line.at(marked(other)))[0]?.insertText).toBe('a;');
  });

  test('is not there in a file that the policy guards; the status says so once, and nothing is sent', async () => {
    await stage.client.openDocument('.env', 'dotenv', 'KEY=\n');
    const before = stage.client.statuses.length;
    for (let times = 0; times < 3; times += 1) expect(await stage.client.complete('.env', 0, 4)).toEqual([]);
    expect(stage.simulated.fim.requests).toHaveLength(0);
    expect(stage.client.statuses.slice(before)).toMatchObject([{ state: 'blocked' }]);
    expect(stage.rows()).toEqual([]);
  });

  test('is left to the editor where the policy says native', async () => {
    await stage.policy({
      version: 1,
      default: 'openai/gpt-6-sol',
      classes: [{ id: 'inline', when: { kind: 'completion' }, use: 'native' }],
    });
    const name = unique();
    const document = await open(body(name));
    expect(await document.at(marked(name))).toEqual([]);
    expect(stage.simulated.openai.requests).toHaveLength(0);
    expect(stage.rows()).toEqual([]);
  });

  test('is not there when it is switched off', async () => {
    await stage.client.connection.sendNotification(
      'routing/configure',
      stage.configuration({ completions: { enabled: false, maximumDelayMs: 100, timeoutMs: 3_000 } }),
    );
    const name = unique();
    const document = await open(body(name));
    expect(await document.at(marked(name))).toEqual([]);
    expect(stage.simulated.fim.requests).toHaveLength(0);
  });

  test('can come from a model that only chats, by a marked hole', async () => {
    await stage.policy({ version: 1, default: 'anthropic/claude-haiku-5-5' });
    const name = unique();
    const document = await open(body(name));
    const [item] = await document.at(marked(name));
    expect(item?.insertText.length).toBeGreaterThan(0);
    expect(stage.simulated.anthropic.requests.at(-1)).toMatchObject({
      path: '/v1/messages',
      model: 'claude-haiku-5-5',
    });
  });

  test('does not make the status bar flicker while it is waited for or given up', async () => {
    const before = stage.client.statuses.length;
    stage.simulated.fim.behave({ kind: 'hang' });
    const name = unique();
    const document = await open(body(name));
    const source = new CancellationTokenSource();
    const answer = document.at(marked(name), { token: source.token });
    await expect.poll(() => stage.simulated.fim.requests.length).toBe(1);
    source.cancel();
    await answer.catch(() => undefined);
    await expect.poll(() => stage.rows()).toMatchObject([{ outcome: 'cancelled', usage_estimated: 1 }]);
    expect(stage.simulated.fim.requests.at(-1)?.aborted).toBeDefined();
    expect(stage.client.statuses.slice(before).map(({ state }) => state)).toEqual([]);
  });

  test('that a newer request supersedes settles, and only the newest is sent', async () => {
    const name = unique();
    const document = await open(body(name));
    const answers = [];
    for (const typed of ['a', 'a ', 'a +', 'a + ']) {
      await document.change(body(name).replace('return ', `return ${typed}`));
      answers.push(document.at(marked(name).replace('return |', `return ${typed}|`), { automatic: true }));
    }
    const settled = await Promise.all(answers);
    expect(settled.slice(0, 3)).toEqual([[], [], []]);
    expect(stage.simulated.fim.requests).toHaveLength(1);
    expect(stage.simulated.fim.requests[0]?.body['prompt']).toContain('return a + ');
  });
});

describe('ghost text when a provider fails', () => {
  test('is copied from the workspace, and both attempts are written down', async () => {
    stage.simulated.fim.behave({ kind: 'status', status: 500 }, Number.POSITIVE_INFINITY);
    const client = await copyStage(samplePolicy);
    await copied(client);
    const rows = stage.rows();
    expect(rows.find(({ outcome }) => outcome === 'failed')).toMatchObject({ provider: 'codestral', place: 0 });
    expect(rows.find(({ outcome }) => outcome === 'shown')).toMatchObject({
      provider: 'local',
      cost_nano_usd: 0,
      fallback_from: 'codestral/codestral-latest',
    });
  });

  test('ends with an empty answer that was paid for: nobody else is asked', async () => {
    await stage.policy({
      version: 1,
      default: { use: ['codestral/codestral-latest', 'anthropic/claude-haiku-5-5'] },
    });
    stage.simulated.fim.behave({ kind: 'answer', answer: { text: '' } });
    const name = unique();
    const document = await open(body(name));
    expect(await document.at(marked(name))).toEqual([]);
    expect(stage.simulated.fim.requests).toHaveLength(1);
    expect(stage.simulated.anthropic.requests).toHaveLength(0);
  });

  test('goes on where the embedded completer has nothing to say', async () => {
    await stage.policy({ version: 1, default: { use: ['local/workspace-copy', 'codestral/codestral-latest'] } });
    const name = unique();
    say('a + b;');
    const document = await open(body(name));
    expect((await document.at(marked(name)))[0]?.insertText).toBe('a + b;');
  });

  test('sets aside what it may cost while it is under way', async () => {
    await stage.policy({
      version: 1,
      default: 'anthropic/claude-opus-5-5',
      budgets: [{ id: 'me', per: 'developer', usd: 1, period: 'month', then: 'block' }],
    });
    const held = (): number => {
      const database = new DatabaseSync(join(stage.stateFolder, 'ledger.sqlite'), { readOnly: true });
      const [row] = database.prepare('SELECT TOTAL(nano_usd) AS nano FROM reservations').all();
      database.close();
      return Number(row?.['nano']);
    };
    stage.simulated.anthropic.behave({ kind: 'hang' });
    const name = unique();
    const document = await open(body(name));
    const source = new CancellationTokenSource();
    const answer = document.at(marked(name), { token: source.token });
    await expect.poll(() => stage.simulated.anthropic.requests.length).toBe(1);
    expect(held()).toBeGreaterThan(0);
    source.cancel();
    await answer.catch(() => undefined);
    await expect.poll(held).toBe(0);
  });

  test('that is silent is given up after the time that the settings allow', async () => {
    stage.simulated.fim.behave({ kind: 'hang' });
    await stage.client.connection.sendNotification(
      'routing/configure',
      stage.configuration({ completions: { enabled: true, maximumDelayMs: 100, timeoutMs: 500 } }),
    );
    const name = unique();
    const document = await open(body(name));
    await document.at(marked(name));
    expect(stage.rows()[0]).toMatchObject({ outcome: 'failed', failure: 'timeout', usage_estimated: 1 });
  });

  test('says so in the status bar, where nobody else had anything', async () => {
    await stage.policy({ version: 1, default: 'codestral/codestral-latest' });
    stage.simulated.fim.behave({ kind: 'status', status: 401 });
    const name = unique();
    const document = await open(body(name));
    expect(await document.at(marked(name))).toEqual([]);
    expect(stage.client.statuses.at(-1)).toMatchObject({ state: 'failed' });
    // Left alone from now on: no request for every key.
    await document.at(marked(name));
    expect(stage.simulated.fim.requests).toHaveLength(1);
  });
});

test('ghost text needs no provider at all', async () => {
  const repository = await stage.newRepository({
    '.routing-policy.json': JSON.stringify({ version: 1, default: 'local/workspace-copy' }),
    ...copyable,
  });
  const client = await stage.start({ root: repository.folder, configuration: { providers: {} } });
  const document = await copied(client);
  const [item] = await document.at(copying);
  await client.connection.sendRequest('workspace/executeCommand', item?.command);
  expect(stage.rows().some(({ outcome }) => outcome === 'accepted')).toBe(true);
  expect(client.statuses.at(-1)?.label).toBe('workspace-copy · $0');
});

test('ghost text is copied from documents that are open in a folder without git', async () => {
  const folder = await stage.folder();
  const client = await stage.start({
    root: folder,
    configuration: { providers: {}, defaultTarget: 'local/workspace-copy' },
  });
  for (const [path, text] of Object.entries(copyable)) await client.openDocument(path, 'typescript', text);
  await copied(client);
});
