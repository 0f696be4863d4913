/** One attempt of a target, as far as its health minds. */
export interface HealthSample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly failed: boolean;
  /** Milliseconds until the answer began; left out where it never did. */
  readonly firstTokenMs?: number;
}

/** The last attempts of one target, oldest first. */
export type HealthWindow = readonly HealthSample[];

export interface ErrorRate {
  readonly bad: number;
  readonly of: number;
}

const windowMs = 10 * 60_000;
const mostSamples = 20;
/** Fewer attempts than this say nothing of a rate. */
const fewestSamples = 6;
/** From this share of bad attempts on a target is left alone. */
const worstShare = 0.5;
/** An answer that begins so late, and so much later than this target's usual one, helps as little as a failure. */
const slowMs = 20_000;
const slowFactor = 4;

/** The window after one more attempt: at most the last 20 of the last ten minutes. */
export function withSample(window: HealthWindow, sample: HealthSample): HealthWindow {
  const recent = window.filter(({ at }) => sample.at - at <= windowMs);
  recent.push(sample);
  return recent.length > mostSamples ? recent.slice(-mostSamples) : recent;
}

/**
 * How many of the last attempts failed, or began to answer so late that nobody waits for it, where the last one did and
 * that is half of at least six; undefined while it is not.
 */
export function tooManyBad(window: HealthWindow): ErrorRate | undefined {
  const last = window.at(-1);
  // Whatever is usual, what begins before that is not late.
  if (last === undefined || window.length < fewestSamples || !isBad(last, slowMs)) return undefined;
  const usual = latencyOf(window)?.p50Ms ?? 0;
  const late = Math.max(slowMs, usual * slowFactor);
  if (!isBad(last, late)) return undefined;
  const bad = window.filter((sample) => isBad(sample, late)).length;
  return bad / window.length >= worstShare ? { bad, of: window.length } : undefined;
}

function isBad({ failed, firstTokenMs = 0 }: HealthSample, late: number): boolean {
  return failed || firstTokenMs > late;
}

/** The median and the 95th percentile of how long answers took to begin, by nearest rank; undefined without an answer. */
export function latencyOf(window: HealthWindow): { readonly p50Ms: number; readonly p95Ms: number } | undefined {
  const times = window.flatMap(({ firstTokenMs }) => firstTokenMs ?? []).sort((one, other) => one - other);
  const at = (share: number): number => times[Math.max(0, Math.ceil(times.length * share) - 1)] ?? 0;
  return times.length === 0 ? undefined : { p50Ms: at(0.5), p95Ms: at(0.95) };
}
