import type { PolicyChange } from '../../panel/policyChanges.ts';
import type { Interval } from '../../usage/report/usageReport.ts';

/** A month of figures that are given by the month: a twelfth of a year. */
const DAYS_OF_MONTH = 365.25 / 12;

/** What a change of the policy would save in a month, as the days that were looked at were. */
export interface MonthlySaving {
  /** Of what was seen; a range where outcomes are not known. */
  readonly seen: Interval;
  /** How far chance alone may have moved it, at 95 % of each of the two costs; left out where there are too few tasks. */
  readonly chance?: Interval;
  /** Judged tasks on which the model that it would be moved to was seen. */
  readonly judged: number;
}

/**
 * Today's successes, each at the other model's cost of one, in a month. The interval is as wide as the two costs together
 * allow, so it is rather too wide than too narrow.
 *
 * @param days that the figures are of
 * @returns undefined where nothing can be said
 */
export function monthlySaving(
  change: Extract<PolicyChange, { kind: 'route' }>,
  days: number,
): MonthlySaving | undefined {
  const { before, after, savesNanoUsd: saves } = change;
  if (before === undefined || saves === undefined || days <= 0) return undefined;
  const monthly = ({ low, high }: Interval): Interval => ({
    low: (low / days) * DAYS_OF_MONTH,
    high: (high / days) * DAYS_OF_MONTH,
  });
  const [old, other] = [before.costInterval, after.costInterval];
  const ends = [old?.high, other?.high];
  const isKnown = old !== undefined && other !== undefined && ends.every(Number.isFinite);
  return {
    seen: monthly(saves),
    ...(isKnown && {
      chance: monthly({
        low: (old.low - other.high) * before.successes,
        high: (old.high - other.low) * before.successes,
      }),
    }),
    judged: after.judged,
  };
}
