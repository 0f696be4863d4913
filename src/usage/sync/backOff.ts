const SECOND = 1_000;
/** A server may ask for a pause as long as this, in milliseconds; a longer one is taken for this. */
export const LONGEST_ASKED_MS = 6 * 3_600 * SECOND;

/** How long to wait after failures, in milliseconds. */
export interface Pace {
  readonly firstMs: number;
  readonly longestMs: number;
}

export const usualPace: Pace = { firstMs: 5 * SECOND, longestMs: 900 * SECOND };

/**
 * The pause after so many failures in a row: doubling up to the longest, and by chance between half and all of that, so that
 * many machines do not come back at once.
 *
 * @param chance from 0 to 1
 */
export function pauseAfter(failures: number, chance: number, { firstMs, longestMs }: Pace = usualPace): number {
  const whole = Math.min(firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 40), longestMs);
  return Math.round(whole * (0.5 + chance / 2));
}

/**
 * What a `Retry-After` header asks for, in milliseconds: a number of seconds, or a date.
 * @param now milliseconds since the epoch
 */
export function askedPause(header: string | null, now: number): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  const asked = /^\d{1,9}$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now;
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), LONGEST_ASKED_MS) : undefined;
}
