import type { TaskCost } from './taskCells.ts';
import type { Interval } from './usageReport.ts';

/** The quantile of the normal distribution for 95 % on two sides. */
const Z = 1.959963984540054;
const RESAMPLES = 1_000;

/**
 * The interval in which a share lies at 95 %, by Wilson's score method (E. B. Wilson, Probable inference, the law of
 * succession, and statistical inference, JASA 22 (1927) 209–212; recommended over the usual one, above all for few trials,
 * by Brown, Cai and DasGupta, Interval estimation for a binomial proportion, Statistical Science 16 (2001) 101–133).
 *
 * @returns undefined where there was no trial
 */
export function wilson(successes: number, trials: number): Interval | undefined {
  if (trials <= 0) return undefined;
  const share = successes / trials;
  const widened = 1 + Z ** 2 / trials;
  const middle = (share + Z ** 2 / (2 * trials)) / widened;
  const half = (Z / widened) * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  return {
    low: successes === 0 ? 0 : Math.max(0, middle - half),
    high: successes === trials ? 1 : Math.min(1, middle + half),
  };
}

/** The cost of all tasks over the number of successes, twice: with the unknown ones as successes and without. */
export interface CostPerSuccess {
  readonly withUnknown: Interval;
  readonly without: Interval;
}

/**
 * In what interval cost ÷ successes lies at 95 %, by the percentile bootstrap over tasks (Efron and Tibshirani, An
 * Introduction to the Bootstrap, 1993, chapter 13): as many tasks are drawn with replacement, a thousand times. A task is
 * drawn with its cost and its outcome, so that what they have to do with one another is kept. Nothing is assumed of how
 * costs are spread, which are far from normal. The same tasks give the same interval, in whatever order they come.
 *
 * For cells of a few hundred tasks; {@link fieller} is for larger ones.
 */
export function bootstrapCostPerSuccess(tasks: readonly TaskCost[]): CostPerSuccess {
  const sorted = tasks.toSorted((a, b) => a.costNanoUsd - b.costNanoUsd || order[a.verdict] - order[b.verdict]);
  const costs = Float64Array.from(sorted, ({ costNanoUsd }) => costNanoUsd);
  const successes = Uint8Array.from(sorted, ({ verdict }) => (verdict === 'success' ? 1 : 0));
  const possible = Uint8Array.from(sorted, ({ verdict }) => (verdict === 'success' || verdict === 'unknown' ? 1 : 0));
  const without = new Float64Array(RESAMPLES);
  const withUnknown = new Float64Array(RESAMPLES);
  // A number of this function's own: one that a closure keeps takes twice the time.
  let state = sorted.length;
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let cost = 0;
    let known = 0;
    let most = 0;
    for (let drawn = 0; drawn < costs.length; drawn++) {
      state = (state + STRIDE) | 0;
      const place = Math.floor(mixed(state) * costs.length);
      cost += costs[place] ?? 0;
      known += successes[place] ?? 0;
      most += possible[place] ?? 0;
    }
    without[resample] = ratio(cost, known);
    withUnknown[resample] = ratio(cost, most);
  }
  return { without: middleOf(without), withUnknown: middleOf(withUnknown) };
}

const order = { success: 0, unknown: 1, failure: 2, unjudged: 3 } as const;

/** Nothing for no success is no price at all: no end in sight. */
function ratio(cost: number, successes: number): number {
  return successes === 0 ? Number.POSITIVE_INFINITY : cost / successes;
}

function middleOf(values: Float64Array): Interval {
  values.sort();
  return {
    low: values[Math.floor(RESAMPLES * 0.025)] ?? 0,
    high: values[Math.ceil(RESAMPLES * 0.975) - 1] ?? Number.POSITIVE_INFINITY,
  };
}

const STRIDE = 0x6d2b79f5;

/** A number from 0 to 1 for a state that goes on by {@link STRIDE} (mulberry32, T. Ettinger, in the public domain). */
function mixed(state: number): number {
  let bits = Math.imul(state ^ (state >>> 15), 1 | state);
  bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}

/** Sums over tasks; a success counts 1, any other task 0. */
export interface CostMoments {
  readonly tasks: number;
  readonly successes: number;
  readonly cost: number;
  readonly squaredCost: number;
  /** The cost of the tasks that succeeded. */
  readonly costOfSuccesses: number;
}

/**
 * The same interval from sums alone, by Fieller's theorem on the ratio of two means (E. C. Fieller, Some problems in
 * interval estimation, JRSS B 16 (1954) 175–185). It takes the means to be normal, as those of a few hundred tasks and more
 * nearly are, needs no draws, and so takes the same time for a hundred thousand tasks as for two hundred.
 *
 * @returns an open end where chance alone may have made the few successes that there are
 */
export function fieller({ tasks, successes, cost, squaredCost, costOfSuccesses }: CostMoments): Interval | undefined {
  if (tasks < 2 || successes === 0) return undefined;
  const meanCost = cost / tasks;
  const share = successes / tasks;
  // Of the means: by n - 1, and then by n.
  const spread = (products: number, a: number, b: number): number => (products / tasks - a * b) / (tasks - 1);
  const ofCost = Math.max(0, spread(squaredCost, meanCost, meanCost));
  const ofShare = Math.max(0, spread(successes, share, share));
  const together = spread(costOfSuccesses, meanCost, share);
  const a = share ** 2 - Z ** 2 * ofShare;
  const b = meanCost * share - Z ** 2 * together;
  const c = meanCost ** 2 - Z ** 2 * ofCost;
  const point = cost / successes;
  const root = Math.sqrt(Math.max(0, b ** 2 - a * c));
  if (a <= 0) return { low: c > 0 ? Math.min(point, c / (b + root)) : 0, high: Number.POSITIVE_INFINITY };
  return { low: Math.min(point, Math.max(0, (b - root) / a)), high: Math.max(point, (b + root) / a) };
}
