import { lineBefore } from './context.ts';

/** How long a pause is waited for: a person's own rhythm, weighed by where the cursor is, less what the answer takes anyway. */
export interface Rhythm {
  /** The average time between keystrokes, in milliseconds. */
  readonly intervalMs: number;
  readonly lastAt: number | undefined;
}

export const initialRhythm: Rhythm = { intervalMs: 250, lastAt: undefined };

/** Pauses longer than this say nothing about typing. */
const longestInterval = 2_000;
const weight = 0.2;

/** Folds one keystroke into the rhythm (an exponentially weighted average). */
export function keystroke(rhythm: Rhythm, at: number): Rhythm {
  if (rhythm.lastAt === undefined) return { ...rhythm, lastAt: at };
  const interval = at - rhythm.lastAt;
  if (interval <= 0 || interval > longestInterval) return { ...rhythm, lastAt: at };
  return { intervalMs: rhythm.intervalMs + weight * (interval - rhythm.intervalMs), lastAt: at };
}

/** Below 1 where a completion is likely to be wanted, above where the person is in the middle of a word. */
function contextWeight(prefix: string): number {
  const line = lineBefore(prefix);
  if (line.trim() === '') return 0.8;
  if (/[.({[,=:>]\s?$/.test(line)) return 0.7;
  if (/\s$/.test(line)) return 0.9;
  return /\w{3,}$/.test(line) ? 1.4 : 1.2;
}

const shortest = 100;

/**
 * The pause to wait for before asking, in milliseconds: typing interval × context − expected latency, between 100 and
 * `maximumMs`. The form is Tabby's.
 */
export function debounceMs(rhythm: Rhythm, prefix: string, expectedLatencyMs: number, maximumMs: number): number {
  const wanted = rhythm.intervalMs * 1.5 * contextWeight(prefix) - expectedLatencyMs * 0.1;
  return Math.round(Math.min(Math.max(wanted, shortest), maximumMs));
}
