import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { FileLock } from './fileLock.ts';

/**
 * Writes that come together, in one transaction: each by itself would be as dear as all of them. Calls are synchronous, so
 * nothing else of this connection comes between.
 */
export class JoinedWrites {
  readonly #begin: StatementSync;
  readonly #beginReading: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #mark: StatementSync;
  readonly #keep: StatementSync;
  readonly #undo: StatementSync;
  readonly #lock: FileLock;
  /** What is done once the transaction that is open has ended well. */
  readonly #afterwards: (() => void)[] = [];
  #isOpen = false;
  #isReading = false;
  #transactions = 0;
  #revision = 0;
  #first: () => void = () => undefined;

  constructor(database: DatabaseSync, lock = new FileLock(database)) {
    this.#lock = lock;
    // With the write lock from the start: one that only reads at first could not wait for another process.
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#beginReading = database.prepare('BEGIN');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
    this.#mark = database.prepare('SAVEPOINT part');
    this.#keep = database.prepare('RELEASE part');
    this.#undo = database.prepare('ROLLBACK TO part');
  }

  /** Another one than before where something may have been changed atomically, or undone, by this connection. */
  get revision(): number {
    return this.#revision;
  }

  /** Another one for each transaction: what this connection reads in one is of one moment. undefined: none is open. */
  get moment(): number | undefined {
    return this.#isOpen || this.#isReading ? this.#transactions : undefined;
  }

  /** Reads of one moment, at the price of one. What is written among them ends that moment. @throws what the work threw */
  reading<Result>(work: () => Result): Result {
    if (this.#isOpen || this.#isReading || !this.#opensToRead()) return work();
    this.#transactions += 1;
    this.#isReading = true;
    try {
      return work();
    } finally {
      this.#endReading();
    }
  }

  /** What is done first in whatever is done atomically: a part of it. */
  beginsWith(first: () => void): void {
    this.#first = first;
  }

  /** Does something once what is being written is in the file; never, where it is undone. At once, where nothing is. */
  afterwards(done: () => void): void {
    if (this.#isOpen) this.#afterwards.push(done);
    else done();
  }

  /** All of it or nothing. @throws what the work threw, or SQLite */
  atomically<Result>(work: () => Result): Result {
    const whole = (): Result => {
      this.#first();
      return work();
    };
    this.#revision += 1;
    try {
      return this.#whole(whole);
    } finally {
      // What was read in between may have been another state.
      this.#revision += 1;
    }
  }

  #whole<Result>(whole: () => Result): Result {
    if (this.#isOpen) {
      const before = this.#afterwards.length;
      try {
        return this.#within({ begin: this.#mark, end: this.#keep, undo: [this.#undo, this.#keep] }, whole);
      } catch (error) {
        this.#afterwards.length = before;
        throw error;
      }
    }
    this.#start();
    this.#isOpen = true;
    return this.#ending(() => this.#within({ end: this.#commit, undo: [this.#rollback] }, whole));
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
      this.#ending(() => this.#within({ end: this.#commit, undo: [this.#rollback] }, () => undefined));
    }
  }

  #opens(): boolean {
    try {
      this.#start();
      return true;
    } catch {
      return false; // whoever writes is told the reason
    }
  }

  #opensToRead(): boolean {
    try {
      this.#beginReading.run();
      return true;
    } catch {
      return false; // whoever reads is told the reason
    }
  }

  #endReading(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    try {
      this.#commit.run();
    } catch {
      // A file that cannot be read has ended it already; whoever read it is told so.
    }
  }

  #start(): void {
    this.#endReading();
    try {
      this.#begin.run();
    } catch (error) {
      this.#lock.meets(error);
      throw error;
    }
    this.#transactions += 1;
    this.#lock.passed();
  }

  /** Ends the transaction that is open. */
  #ending<Result>(work: () => Result): Result {
    let done: readonly (() => void)[] = [];
    try {
      const result = work();
      done = this.#afterwards.splice(0);
      return result;
    } finally {
      this.#isOpen = false;
      this.#afterwards.length = 0;
      for (const one of done) one();
    }
  }

  #within<Result>({ begin, end, undo }: Bounds, work: () => Result): Result {
    begin?.run();
    try {
      const result = work();
      end.run();
      return result;
    } catch (error) {
      this.#revision += 1;
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
  readonly begin?: StatementSync;
  readonly end: StatementSync;
  readonly undo: readonly StatementSync[];
}
