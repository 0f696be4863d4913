/**
 * A clock that goes by the time which this process was given, and not by the wall. A machine with other things to do gives it
 * little; what is promised in milliseconds is measured by this, where those who are to keep the promise are in this process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuNow } from './cpuTime.ts';

const TICK_MS = 5;
/** What counts of the time between two ticks. Where more has passed, this process was not asked, or was at work all the time. */
const MOST_MS = 2 * TICK_MS;

export class OwnClock {
  #had = 0;
  #last = performance.now();
  #lastWork = cpuNow();
  readonly #ticking: NodeJS.Timeout;

  /**
   * @param ticked is told how it stands, whenever it has gone on
   * @param countsWork whether what this process worked without a pause counts as a whole: for what it is to keep within a
   *   time; not for deadlines of others, whose words may have come meanwhile
   */
  constructor(ticked: (had: number) => void = () => undefined, countsWork = false) {
    this.#ticking = setInterval(() => {
      const now = performance.now();
      const work = cpuNow();
      const worked = countsWork ? work - this.#lastWork : 0;
      this.#had += Math.max(Math.min(now - this.#last, MOST_MS), worked);
      this.#last = now;
      this.#lastWork = work;
      ticked(this.#had);
    }, TICK_MS).unref();
  }

  /** Milliseconds since it was made. */
  get had(): number {
    return this.#had;
  }

  stop(): void {
    clearInterval(this.#ticking);
  }
}

/** How many milliseconds of its own this process had until the work was done; on an idle machine, how long that took. */
export async function ownTimeOf(work: () => Promise<unknown>): Promise<number> {
  const clock = new OwnClock(undefined, true);
  try {
    await work();
    return clock.had;
  } finally {
    clock.stop();
  }
}

/** Settles once this process has had so many milliseconds: what it does by itself within them is done. */
export async function ownPause(ms: number): Promise<void> {
  const clock = new OwnClock();
  while (clock.had < ms) await sleep(TICK_MS);
  clock.stop();
}
