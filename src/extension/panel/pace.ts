/** How many times as long as it takes is paused after it. */
const SHARE = 19;

/**
 * Runs something soon after it is wanted, and not more often than once in `pause` milliseconds; what takes long, less often:
 * it shall have a twentieth of the time at most.
 */
export class Pace {
  readonly #pause: number;
  readonly #run: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #next = Number.NEGATIVE_INFINITY;

  /** @param run never rejects */
  constructor(pause: number, run: () => Promise<void>) {
    this.#pause = pause;
    this.#run = run;
  }

  /** It is wanted: at once, or when the pause is over. What is wanted meanwhile is the same one. */
  soon(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#next - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, wait);
  }

  /** It is being run, for whatever reason. */
  begun(): void {
    this.stop();
    this.#next = performance.now() + this.#pause;
  }

  /** It has been run, and took so many milliseconds. */
  took(ms: number): void {
    this.#next = Math.max(this.#next, performance.now() + ms * SHARE);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  dispose(): void {
    this.stop();
  }
}
