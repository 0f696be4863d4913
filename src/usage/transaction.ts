import type { DatabaseSync } from 'node:sqlite';

/**
 * All of it or nothing, with the file's write lock from the start: a transaction that only reads at first could not wait
 * for another process when it comes to write.
 *
 * @throws what the work threw, or SQLite; nothing of it is then written
 */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // A full disk has ended it already; what went wrong first is what helps.
    }
    throw error;
  }
}
