import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openFiled } from '../../test/host/filedLedger.ts';
import { policyFile } from '../../test/host/routerStage.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

let stage: GatewayStage;
beforeAll(async () => {
  stage = await startStage({
    files: {
      [policyFile]: JSON.stringify({
        version: 1,
        default: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'],
        // biome-ignore lint/suspicious/noThenProperty: so the language says it
        budgets: [{ id: 'day', per: 'developer', period: 'day', usd: 5, then: 'block' }],
      }),
    },
  });
});
afterAll(() => stage.stop());

/** What requests under way have set aside, in nano-dollars. */
function setAside(): readonly number[] {
  const ledger = openFiled(stage.composed.stateFolder ?? '');
  try {
    return ledger
      .prepare("SELECT nano_usd AS nano FROM reservations WHERE budget_key LIKE 'all%'")
      .all()
      .map(({ nano }) => Number(nano));
  } finally {
    ledger.close();
  }
}

test('for whoever takes over money is set aside too, and given up when that ends', async () => {
  const { anthropic, openai } = stage.simulated;
  anthropic.behave({ kind: 'status', status: 500 });
  openai.behave({ kind: 'slow', perDeltaMs: 100 });
  const answer = stage.ask('/v1/messages', {
    body: { model: 'auto', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] },
  });
  await vi.waitFor(() => expect(openai.requests).toHaveLength(1), 20_000);
  expect(anthropic.requests).toHaveLength(1);
  expect(setAside()).toEqual([expect.toSatisfy((nano: number) => nano > 0)]);
  expect((await answer).status).toBe(200);
  expect(setAside()).toEqual([]);
});
