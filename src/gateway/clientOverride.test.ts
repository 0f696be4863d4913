// What a client's own choice of a model comes to, at the moment when it has the end of its answer.
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { policyFile } from '../../test/host/routerStage.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

const small = 'anthropic/claude-haiku-5-5';
const large = 'anthropic/claude-opus-5-5';

let stage: GatewayStage;
beforeAll(async () => {
  const overrides = { direction: 'any', reason: 'optional', maxPerDay: 1 };
  stage = await startStage({ files: { [policyFile]: JSON.stringify({ version: 1, default: small, overrides }) } });
});
afterAll(() => stage.stop());

/** As a process leaves it that is killed when the client has its end: what was left for afterwards is never done. */
async function askedAndKilled(conversationId: string): Promise<string | undefined> {
  let target: string | undefined;
  const result = await stage.composed.router.chat({
    params: {
      id: conversationId,
      conversation: { system: [], messages: [{ role: 'user', parts: [{ kind: 'text', text: 'hello' }] }], tools: [] },
      surface: 'chat',
      client: 'test',
      roots: [pathToFileURL(stage.repository.folder).href],
      conversationId,
      requestedModel: large,
    },
    signal: AbortSignal.timeout(50_000),
    emit: () => undefined,
    asking: (asked) => {
      target = asked.target;
    },
    afterwards: () => undefined,
  });
  expect(result.kind).toBe('served');
  return target;
}

it('counts against the day before the client has the end of its answer', async () => {
  expect(await askedAndKilled('one')).toBe(large);
  expect(await askedAndKilled('two')).toBe(small);
  expect(await askedAndKilled('one'), 'what was granted goes on').toBe(large);
});
