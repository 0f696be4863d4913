const HOUR_MS = 3_600_000;

/** What an export is of; milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * The time that an export says it is of: up to the hour that it is made in, rounded down as the hours of events are. Those
 * that follow in the same hour are of one millisecond each after it, because collectors take windows of one source for
 * mistakes where they overlap; so they tell how many exports there were, and not when.
 *
 * @param last where the window before ended; undefined: there was none
 */
export function windowAfter(last: number | undefined, now: number): Window {
  const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
  // One that ends after this hour is of a clock that has been put back since.
  if (last === undefined || last >= hour + HOUR_MS) return { from: hour - HOUR_MS, to: hour };
  return { from: last, to: Math.max(hour, last + 1) };
}
