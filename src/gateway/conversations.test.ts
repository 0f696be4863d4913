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
