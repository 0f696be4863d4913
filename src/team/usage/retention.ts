/** Single events are kept for so many days; what they add up to is kept. Clients send nothing that is older than 30. */
export const KEPT_DAYS = 35;
/** An event may be so much ahead of our clock, in milliseconds: a client's may be wrong, and it says the hour as it is there. */
export const MOST_AHEAD_MS = 86_400_000;
/** Days for which there is a place before they come. */
export const DAYS_AHEAD = 3;
/**
 * A task is remembered for so many days after the newest event of it: one that is accepted now may be of an outcome that a client
 * has followed for 30 days, and be 35 days old. What comes later still is counted as an attempt, and its task not again.
 */
export const TASK_DAYS = 70;
/** Roll-ups of days become those of months when their month has been over for so many days. */
export const DAILY_DAYS = 90;

const DAY_MS = 86_400_000;

/** `2026-11-23`, UTC. @param at milliseconds since the epoch */
export function dayAt(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The day so many days before or after another one. */
export function dayFrom(day: string, days: number): string {
  return dayAt(Date.parse(`${day}T00:00Z`) + days * DAY_MS);
}
