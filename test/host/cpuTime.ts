/**
 * Milliseconds of processor time that this thread has used. For tests that something ends soon whatever it is given: what
 * else the machine is doing does not count.
 */
export function cpuNow(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const MOST_TURNS = 5;
/** Below this, in milliseconds, a ratio would be of chance. */
const LEAST_MS = 2;

/** For {@link growth} of ten times the length: far below the hundredfold of what is quadratic, and above what is linear. */
export const TENFOLD = 40;

/** Where one turn alone takes as many milliseconds, its figure is no matter of chance. */
const LONG_MS = 10_000;

/**
 * How many times as long the work takes for `large` as for `small`, in processor time: the best of several, in turns, so that
 * what slows the machine down for a while slows down both, and what is compiled meanwhile is compiled for both.
 *
 * @param make what is worked on. Made for each turn, so that nothing is remembered from the one before; where things are
 *   remembered by what they say, a turn's is to say something of its own
 * @param enough what is below it need not be measured again
 */
export function growth<Input>(
  work: (input: Input) => void,
  make: (size: number, turn: number) => Input,
  [small, large]: readonly [small: number, large: number],
  enough = TENFOLD,
): number {
  const took = (size: number, turn: number): number => {
    const input = make(size, turn);
    const started = cpuNow();
    work(input);
    return cpuNow() - started;
  };
  took(small, 0);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let times = Number.POSITIVE_INFINITY;
  for (let turn = 1; turn <= MOST_TURNS && times >= enough && !(turn > 1 && most > LONG_MS); turn += 1) {
    least = Math.min(least, took(small, turn));
    most = Math.min(most, took(large, turn));
    times = most / Math.max(least, LEAST_MS);
  }
  return times;
}
