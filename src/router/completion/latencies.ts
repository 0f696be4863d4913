/** What is assumed of a target that has not answered yet, in milliseconds. */
const unknownMs = 300;
const weight = 0.2;
const mostTargets = 200;

/** How long each target has been taking, for the pause before the next request: an exponentially weighted average. */
export class Latencies {
  readonly #known = new Map<string, number>();

  /** In milliseconds. */
  expected(target: string): number {
    return this.#known.get(target) ?? unknownMs;
  }

  observe(target: string, ms: number): void {
    const before = this.#known.get(target);
    this.#known.delete(target);
    this.#known.set(target, before === undefined ? ms : before + weight * (ms - before));
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostTargets && oldest !== undefined) this.#known.delete(oldest);
  }
}
