// What is set aside for whoever takes over, who may be dearer than the one before.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFiled } from '../../test/host/filedLedger.ts';
import { policyFile } from '../../test/host/routerStage.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

const cheap = 'anthropic/claude-haiku-5-5';
const dear = 'openai/gpt-6.1-sol';

let stage: GatewayStage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

function setAside(): number {
  const ledger = openFiled(stage.composed.stateFolder ?? '');
  try {
    const row = ledger.prepare("SELECT TOTAL(nano_usd) AS nano FROM reservations WHERE budget_key = 'all'").get();
    return Number(row?.['nano']);
  } finally {
    ledger.close();
  }
}

/** What is set aside while the dearer one answers. */
async function whileItAnswers(targets: readonly string[]): Promise<number> {
  const budget = JSON.parse(
    '{ "id": "day", "per": "developer", "period": "day", "usd": 5, "then": "block" }',
  ) as unknown;
  await stage.repository.write({
    [policyFile]: JSON.stringify({ version: 1, default: targets, budgets: [budget] }),
  });
  const { anthropic, openai } = stage.simulated;
  anthropic.behave({ kind: 'status', status: 500 });
  openai.forget();
  openai.behave({ kind: 'slow', perDeltaMs: 300 });
  const answer = stage.ask('/v1/messages', {
    body: { model: 'auto', max_tokens: 500, messages: [{ role: 'user', content: 'hello' }] },
  });
  await expect.poll(() => openai.requests.length).toBe(1);
  const nano = setAside();
  expect((await answer).headers['x-routing-model']).toBe(dear);
  return nano;
}

test('it is what that one may cost, as if it had been asked first', async () => {
  const first = await whileItAnswers([dear]);
  expect(first).toBeGreaterThan(0);
  expect(await whileItAnswers([cheap, dear])).toBe(first);
  expect(setAside()).toBe(0);
});
