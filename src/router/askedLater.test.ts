// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// A budget that would ask a person only when somebody is to take over.
import { expect, test } from 'vitest';
import { attempt } from '../usage/ledger.fixture.ts';
import { routerHere } from './router.fixture.ts';

test('it lets nobody take over who costs something, and asks nobody in the middle of a request', async () => {
  const questions: string[] = [];
  const { router, simulated, ledger, params } = await routerHere(
    {
      version: 1,
      default: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'],
      budgets: [{ id: 'me', per: 'developer', period: 'day', usd: 1, then: 'ask' }],
    },
    {
      askPerson: async ({ budget }) => {
        questions.push(budget);
        return 'period';
      },
    },
  );
  simulated.anthropic.behave({ kind: 'status', status: 500 });
  const result = await router.chat({
    params: params('hello'),
    signal: AbortSignal.timeout(50_000),
    emit: () => undefined,
    // Another window spends it meanwhile.
    attempted: () => ledger.record(attempt({ at: Date.now(), costNanoUsd: 2_000_000_000 })),
  });
  expect(result.kind === 'failed' && result.message).toMatch(/budget `me`/);
  expect(simulated.anthropic.requests).toHaveLength(1);
  expect(simulated.openai.requests).toEqual([]);
  expect(questions).toEqual([]);
});
