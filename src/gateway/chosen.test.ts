import { afterAll, beforeAll, expect, it } from 'vitest';
import { policyFile } from '../../test/host/routerStage.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

let stage: GatewayStage;
beforeAll(async () => {
  // A policy that is not committed is loosened at once.
  stage = await startStage({ files: { 'a.txt': '' } });
});
afterAll(() => stage.stop());

const wishes = { fallbacks: [{ model: 'claude-opus-5-5' }], inference_geo: 'us' };
const region = {
  constraints: [{ id: 'eu', residency: ['eu'], when: { touches: ['ledger/**'] }, reason: 'data stays in the EU' }],
};

it.each([
  ['the policy names who takes over', {}, ['inference_geo'], 'fallbacks'],
  ['the policy also says where answers are computed', region, [], 'fallbacks; inference_geo'],
  ['the policy only observes', { mode: 'observe' }, ['fallbacks', 'inference_geo'], undefined],
] as const)('what a client would have the provider choose goes on as far as %s', async (_, more, kept, told) => {
  const policy = { version: 1, default: 'anthropic/claude-sonnet-5-5', ...more };
  await stage.repository.write({ [policyFile]: JSON.stringify(policy) });
  stage.simulated.anthropic.forget();
  const answer = await stage.ask('/v1/messages', {
    body: {
      model: 'anthropic/claude-sonnet-5-5',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'hello' }],
      ...wishes,
    },
  });
  expect(answer.status, answer.text).toBe(200);
  const [asked] = stage.simulated.anthropic.requests;
  expect(Object.keys(Object(asked?.body)).filter((name) => name in wishes)).toEqual(kept);
  for (const name of told?.split('; ') ?? []) expect(answer.headers['x-routing-lost']).toContain(name);
  if (told === undefined) expect(answer.headers['x-routing-lost']).toBeUndefined();
});

it('a provider that chooses among many models and hosts is told of none by a client', async () => {
  const { baseUrl } = stage.simulated.providers['openai'] ?? {};
  stage.composed.providers.reconfigure({
    ...stage.simulated.providers,
    many: { wire: 'openai-chat', baseUrl, auth: 'none', simulated: true },
  });
  const policy = { version: 1, default: 'many/gpt-6-sol' };
  await stage.repository.write({ [policyFile]: JSON.stringify(policy) });
  const answer = await stage.ask('/v1/chat/completions', {
    body: {
      model: 'auto',
      messages: [{ role: 'user', content: 'hello' }],
      models: ['gpt-6.1-sol'],
      route: 'fallback',
      provider: { order: ['somebody'], allow_fallbacks: true, data_collection: 'deny' },
    },
  });
  expect(answer.status, answer.text).toBe(200);
  const asked = Object(stage.simulated.openai.requests.at(-1)?.body);
  expect(asked).not.toHaveProperty('models');
  expect(asked).not.toHaveProperty('route');
  expect(asked.provider).toEqual({ data_collection: 'deny' });
  for (const name of ['models', 'route', 'provider']) expect(answer.headers['x-routing-lost']).toContain(name);
});
