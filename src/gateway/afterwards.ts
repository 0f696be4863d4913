/**
 * What is left to do when a client has the end of its answer: done right then, before anything else that it asks is read.
 * Where the end cannot be written yet, because the client does not read, nothing waits for that.
 */
export class Afterwards {
  readonly #failed: (error: unknown) => void;
  #waiting: (() => void)[] = [];
  #soon: NodeJS.Immediate | undefined;

  /** @param failed hears of what went wrong with one; the others are done all the same */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  add(work: () => void): void {
    this.#waiting.push(work);
    this.#soon ??= setImmediate(() => this.now());
  }

  now(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    for (const work of this.#waiting.splice(0)) {
      try {
        work();
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
