import type { SyncStore } from './syncStore.ts';

/** Attempts whose marks are still to be written; of more, the oldest are forgotten. */
const MOST_UNMARKED = 10_000;

/**
 * Marks what must not be sent. Where the disk is full or may only be read, marks that could not be written are tried again
 * with the next one, and before anything is sent by this process.
 */
export class Marks {
  readonly #store: Pick<SyncStore, 'withhold'>;
  readonly #unmarked = new Map<string, number>();
  #trouble: string | undefined;

  constructor(store: Pick<SyncStore, 'withhold'>) {
    this.#store = store;
  }

  /** Why something is not marked, in a sentence; undefined while everything is. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** @param now milliseconds since the epoch */
  withhold(attemptId: string, now: number): void {
    this.#unmarked.set(attemptId, now);
    const [oldest] = this.#unmarked.keys();
    if (this.#unmarked.size > MOST_UNMARKED && oldest !== undefined) this.#unmarked.delete(oldest);
    this.write();
  }

  /** Writes what could not be written until now. */
  write(): void {
    try {
      for (const [attemptId, at] of [...this.#unmarked]) {
        this.#store.withhold(attemptId, at);
        this.#unmarked.delete(attemptId);
      }
      this.#trouble = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#trouble = `What must not be sent from this window could not be marked as such (${reason}): another window may send it. Make room on the disk, or use "Pause Sync".`;
    }
  }
}
