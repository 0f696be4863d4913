// How time is taken: contestants take turns round by round, so that what else the machine does meets all of them.

/** Middle and tail of one round, in the unit of its times. */
export interface Timing {
  readonly p50: number;
  readonly p99: number;
}

/** One round: the times of what was done in it. No round may find what an earlier one left in a cache. */
type Round = (round: number) => readonly number[] | Promise<readonly number[]>;

/** The value below which `part` (0..1) of `values` lie; NaN for none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Does `once` `times` times; microseconds each. */
export function timeEach(times: number, once: (n: number) => unknown): readonly number[] {
  return Array.from({ length: times }, (_, n) => {
    const started = performance.now();
    once(n);
    return (performance.now() - started) * 1000;
  });
}

/** Does `once` one time; milliseconds. */
export async function timeOnce(once: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await once();
  return performance.now() - started;
}

/** Lets each contestant have its turn in each round, and returns the rounds' timings by contestant. */
export async function race<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, Round>>,
): Promise<Record<Name, readonly Timing[]>> {
  const names = Object.keys(contestants) as Name[];
  const timings = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Timing[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const times = await contestants[name](round);
      timings[name].push({ p50: quantile(times, 0.5), p99: quantile(times, 0.99) });
    }
  }
  return timings;
}

/** The median round. */
export function typical(timings: readonly Timing[]): Timing {
  return { p50: median(timings.map(({ p50 }) => p50)), p99: median(timings.map(({ p99 }) => p99)) };
}

/** How many times as long `slow` takes as `fast`: the median of the rounds' own ratios. */
export function timesAsLong(slow: readonly Timing[], fast: readonly Timing[]): number {
  return median(slow.map(({ p50 }, round) => p50 / (fast[round]?.p50 ?? Number.NaN)));
}
