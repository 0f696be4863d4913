/** How fast a simulated provider answers. Milliseconds. */
export interface Pace {
  readonly firstByteMs: number;
  readonly perDeltaMs: number;
  /** Each wait is lengthened or shortened by up to this share of itself, 0..1. */
  readonly jitter: number;
  /** The same seed gives the same jitter. */
  readonly seed: number;
}

/** No waiting: for tests that look at what is said and not at when. */
export const instant: Pace = { firstByteMs: 0, perDeltaMs: 0, jitter: 0, seed: 1 };

/** About as fast as a small hosted model: for people who watch. */
export const lifelike: Pace = { firstByteMs: 220, perDeltaMs: 18, jitter: 0.4, seed: 1 };

export interface Clock {
  firstByte(): number;
  delta(): number;
}

/** Waits with jitter, in milliseconds. */
export function createClock(pace: Pace): Clock {
  const random = mulberry32(pace.seed);
  const jittered = (ms: number): number => Math.max(0, ms * (1 + pace.jitter * (2 * random() - 1)));
  return { firstByte: () => jittered(pace.firstByteMs), delta: () => jittered(pace.perDeltaMs) };
}

/** Mulberry32 by Tommy Ettinger (public domain): a small seeded generator, uniform in 0..1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Resolves only when `signal` aborts. */
export function forever(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
