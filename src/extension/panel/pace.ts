/** Runs something soon after it is wanted, and not more often than once in `pause` milliseconds. */
export class Pace {
  readonly #pause: number;
  readonly #run: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #last = Number.NEGATIVE_INFINITY;

  /** @param run never rejects */
  constructor(pause: number, run: () => Promise<void>) {
    this.#pause = pause;
    this.#run = run;
  }

  /** It is wanted: at once, or when the pause is over. What is wanted meanwhile is the same one. */
  soon(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + this.#pause - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, wait);
  }

  /** It has just been run for another reason. */
  done(): void {
    this.stop();
    this.#last = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  dispose(): void {
    this.stop();
  }
}
