import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Message, Tool } from '../../src/chat/conversation.ts';
import { toRouter } from '../../src/contract/messages.ts';
import { SAMPLES_MS } from '../../src/usage/task.ts';
import { openFiled } from '../host/filedLedger.ts';
import type { LspClient } from '../host/lspClient.ts';
import type { Repository } from '../host/repository.ts';
import { ask, sampleFiles, setStage, userMessage } from '../host/routerStage.ts';

const stage = setStage();

/** Ten minutes pass in ten seconds: a look that comes later than it is good for has been missed by seconds. */
const FAST = { ROUTING_POLICY_OUTCOME_TEMPO: '60' };
/** How long an editor has to put in what it was answered is short at that pace. */
const SLOWER = { ROUTING_POLICY_OUTCOME_TEMPO: '20' };
const FILE = 'packages/core/src/sum.ts';
const BEFORE = sampleFiles[FILE] ?? '';
const PUT =
  'export function product(factors: readonly number[]): number {\n  return factors.reduce((a, b) => a * b, 1);\n}\n';

interface Place {
  readonly client: LspClient;
  readonly repository: Repository;
  readonly stateFolder: string;
}

async function place(env: Readonly<Record<string, string>> = FAST): Promise<Place> {
  const repository = await stage.newRepository(sampleFiles);
  const stateFolder = await stage.folder();
  const client = await stage.start({ root: repository.folder, stateFolder, env });
  return { client, repository, stateFolder };
}

interface TaskRow {
  readonly surface: string;
  readonly outcome: string;
  readonly survival: number | null;
}

function read<Row>({ stateFolder }: Place, sql: string): readonly Row[] {
  const database = openFiled(stateFolder);
  try {
    return database.prepare(sql).all() as unknown as Row[];
  } finally {
    database.close();
  }
}
const tasks = (at: Place) => read<TaskRow>(at, 'SELECT surface, outcome, survival FROM tasks ORDER BY opened_at');
const signals = (at: Place) =>
  read<{ signal: string }>(at, 'SELECT signal FROM signals ORDER BY at, rowid').map(({ signal }) => signal);

const tools: Tool[] = ['read_file', 'replace_string_in_file'].map((name) => ({
  name,
  description: name,
  parameters: { type: 'object', properties: {} },
}));

/**
 * Until what a request sets off beside it is done: the router has had many turns since. What its files look like is read so; a
 * model takes longer than that to write.
 */
async function besides({ connection }: LspClient): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await connection.sendRequest(toRouter.status);
    await sleep(10);
  }
}

/** An agent reads a file, is told what stands in it, writes it, and is told that this was done. */
function agentWrites(at: Place, text: string): Promise<void> {
  return agentWorks(at, () => at.repository.write({ [FILE]: text }));
}

/** @param work what happens between its answer and its tools' results */
async function agentWorks(at: Place, work: () => Promise<unknown>): Promise<void> {
  const { client } = at;
  const messages: Message[] = [userMessage(`Add a function to ${FILE}.`)];
  const call = (callId: string, name: string): void => {
    messages.push(
      { role: 'assistant', parts: [{ kind: 'tool-call', callId, name, arguments: `{"filePath":"${FILE}"}` }] },
      { role: 'user', parts: [{ kind: 'tool-result', callId, parts: [{ kind: 'text', text: 'done' }] }] },
    );
  };
  const asked = () => ask(client, messages, { surface: 'agent', conversation: { system: [], messages, tools } }).result;
  await asked();
  call('1', 'read_file');
  await asked();
  await besides(client);
  await work();
  call('2', 'replace_string_in_file');
  await asked();
}

/** Longer than until the last look. */
const until = { interval: 50, timeout: 40_000 };

test('an agent whose text stays has kept it, and has it committed once it is', async () => {
  const at = await place();
  await agentWrites(at, BEFORE + PUT);
  await expect.poll(() => tasks(at)[0]?.outcome, until).toBe('accepted');
  await expect.poll(() => tasks(at)[0], until).toMatchObject({ surface: 'agent', outcome: 'kept', survival: 1 });
  await at.repository.git('commit', '-qam', 'product');
  await expect.poll(() => tasks(at)[0]?.outcome, until).toBe('committed');
  expect(tasks(at)).toHaveLength(1);
});

test('a commit of its file closes a task, whatever is in it, and another file’s does not', async () => {
  const at = await place();
  const closed = () => read<{ closed: number | null }>(at, 'SELECT closed_at AS closed FROM tasks')[0]?.closed;
  const messages = [userMessage(`What is wrong with ${FILE}?`)];
  await ask(at.client, messages, { surface: 'chat' }).result;
  await besides(at.client);
  await at.repository.write({ 'other.ts': 'export const other = 1;\n' });
  await at.repository.git('add', 'other.ts');
  await at.repository.git('commit', '-qm', 'other');
  await sleep(1_000);
  expect(closed()).toBeNull();
  await at.repository.write({ [FILE]: `${BEFORE}export const mended = true;\n` });
  await at.repository.git('commit', '-qam', 'mended');
  await expect.poll(closed, until).not.toBeNull();
});

test('an agent whose text is half taken out again has not kept it', async () => {
  const at = await place();
  await agentWrites(at, BEFORE + PUT);
  await expect.poll(() => signals(at), until).toContain('accepted');
  await at.repository.write({ [FILE]: `${BEFORE}export function product() {}\n` });
  const ages = () => read<{ age: number }>(at, "SELECT age_ms AS age FROM signals WHERE signal = 'sample'");
  await expect.poll(() => ages().map(({ age }) => age), until).toContain(SAMPLES_MS.at(-1));
  expect(tasks(at)).toMatchObject([{ outcome: 'accepted', survival: expect.closeTo(0.25, 0.25) }]);
});

test('what a person types while an agent is at work is not the agent’s', async () => {
  const at = await place();
  await at.client.openDocument(FILE, 'typescript', BEFORE);
  await agentWorks(at, async () => {
    for (let length = 1; length <= PUT.length; length += 1) {
      await at.client.changeDocument(FILE, length + 1, BEFORE + PUT.slice(0, length));
    }
  });
  await sleep(300);
  expect(signals(at)).not.toContain('accepted');
});

test('what an editor puts in for an agent is the agent’s', async () => {
  const at = await place();
  await at.client.openDocument(FILE, 'typescript', BEFORE);
  await agentWorks(at, () => at.client.changeDocument(FILE, 2, BEFORE + PUT));
  await expect.poll(() => tasks(at)[0], until).toMatchObject({ outcome: 'kept', survival: 1 });
});

// A machine that pauses between the answer and the edit is an editor that was too slow: one try in three is to do.
test('what an inline edit puts in is its own, though nothing is asked after it', { retry: 2 }, async () => {
  const at = await place(SLOWER);
  await at.client.openDocument(FILE, 'typescript', BEFORE);
  await ask(at.client, `Add a function to ${FILE}.`, { surface: 'inline-chat', kind: 'edit' }).result;
  await at.client.changeDocument(FILE, 2, BEFORE + PUT);
  await expect.poll(() => tasks(at)[0], until).toMatchObject({ outcome: 'kept', survival: 1 });
});

test('an agent whose file is put back is undone', async () => {
  const at = await place();
  await agentWrites(at, BEFORE + PUT);
  await expect.poll(() => signals(at), until).toContain('accepted');
  await at.repository.write({ [FILE]: BEFORE });
  await expect.poll(() => tasks(at)[0]?.outcome, until).toBe('undone');
});

test('on another branch nothing is said of it', async () => {
  const at = await place();
  await agentWrites(at, BEFORE + PUT);
  await expect.poll(() => signals(at), until).toContain('accepted');
  await at.repository.git('stash', '-q');
  await at.repository.git('checkout', '-q', '-b', 'other');
  const seen = signals(at).length;
  await sleep(11_000);
  expect(signals(at).slice(seen)).toEqual([]);
});

test('a ghost text that is taken and stays is kept; one that stood and was typed over is rejected', async () => {
  const at = await place();
  stage.simulated.fim.behave({ kind: 'answer', answer: { text: 'a + b * 2 + offset;' } });
  const path = 'packages/core/src/offset.ts';
  const text = 'export function offset(a: number, b: number) {\n  return \n}\n';
  await at.repository.write({ [path]: text });
  await at.client.openDocument(path, 'typescript', text);
  const [item] = await at.client.complete(path, 1, 9);
  await at.client.changeDocument(path, 2, text.replace('return ', 'return a + b * 2 + offset;'));
  await at.client.connection.sendRequest('workspace/executeCommand', item?.command);
  await expect.poll(() => tasks(at)[0], until).toMatchObject({ surface: 'completion', outcome: 'kept', survival: 1 });

  stage.simulated.fim.behave({ kind: 'answer', answer: { text: 'never(taken);' } });
  const other = 'export const x = 1;\n\n';
  await at.client.changeDocument(path, 3, other);
  await at.client.complete(path, 1, 0);
  await expect.poll(() => signals(at).filter((signal) => signal === 'shown').length, until).toBe(2);
  stage.simulated.fim.behave({ kind: 'answer', answer: { text: '' } });
  await at.client.changeDocument(path, 4, 'export const x = 1;\nz\n');
  await at.client.complete(path, 1, 1);
  await expect.poll(() => tasks(at).map(({ outcome }) => outcome), until).toContain('rejected');
});

test('a title that a client asks for under the name of its conversation is no part of the work', async () => {
  const at = await place();
  const conversationId = 'one';
  await ask(at.client, 'Title this.', { surface: 'utility', conversationId }).result;
  await ask(at.client, `Change ${FILE}.`, { surface: 'agent', conversationId }).result;
  await ask(at.client, 'Go on.', { surface: 'agent', conversationId }).result;
  const of = read<{ surface: string; class: string; attempts: number }>(
    at,
    'SELECT surface, class, attempts FROM tasks ORDER BY opened_at',
  );
  expect(of).toMatchObject([
    { surface: 'utility', class: 'utility', attempts: 1 },
    { surface: 'agent', attempts: 2 },
  ]);
  expect(of[1]?.class).not.toBe('utility');
});

test('what is staged beside it is no work of an agent, and joins no two of them', async () => {
  const at = await place();
  const staged = 'packages/ui/src/view.ts';
  await at.repository.write({ [staged]: 'export const view = "staged";\n' });
  await at.repository.git('add', staged);
  await agentWrites(at, BEFORE + PUT);
  await expect.poll(() => signals(at), until).toContain('accepted');
  const other = 'packages/core/src/sum.test.ts';
  const messages: Message[] = [userMessage(`Look at ${other}.`)];
  const asked = () =>
    ask(at.client, messages, { surface: 'agent', conversation: { system: [], messages, tools } }).result;
  await asked();
  await besides(at.client);
  await at.repository.write({ [staged]: 'export const view = "the person goes on with what was staged";\n' });
  messages.push(
    {
      role: 'assistant',
      parts: [{ kind: 'tool-call', callId: '1', name: 'read_file', arguments: `{"filePath":"${other}"}` }],
    },
    { role: 'user', parts: [{ kind: 'tool-result', callId: '1', parts: [{ kind: 'text', text: 'done' }] }] },
  );
  await asked();
  await expect.poll(() => tasks(at)[0]?.outcome, until).toBe('kept');
  expect(tasks(at)).toHaveLength(2);
  expect(tasks(at)[1]?.outcome).toBe('delivered');
});
