import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

export type LedgerRead<Result> =
  | { readonly kind: 'read'; readonly result: Result }
  /** Nothing was ever written down here. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The first version of the ledger that has all that reports and budgets ask for: see {@link ../ledgerSchema.ts migrate}. */
const OLDEST_VERSION = 8;
const LOCK_TIMEOUT_MS = 1_000;

/**
 * Looks into the ledger of a state folder and leaves it as it is, from whichever process: whoever only looks makes no
 * ledger, and brings none up to date. All that `read` reads is of the same moment, whoever writes meanwhile.
 */
export async function readLedger<Result>(
  folder: string,
  read: (database: DatabaseSync) => Result,
): Promise<LedgerRead<Result>> {
  const file = join(folder, 'ledger.sqlite');
  if (!existsSync(file)) return { kind: 'none' };
  let Database: typeof DatabaseSync;
  try {
    ({ DatabaseSync: Database } = await import('node:sqlite'));
  } catch {
    // Node before 22.13 does not have it; what exactly it says does not help anyone.
    return { kind: 'unreadable', reason: `Node ${process.versions.node} has no SQLite.` };
  }
  try {
    const database = new Database(file, { readOnly: true, timeout: LOCK_TIMEOUT_MS });
    try {
      const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
      if (version < OLDEST_VERSION) {
        const reason =
          'An older version of Routing Policy wrote it. It is brought up to date when an editor or a gateway starts with this one.';
        return { kind: 'unreadable', reason };
      }
      database.exec('BEGIN');
      return { kind: 'read', result: read(database) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { kind: 'unreadable', reason: `${error instanceof Error ? error.message : String(error)}.` };
  }
}
