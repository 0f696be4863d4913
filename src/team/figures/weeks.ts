import { DAY_MS, dayName } from '../../usage/report/dayRange.ts';

/**
 * Weeks of figures. They begin on Thursdays, because the 28 days in which a person has one name do: four weeks are one such
 * period, so within a week nobody has two names.
 */

const DAYS_OF_WEEK = 7;
/** How long after its end a day is decided, in milliseconds: by then what became of its tasks is nearly always told. */
export const SETTLE_MS = 12 * 3_600_000;

/** The number of the week of a day; both count from 1970-01-01. */
export function weekOf(day: number): number {
  return Math.floor(day / DAYS_OF_WEEK);
}

export function firstDayOf(week: number): number {
  return week * DAYS_OF_WEEK;
}

export function lastDayOf(week: number): number {
  return firstDayOf(week) + DAYS_OF_WEEK - 1;
}

/** `2026-11-19`. */
export function weekName(week: number): string {
  return dayName(firstDayOf(week));
}

/** The last day that may be decided at a moment, in days since 1970. @param now milliseconds since the epoch */
export function lastSettledDay(now: number): number {
  return Math.floor((now - SETTLE_MS) / DAY_MS) - 1;
}

/** A day as a number. @param name `2026-11-22` */
export function dayNumber(name: string): number {
  return Math.floor(Date.parse(`${name}T00:00:00Z`) / DAY_MS);
}
