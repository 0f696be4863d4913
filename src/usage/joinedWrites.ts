import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * Writes that come together, in one transaction: each by itself would be as dear as all of them. Calls are synchronous, so
 * nothing else of this connection comes between.
 */
export class JoinedWrites {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #mark: StatementSync;
  readonly #keep: StatementSync;
  readonly #undo: StatementSync;
  #isOpen = false;
  #first: () => void = () => undefined;

  constructor(database: DatabaseSync) {
    // With the write lock from the start: one that only reads at first could not wait for another process.
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
    this.#mark = database.prepare('SAVEPOINT part');
    this.#keep = database.prepare('RELEASE part');
    this.#undo = database.prepare('ROLLBACK TO part');
  }

  /** What is done first in whatever is done atomically: a part of it. */
  beginsWith(first: () => void): void {
    this.#first = first;
  }

  /** All of it or nothing. @throws what the work threw, or SQLite */
  atomically<Result>(work: () => Result): Result {
    const whole = (): Result => {
      this.#first();
      return work();
    };
    if (this.#isOpen)
      return this.#within({ begin: [this.#mark], end: this.#keep, undo: [this.#undo, this.#keep] }, whole);
    this.#isOpen = true;
    try {
      return this.#within({ begin: [this.#begin], end: this.#commit, undo: [this.#rollback] }, whole);
    } finally {
      this.#isOpen = false;
    }
  }

  /**
   * Everything that is written meanwhile, each part of which fails by itself; where the file cannot be locked, each is
   * written by itself.
   *
   * @throws where all of it was lost in the end, or the work threw
   */
  join(work: () => void): void {
    if (this.#isOpen || !this.#opens()) {
      work();
      return;
    }
    this.#isOpen = true;
    try {
      work();
    } finally {
      this.#isOpen = false;
      this.#within({ begin: [], end: this.#commit, undo: [this.#rollback] }, () => undefined);
    }
  }

  #opens(): boolean {
    try {
      this.#begin.run();
      return true;
    } catch {
      return false; // whoever writes is told the reason
    }
  }

  #within<Result>({ begin, end, undo }: Bounds, work: () => Result): Result {
    for (const one of begin) one.run();
    try {
      const result = work();
      end.run();
      return result;
    } catch (error) {
      try {
        for (const one of undo) one.run();
      } catch {
        // A full disk has ended it already; what went wrong first is what helps.
      }
      throw error;
    }
  }
}

interface Bounds {
  readonly begin: readonly StatementSync[];
  readonly end: StatementSync;
  readonly undo: readonly StatementSync[];
}
