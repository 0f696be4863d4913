/**
 * Milliseconds of processor time that this thread has used. For tests that something ends soon whatever it is given: what
 * else the machine is doing does not count.
 */
export function cpuNow(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const MOST_TIMES = 5;
/** Below this, in milliseconds, a ratio would be of chance. */
const LEAST_MS = 2;

/** For {@link growth} of ten times the length: far below the hundredfold of what is quadratic, and above what is linear. */
export const TENFOLD = 40;

/**
 * How many times as long the work takes for `large` as for `small`, in processor time: the best of several, in turns, so that
 * what slows the machine down for a while slows down both, and what is compiled meanwhile is compiled for both.
 *
 * @param enough what is below it need not be measured again
 */
export function growth<Input>(work: (input: Input) => void, small: Input, large: Input, enough = TENFOLD): number {
  const took = (input: Input): number => {
    const started = cpuNow();
    work(input);
    return cpuNow() - started;
  };
  took(small);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let times = Number.POSITIVE_INFINITY;
  for (let n = 0; n < MOST_TIMES && times >= enough; n += 1) {
    least = Math.min(least, took(small));
    most = Math.min(most, took(large));
    times = most / Math.max(least, LEAST_MS);
  }
  return times;
}
