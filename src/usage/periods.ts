export type Period = 'day' | 'week' | 'month';

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday: three days after a Monday. */
const EPOCH_WEEKDAY = 3;

/** When the period that holds `at` began, in UTC; a week begins on Monday. Both in milliseconds since the epoch. */
export function periodStart(at: number, period: Period): number {
  const day = Math.floor(at / DAY_MS);
  switch (period) {
    case 'day':
      return day * DAY_MS;
    case 'week':
      return (day - ((((day + EPOCH_WEEKDAY) % 7) + 7) % 7)) * DAY_MS;
    case 'month': {
      const date = new Date(at);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    }
    default:
      return period satisfies never;
  }
}

/** When the period that holds `at` ends. */
export function periodEnd(at: number, period: Period): number {
  const start = periodStart(at, period);
  switch (period) {
    case 'day':
      return start + DAY_MS;
    case 'week':
      return start + 7 * DAY_MS;
    case 'month': {
      const date = new Date(start);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    }
    default:
      return period satisfies never;
  }
}

/** The UTC day that holds `at`: `2026-11-22`. */
export function utcDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
