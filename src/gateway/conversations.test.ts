import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRepository, type Repository } from '../../test/host/repository.ts';
import { policyFile } from '../../test/host/routerStage.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

const serving = (target: string): Record<string, string> => ({
  [policyFile]: JSON.stringify({ version: 1, default: target }),
});
const large = 'anthropic/claude-opus-5-5';
const small = 'openai/gpt-6-luna';

let other: Repository;
let stage: GatewayStage;
beforeAll(async () => {
  other = await createRepository({ files: serving(small) });
  stage = await startStage({ files: serving(large), alsoOpen: [other.folder] });
});
afterAll(async () => {
  await stage.stop();
  await other.remove();
});

async function modelFor(root: string, session: string, turn = 1): Promise<unknown> {
  const said = (role: string, content: string): object => ({ role, content });
  const earlier = Array.from({ length: turn - 1 }, () => [said('user', 'hello'), said('assistant', 'hi')]).flat();
  const answer = await stage.ask('/v1/messages', {
    headers: { 'x-routing-root': root, 'x-claude-code-session-id': session },
    body: { model: 'auto', max_tokens: 100, messages: [...earlier, said('user', 'hello')] },
  });
  expect(answer.status, answer.text).toBe(200);
  return answer.headers['x-routing-model'];
}

describe('a conversation', () => {
  it('of one repository is no habit of another, though a client gives both one name', async () => {
    expect(await modelFor(stage.repository.folder, 'same')).toBe(large);
    expect(await modelFor(other.folder, 'same', 2)).toBe(small);
    expect(await modelFor(stage.repository.folder, 'same', 3)).toBe(large);
  });

  it('leaves a model that the policy does not name any more', async () => {
    expect(await modelFor(stage.repository.folder, 'edited')).toBe(large);
    await stage.repository.write(serving(small));
    expect(await modelFor(stage.repository.folder, 'edited', 2)).toBe(small);
    await stage.repository.write(serving(large));
  });
});

describe('a script without a name for its conversations', () => {
  const question = { role: 'user', content: 'Is this change safe?' };
  const called = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };
  const afterTools = [
    question,
    { role: 'assistant', content: null, tool_calls: [called] },
    { role: 'tool', tool_call_id: 'c1', content: 'nothing' },
  ];
  const look = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
  const ask = (root: string, messages: readonly object[]): ReturnType<GatewayStage['ask']> =>
    stage.ask('/v1/chat/completions', {
      headers: { 'x-routing-root': root },
      body: { model: 'auto', messages, tools: [look] },
    });
  const tasks = (): readonly unknown[] => stage.rows().map((row) => Reflect.get(row, 'task_id'));

  it('begins a task with each question that was answered before, and goes on with it while its tools are heard', async () => {
    const root = stage.repository.folder;
    const before = tasks().length;
    for (const messages of [[question], afterTools, [question], afterTools, afterTools]) await ask(root, messages);
    await ask(other.folder, [question]);
    const [first, itsTools, second, ...rest] = tasks().slice(before);
    expect(itsTools).toBe(first);
    expect(second).not.toBe(first);
    expect(rest.slice(0, 2)).toEqual([second, second]);
    expect([first, second]).not.toContain(rest[2]);
  });

  it('goes on with the task of a question that failed', async () => {
    const before = tasks().length;
    const failing = { kind: 'status', status: 500, message: 'It broke.' } as const;
    stage.simulated.anthropic.behave(failing);
    const messages = [{ role: 'user', content: 'Is this one?' }];
    expect((await ask(stage.repository.folder, messages)).status).toBe(500);
    stage.simulated.anthropic.recover();
    expect((await ask(stage.repository.folder, messages)).status).toBe(200);
    const [failed, answered] = tasks().slice(before);
    expect(answered).toBe(failed);
  });
});
