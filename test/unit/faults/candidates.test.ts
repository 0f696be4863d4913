// Each further candidate is decided anew: with what was spent, and with what a failure said, since the request came.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayStage, startStage } from '../../../src/gateway/testing/stage.ts';
import { policyFile } from '../../host/routerStage.ts';
import { goByOwnTime } from './ownTime.ts';

const timeoutMs = 151;

let goByTheWall: () => void;
let stage: GatewayStage;
beforeAll(async () => {
  goByTheWall = goByOwnTime(timeoutMs);
  stage = await startStage();
});
beforeEach(() => {
  for (const { recover, forget } of [stage.simulated.anthropic, stage.simulated.openai]) {
    recover();
    forget();
  }
  stage.composed.router.configure({
    trusted: true,
    completions: { enabled: true, maximumDelayMs: 100, timeoutMs: 3_000 },
    chat: { timeoutMs },
  });
});
afterAll(() => {
  goByTheWall();
  return stage.stop();
});

const policy = (more: object): Promise<void> =>
  stage.repository.write({
    [policyFile]: JSON.stringify({
      version: 1,
      default: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-luna'],
      ...more,
    }),
  });
const budget = (id: string, usd: number): unknown =>
  JSON.parse(`{ "id": "${id}", "per": "developer", "period": "day", "usd": ${usd.toFixed(9)}, "then": "block" }`);
const ask = (content = 'hello'): ReturnType<GatewayStage['ask']> =>
  stage.ask('/v1/messages', {
    body: { model: 'auto', max_tokens: 5_000, messages: [{ role: 'user', content }] },
  });
/** Of one price. */
const alike = ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'];

describe('the next candidate', () => {
  it('is asked when the same budget still has room', async () => {
    await policy({ budgets: [budget('roomy', 50)] });
    stage.simulated.anthropic.behave({ kind: 'hang' });
    const answer = await ask();
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-routing-attempts': '2', 'x-routing-model': 'openai/gpt-6-luna' });
  });

  it('is not kept from the budget by what had been set aside for the one before', async () => {
    // Less than the high estimates of both, and more than either's beside what the first then cost.
    await policy({ default: alike, budgets: [budget('narrow', 0.035)] });
    stage.simulated.anthropic.behave({ kind: 'hang' });
    const answer = await ask();
    expect(answer.headers['x-routing-model'], answer.text).toBe('openai/gpt-6-sol');
    expect(stage.simulated.anthropic.requests).toHaveLength(1);
  });

  it('is not asked once the one before has left too little of the budget, and the client is told whose it was', async () => {
    // Room for one of them by its estimate.
    await policy({ default: alike, budgets: [budget('tight', 0.1)] });
    // A provider that is given up has read the request, and bills it.
    stage.simulated.anthropic.behave({ kind: 'hang' });
    const answer = await ask('hello '.repeat(20_000));
    expect([answer.status, stage.simulated.openai.requests.length], answer.text).toEqual([504, 0]);
    expect(JSON.parse(answer.text)).toMatchObject({
      error: {
        message: expect.stringMatching(
          /sent nothing of an answer for.*Refused by budget `tight` .* is left, and this request may cost up to/,
        ),
      },
    });
    expect(stage.rows().at(-1)).toMatchObject({ outcome: 'failed', failure: 'timeout', provider: 'anthropic' });
    expect(stage.rows().at(-1)?.cost_nano_usd).toBeGreaterThan(1);
  });

  it('is not asked where it may cost more than is left, though the one before had room, and the client is told', async () => {
    const opus = 'anthropic/claude-opus-5-5';
    const spent = stage.rows().reduce((all, { cost_nano_usd: cost }) => all + Number(cost ?? 0), 0);
    await policy({ default: ['openai/gpt-6-luna', opus], budgets: [budget('tight', spent / 1e9 + 0.03)] });
    stage.simulated.openai.behave({ kind: 'status', status: 529 });
    const answer = await ask();
    expect([answer.status, stage.simulated.anthropic.requests.length], answer.text).toEqual([529, 0]);
    expect(answer.text).toMatch(
      /529.*Budget `tight` \(yours\) keeps out what it has no room for: .* is left, and this request may cost up to .* on anthropic\/claude-opus-5-5/,
    );
  });

  it('is left out where the failure was that of its provider as a whole', async () => {
    await policy({ default: ['anthropic/claude-sonnet-5-5', 'anthropic/claude-haiku-4-5', 'openai/gpt-6-luna'] });
    await stage.composed.router.keyChanged('anthropic');
    stage.simulated.anthropic.behave({ kind: 'status', status: 401 }, 9);
    const answer = await ask();
    await stage.composed.router.keyChanged('anthropic');
    expect(answer.headers['x-routing-model'], answer.text).toBe('openai/gpt-6-luna');
    expect(stage.simulated.anthropic.requests).toHaveLength(1);
  });

  it('is left out where its own context is no larger than the one that was too long', async () => {
    await policy({ default: ['anthropic/claude-sonnet-5-5', 'anthropic/claude-haiku-4-5', 'openai/gpt-6-luna'] });
    stage.simulated.anthropic.behave({ kind: 'status', status: 413, message: 'prompt is too long' });
    const answer = await ask();
    expect(answer.headers['x-routing-model']).toBe('openai/gpt-6-luna');
    expect(stage.simulated.anthropic.requests).toHaveLength(1);
  });
});
