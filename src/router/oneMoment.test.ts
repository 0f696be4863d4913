// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// What a decision goes by while other processes spend from the same budgets.
import { expect, test } from 'vitest';
import { attempt } from '../usage/ledger.fixture.ts';
import { routerHere } from './router.fixture.ts';

const CENT = 10_000_000;

test('a decision sees all budgets as of one moment, though another process spends while they are read', async () => {
  const { router, ledger, others, params } = await routerHere({
    version: 1,
    default: 'anthropic/claude-haiku-5-5',
    budgets: ['day', 'week', 'month'].map((period) => ({
      id: period,
      per: 'developer',
      period,
      usd: 9,
      then: 'block',
    })),
  });
  const costSince = ledger.costSince.bind(ledger);
  ledger.costSince = (...asked) => {
    const cost = costSince(...asked);
    others.record(attempt({ at: Date.now(), costNanoUsd: CENT }));
    return cost;
  };
  const spent = async (): Promise<readonly unknown[]> => {
    const { decision } = await router.decide(params('hello'), AbortSignal.timeout(50_000));
    return decision.budgets.map(({ spentNanoUsd }) => spentNanoUsd);
  };
  expect(await spent()).toEqual([0, 0, 0]);
  expect(await spent(), 'the next one sees what was spent meanwhile').toEqual([3 * CENT, 3 * CENT, 3 * CENT]);
});
