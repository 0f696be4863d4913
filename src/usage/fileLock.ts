import type { DatabaseSync } from 'node:sqlite';

/** How long one process waits for another's transaction, in milliseconds: those of ours take a few. */
const PATIENCE_MS = 1_000;
/** As long as somebody holds the file, every write would wait for it, and everybody who is served with it. */
const HELD_PATIENCE_MS = 10;
const SQLITE_BUSY = 5;

/**
 * Whether another program holds the ledger's file for itself. The first write that meets it waits a while, as calls are
 * synchronous and requests stand still meanwhile; those after it hardly wait, until one of them has succeeded.
 */
export class FileLock {
  readonly #database: DatabaseSync;
  #isHeld = false;
  #told: () => void = () => undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#wait(PATIENCE_MS);
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** @param told called when somebody is found to hold the file */
  whenHeld(told: () => void): void {
    this.#told = told;
  }

  /** Whether this is what went wrong with a write. */
  meets(error: unknown): boolean {
    if (!isBusy(error)) return false;
    if (!this.#isHeld) {
      this.#isHeld = true;
      this.#wait(HELD_PATIENCE_MS);
      this.#told();
    }
    return true;
  }

  /** A write has succeeded. */
  passed(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#wait(PATIENCE_MS);
  }

  #wait(ms: number): void {
    this.#database.exec(`PRAGMA busy_timeout = ${ms}`);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}
