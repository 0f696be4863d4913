import { expect, it } from 'vitest';
import { countedAtOnce } from './settlementBound.ts';

const USD = 1e9;

it.each([
  ['nothing', 0, {}, 0],
  ['less than the lease', 3, {}, 3],
  ['somewhat more', 7, {}, 7],
  ['twice the lease and 25 dollars', 33, {}, 33],
  ['a million', 1_000_000, {}, 33],
  ['a million of an empty lease', 1_000_000, { amount: 0 }, 25],
  ['more than what is left of the bound of all', 20, { beyond: 90 }, 14],
  ['more where nothing is left of it', 20, { beyond: 100 }, 4],
  ['more than a budget that was lowered since', 20, { beyond: 100, limit: 10 }, 4],
  ['more of a budget that was taken away', 20, { limit: 0 }, 4],
])('counts at once of %s', (_what, said, changes: { amount?: number; limit?: number; beyond?: number }, counted) => {
  const { amount = 4, limit = 100, beyond = 0 } = changes;
  const budget = { amount: amount * USD, limit: limit * USD, beyond: beyond * USD };
  expect(countedAtOnce(said * USD, budget)).toBe(counted * USD);
});
