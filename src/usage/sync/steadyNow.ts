import type { SyncFacts } from './facts.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The moment that ages were counted from last, and what the clock said when that was looked at. */
const FACT = 'clock';

/**
 * The moment that ages are counted from, in milliseconds since the epoch. It goes on by a day at most, once in an hour at
 * most: a clock that jumps a year ahead for a while drops nothing that is young. After a machine was off for weeks it lags for
 * some hours, and what is too old is refused by the server instead.
 *
 * To be called within a transaction.
 */
export function steadyNow(facts: SyncFacts, now: number): number {
  const [before, lookedAt] = (facts.text(FACT) ?? '').split(' ').map(Number);
  if (before === undefined || lookedAt === undefined || !Number.isFinite(before) || !Number.isFinite(lookedAt)) {
    facts.set(FACT, `${now} ${now}`);
    return now;
  }
  if (Math.abs(now - lookedAt) < HOUR_MS) return Math.min(now, before + HOUR_MS);
  const next = Math.min(now, before + DAY_MS);
  facts.set(FACT, `${next} ${now}`);
  return next;
}
