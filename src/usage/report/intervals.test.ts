import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapCostPerSuccess, fieller, wilson } from './intervals.ts';
import type { TaskCost, ToldVerdict } from './taskCells.ts';

const verdicts: readonly ToldVerdict[] = ['success', 'failure', 'unknown', 'unjudged'];
const someTasks = fc.array(fc.record({ costNanoUsd: fc.nat(1_000_000), verdict: fc.constantFrom(...verdicts) }), {
  minLength: 1,
  maxLength: 60,
});

/** Costs that are spread as real ones are: many small, few large. The same every time. */
function drawn(count: number, share: number, seed: number): TaskCost[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Array.from({ length: count }, () => ({
    costNanoUsd: Math.round(1e6 * Math.exp(Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()))),
    verdict: random() < share ? 'success' : 'failure',
  }));
}

function momentsOf(tasks: readonly TaskCost[]) {
  const successes = tasks.filter(({ verdict }) => verdict === 'success');
  return {
    tasks: tasks.length,
    successes: successes.length,
    cost: tasks.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0),
    squaredCost: tasks.reduce((sum, { costNanoUsd }) => sum + costNanoUsd ** 2, 0),
    costOfSuccesses: successes.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0),
  };
}

describe("Wilson's interval", () => {
  it.each([
    // Brown, Cai and DasGupta's own form of it, worked out by hand.
    [0, 10, 0, 0.2775],
    [5, 10, 0.2366, 0.7634],
    [10, 10, 0.7225, 1],
    [81, 100, 0.7222, 0.8749],
    [1, 1, 0.2065, 1],
  ])('of %i in %i goes from %f to %f', (successes, trials, low, high) => {
    expect(wilson(successes, trials)?.low).toBeCloseTo(low, 4);
    expect(wilson(successes, trials)?.high).toBeCloseTo(high, 4);
  });

  it('of nothing is none', () => {
    expect(wilson(0, 0)).toBeUndefined();
  });

  it('holds the share, and narrows as there are more trials', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (successes, failures) => {
        fc.pre(successes + failures > 0);
        const { low, high } = wilson(successes, successes + failures) ?? { low: 1, high: 0 };
        const share = successes / (successes + failures);
        expect(low).toBeLessThanOrEqual(share);
        expect(high).toBeGreaterThanOrEqual(share);
        const more = wilson(4 * successes, 4 * (successes + failures)) ?? { low: 0, high: 1 };
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });
});

describe('the bootstrap', () => {
  it('gives the same tasks the same interval, in whatever order they come', () => {
    fc.assert(
      fc.property(
        someTasks.chain((tasks) =>
          fc.tuple(fc.constant(tasks), fc.shuffledSubarray(tasks, { minLength: tasks.length })),
        ),
        ([tasks, shuffled]) => {
          expect(bootstrapCostPerSuccess(shuffled)).toEqual(bootstrapCostPerSuccess(tasks));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('is cheaper, or as cheap, where unknown tasks count as successes', () => {
    fc.assert(
      fc.property(someTasks, (tasks) => {
        const { withUnknown, without } = bootstrapCostPerSuccess(tasks);
        expect(withUnknown.low).toBeLessThanOrEqual(without.low);
        expect(withUnknown.high).toBeLessThanOrEqual(without.high);
      }),
      { numRuns: 20 },
    );
  });

  it('makes the draws that it always made', () => {
    const { low, high } = bootstrapCostPerSuccess(drawn(150, 0.7, 11)).without;
    expect([Math.round(low), Math.round(high)]).toEqual([1_602_236, 2_541_468]);
  });

  it('has no doubt where every task is the same, and no end where there is no success', () => {
    const same = { costNanoUsd: 70, verdict: 'success' } as const;
    expect(bootstrapCostPerSuccess([same, same, same]).without).toEqual({ low: 70, high: 70 });
    expect(bootstrapCostPerSuccess([{ costNanoUsd: 70, verdict: 'failure' }]).without.high).toBe(Infinity);
  });
});

describe("Fieller's interval", () => {
  it('is worked out by hand for four tasks', () => {
    // Costs 10, 20, 30, 40, the last three of them successes: means 25 and 0.75; of the means, the variances are 125/3 and
    // 1/16, and the covariance is 5/4.
    const moments = { tasks: 4, successes: 3, cost: 100, squaredCost: 3_000, costOfSuccesses: 90 };
    const { low, high } = fieller(moments) ?? { low: 0, high: 0 };
    // a = 0.5625 - 3.8415/16 = 0.32241; b = 18.75 - 3.8415 × 1.25 = 13.94817; c = 625 - 3.8415 × 41.6667 = 464.93914
    expect(low).toBeCloseTo((13.94817 - Math.sqrt(13.94817 ** 2 - 0.32241 * 464.93914)) / 0.32241, 2);
    expect(high).toBeCloseTo((13.94817 + Math.sqrt(13.94817 ** 2 - 0.32241 * 464.93914)) / 0.32241, 2);
  });

  it('has an open end where chance may have made the few successes that there are', () => {
    expect(fieller({ tasks: 1_000, successes: 2, cost: 1e9, squaredCost: 1.1e15, costOfSuccesses: 2e6 })?.high).toBe(
      Infinity,
    );
    expect(fieller({ tasks: 1_000, successes: 0, cost: 1, squaredCost: 1, costOfSuccesses: 0 })).toBeUndefined();
  });

  it.each([
    [200, 0.8, 3],
    [400, 0.5, 5],
  ])('says nearly the same as the bootstrap of %i tasks of which a share of %f succeed', (count, share, seed) => {
    const tasks = drawn(count, share, seed);
    const exact = bootstrapCostPerSuccess(tasks).without;
    const { low, high } = fieller(momentsOf(tasks)) ?? { low: 0, high: 0 };
    const width = exact.high - exact.low;
    expect(Math.abs(low - exact.low) / width).toBeLessThan(0.15);
    expect(Math.abs(high - exact.high) / width).toBeLessThan(0.15);
  });

  it('holds the true cost per success about as often as it says', () => {
    // The mean of e to a normal number is e to one half; of all tasks, 60 % succeed.
    const truth = (1e6 * Math.exp(0.5)) / 0.6;
    const samples = Array.from({ length: 400 }, (_, seed) => fieller(momentsOf(drawn(300, 0.6, seed * 7_919 + 1))));
    const held = samples.filter((one) => one !== undefined && one.low <= truth && truth <= one.high).length;
    expect(held / samples.length).toBeGreaterThan(0.9);
    expect(held / samples.length).toBeLessThan(0.99);
  });
});
