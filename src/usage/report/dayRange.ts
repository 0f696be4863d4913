import { utcDay } from '../periods.ts';

export const DAY_MS = 86_400_000;
/** Beyond so many days a report begins with the first of them on which something happened. */
const MOST_DAYS = 400;

/** What a report is about: whole UTC days, as the ledger keeps them. */
export interface DayRange {
  /** Days since the epoch. */
  readonly firstDay: number;
  /** The last of them, itself included. */
  readonly lastDay: number;
}

/** The days that hold what is from `since` on and before `until`, both in milliseconds since the epoch. */
export function rangeOf(since: number, until: number): DayRange {
  const firstDay = Math.floor(Math.max(since, 0) / DAY_MS);
  return { firstDay, lastDay: Math.max(firstDay, Math.floor((until - 1) / DAY_MS)) };
}

/** When a range begins, in milliseconds since the epoch. */
export function rangeStart({ firstDay }: DayRange): number {
  return firstDay * DAY_MS;
}

/** When it is over. */
export function rangeEnd({ lastDay }: DayRange): number {
  return (lastDay + 1) * DAY_MS;
}

/**
 * Its days by name, without gaps.
 *
 * @param seen days on which something happened: a range of years begins with the first of them
 */
export function daysOf({ firstDay, lastDay }: DayRange, seen: ReadonlySet<string>): readonly string[] {
  const all = Array.from({ length: Math.min(lastDay - firstDay, 100_000) + 1 }, (_, n) =>
    dayName(lastDay - n),
  ).reverse();
  if (all.length <= MOST_DAYS) return all;
  const first = all.findIndex((day) => seen.has(day));
  return first < 0 ? all.slice(-1) : all.slice(first);
}

/** `2026-11-22`. */
export function dayName(day: number): string {
  return utcDay(day * DAY_MS);
}
