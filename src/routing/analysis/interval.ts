import type { NumberRange } from '../../policy/compiled.ts';

/** Whole numbers from `low` to `high`, both included; `high` may be infinite. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export const anyCount: Interval = { low: 0, high: Number.POSITIVE_INFINITY };

/** The whole numbers of a range: everything that a policy measures is counted. */
export function wholeNumbers({ min, max, minExclusive, maxExclusive }: NumberRange): Interval {
  return {
    low: min === undefined ? 0 : Math.max(0, minExclusive === true ? Math.floor(min) + 1 : Math.ceil(min)),
    high: max === undefined ? Number.POSITIVE_INFINITY : maxExclusive === true ? Math.ceil(max) - 1 : Math.floor(max),
  };
}

/** What two intervals share; undefined when that is nothing. */
export function overlap(a: Interval, b: Interval): Interval | undefined {
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  return low <= high ? { low, high } : undefined;
}

/** An interval cut at another one: what lies below, in and above it; undefined for a part that is empty. */
export function cut(interval: Interval, at: Interval): Record<'below' | 'within' | 'above', Interval | undefined> {
  return {
    below: at.low === 0 ? undefined : overlap(interval, { low: 0, high: at.low - 1 }),
    within: at.low > at.high ? undefined : overlap(interval, at),
    above: at.high === Number.POSITIVE_INFINITY ? undefined : overlap(interval, { low: at.high + 1, high: Infinity }),
  };
}
