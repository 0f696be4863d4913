// What a client's own wish for a dearer answer does to what is counted.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type GatewayStage, startStage } from '../../../src/gateway/testing/stage.ts';
import { policyFile } from '../../host/routerStage.ts';
import { startUpstream, type Upstream } from './upstream.ts';

let upstream: Upstream;
let stage: GatewayStage;
let tiers: unknown[];
beforeAll(async () => {
  upstream = await startUpstream();
  const at = { baseUrl: `http://127.0.0.1:${upstream.port}/v1`, auth: 'none' };
  stage = await startStage({
    providers: { chat: { ...at, wire: 'openai-chat' }, responses: { ...at, wire: 'openai-responses' } },
  });
});
beforeEach(() => {
  tiers = [];
  upstream.answer(({ asked, begin, pieces, response, stream }) => {
    const { service_tier: tier } = asked as { readonly service_tier?: unknown };
    tiers.push(tier);
    begin();
    const text = pieces().join('');
    // It serves what it is asked for, and says so.
    const served = (): string => JSON.stringify({ ...JSON.parse(text), service_tier: tier ?? 'default' });
    response.end(stream ? text : served());
  });
});
afterAll(async () => {
  await stage.stop();
  await upstream.stop();
});

const price = { inputUsd: 1, outputUsd: 1, asOf: '2026-01-01' };
const prices = { 'responses/gpt-6-sol': price, 'chat/gpt-6-sol': price };
const budgets: unknown = JSON.parse(
  '[{ "id": "day", "per": "developer", "period": "day", "usd": 50, "then": "block" }]',
);
async function ask(target: string, policy: object, tier: string): ReturnType<GatewayStage['ask']> {
  await stage.repository.write({ [policyFile]: JSON.stringify({ version: 1, default: target, prices, ...policy }) });
  return stage.ask('/v1/responses', { body: { model: 'auto', input: 'hello', service_tier: tier } });
}

it('is passed on where nothing limits money, and the attempt is unpriced', async () => {
  const answer = await ask('responses/gpt-6-sol', {}, 'priority');
  expect([answer.status, tiers], answer.text).toEqual([200, ['priority']]);
  expect(stage.rows().at(-1)).toMatchObject({ input_tokens: 11, cost_nano_usd: null });
});

it.each([
  ['a budget', { budgets }],
  ['a constraint', { constraints: [{ id: 'cap', maxCostUsd: 5, reason: 'No more.' }] }],
  ['a route', { classes: [{ id: 'all', when: { kind: ['chat'] }, use: ['responses/gpt-6-sol'], maxCostUsd: 5 }] }],
])('is left out where %s limits money, so that the list price holds', async (_, policy) => {
  const answer = await ask('responses/gpt-6-sol', policy, 'priority');
  expect([answer.status, tiers], answer.text).toEqual([200, [undefined]]);
  expect(answer.headers['x-routing-lost']).toContain('service_tier');
  expect(stage.rows().at(-1)?.cost_nano_usd).toBeGreaterThan(0);
});

it('is left out of what is translated as well', async () => {
  expect((await ask('chat/gpt-6-sol', {}, 'priority')).status).toBe(200);
  expect((await ask('chat/gpt-6-sol', { budgets }, 'priority')).status).toBe(200);
  expect(tiers).toEqual(['priority', undefined]);
});

it('goes on where it is for less', async () => {
  await ask('responses/gpt-6-sol', { budgets }, 'flex');
  expect(tiers).toEqual(['flex']);
  expect(stage.rows().at(-1)?.cost_nano_usd).toBeGreaterThan(0);
});
