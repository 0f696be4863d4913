import type { SyncStore } from './syncStore.ts';

/**
 * Elects the one process that sends, of all this user's: whoever holds the lease renews it before each batch. Of one that
 * died it lapses. Two that both think they hold it, after a clock jumped, do no harm: events have ids.
 */
export class Lease {
  readonly #store: SyncStore;
  readonly #owner: string;
  readonly #lengthMs: number;

  constructor(store: SyncStore, owner: string, lengthMs: number) {
    this.#store = store;
    this.#owner = owner;
    this.#lengthMs = lengthMs;
  }

  /** Whether this process may send until the lease's length from now, in milliseconds since the epoch. */
  take(now: number): boolean {
    return this.#store.together(() => {
      const [owner, until] = (this.#store.facts.text('lease') ?? '').split(' ');
      const left = Number(until) - now;
      // One that ends later than any could was made by a clock that has been put back since.
      const isHeld = owner !== this.#owner && left > 0 && left <= this.#lengthMs;
      if (!isHeld) this.#store.facts.set('lease', `${this.#owner} ${now + this.#lengthMs}`);
      return !isHeld;
    });
  }

  release(): void {
    const [owner] = (this.#store.facts.text('lease') ?? '').split(' ');
    if (owner === this.#owner) this.#store.facts.set('lease', undefined);
  }
}
