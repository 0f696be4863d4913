// Agents' conversations in Copilot Chat's own panel: what they edit moves them to another model, what they read does not.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, newChat, pressChatButton, setUpChat } from '../host/chat.ts';
import { readLedger } from '../host/ledger.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import type { ToolCall } from '../simulated/answer.ts';
import { type RecordedRequest, type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

const TEST = 'packages/core/test/order.test.ts';
const CODE = 'packages/core/src/money.ts';
const OTHER = 'packages/ui/src/receipt.ts';

let simulated: SimulatedProviders;
let vscode: VSCode;

beforeAll(async () => {
  simulated = await startSimulatedProviders();
  vscode = await openVSCode({ providers: simulated.providers, onClose: () => simulated.stop() });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
  await vscode.workbench.openFile(TEST);
  await setUpChat(vscode.workbench);
});

afterAll(() => vscode?.close());

/** The agent's own requests, the editor's small ones left out. */
const agentRequests = (): readonly RecordedRequest[] =>
  [...simulated.anthropic.requests, ...simulated.openai.requests].filter(({ body }) => Array.isArray(body['tools']));

const absolute = (path: string): string => join(vscode.repository.folder, path);

const read = (path: string): ToolCall => ({
  name: 'read_file',
  arguments: { filePath: absolute(path), startLine: 1, endLine: 40 },
});

const create = (path: string): ToolCall => ({
  name: 'create_file',
  arguments: { filePath: absolute(path), content: 'export const made = true;\n' },
});

/** Begins a conversation whose first turn is work on a test file alone. */
async function beginOnTest(comment: string): Promise<void> {
  const { workbench } = vscode;
  await newChat(workbench);
  const before = agentRequests().length;
  await ask(workbench, `append "${comment}" to ${TEST}`);
  await pressChatButton(workbench, 'Keep');
  const models = agentRequests().slice(before);
  expect(new Set(models.map(({ model }) => model))).toEqual(new Set(['claude-haiku-5-5']));
}

/** One more turn in which the model calls these tools, one after the other; returns the models that were asked, in order. */
async function turn(words: string, calls: readonly ToolCall[] = []): Promise<readonly string[]> {
  const before = agentRequests().length;
  for (const call of calls) {
    simulated.anthropic.behave({ kind: 'answer', answer: { text: 'One step.', toolCalls: [call] } });
  }
  await ask(vscode.workbench, words);
  const requests = agentRequests().slice(before);
  const last = JSON.stringify(requests.at(-1)?.body['messages']);
  for (const { arguments: given } of calls) expect(last).toContain(String(given['filePath']));
  return requests.map(({ model }) => model);
}

test('an agent that begins on a test is not moved by reading another package', async () => {
  const { workbench } = vscode;
  await beginOnTest('// looked at');
  expect(await turn('Go on', [read(CODE), read(OTHER)])).toEqual(Array(3).fill('claude-haiku-5-5'));
  expect(await turn('And the last bit')).toEqual(['claude-haiku-5-5']);
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  expect(tooltip).toContain('anthropic/claude-haiku-5-5 (simulated) for tests');
  expect(tooltip).not.toContain('Switched');
});

test('once it has edited another package, the large model goes on from the next turn, and the tooltip says so', async () => {
  const { workbench } = vscode;
  await beginOnTest('// begun');
  const edits = [create('packages/core/src/rounding.ts'), create('packages/ui/src/rounding.ts')];
  expect(await turn('Go on', edits), 'a turn ends with the model that began it').toEqual(
    Array(3).fill('claude-haiku-5-5'),
  );
  expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain(
    'Stays with anthropic/claude-haiku-5-5 until this turn ends',
  );
  await pressChatButton(workbench, 'Keep');

  expect(await turn('Now the rest')).toEqual(['claude-opus-5-5']);
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('opus-5-5 (simulated)'));
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  expect(tooltip).toContain('anthropic/claude-opus-5-5 (simulated) for architecture');
  expect(tooltip).toContain('Switched from anthropic/claude-haiku-5-5: this work needs a larger model');
  expect(await turn('And the last bit'), 'it stays there').toEqual(['claude-opus-5-5']);
  const last = readLedger(vscode.server).filter(({ surface }) => surface === 'agent');
  expect(last.slice(-2)).toMatchObject(Array(2).fill({ class: 'architecture', model: 'claude-opus-5-5' }));
});
