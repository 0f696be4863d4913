import { chmodSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Ledger } from './ledger.ts';
import { migrate } from './ledgerSchema.ts';
import { type Salvaged, salvage } from './salvage.ts';
import { errorCode } from './writeResult.ts';

export type OpenedLedger =
  | {
      readonly kind: 'open';
      readonly ledger: Ledger;
      /** Where a damaged ledger was put, when a new one had to be begun. */
      readonly setAside?: string;
      /** What of it could still be read, and is in the new one. */
      readonly salvaged?: Salvaged;
    }
  /** This Node has no SQLite, or the file cannot be had. Requests are served all the same, without a record. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** How long one process waits for another's transaction. */
const LOCK_TIMEOUT_MS = 5_000;
/** The last version of the schema whose files were made without the means to shrink. */
const LAST_RIGID_VERSION = 4;
/** A larger one is left as it is: what is deleted from it is used again. */
const MOST_REMADE_BYTES = 8 * 1024 * 1024;
/** How long the write-ahead log grows before it is worked into the file: 16 MB. */
const LOG_PAGES = 4_000;
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

type Database = typeof DatabaseSync;

/**
 * Opens the ledger of this state folder, making it where there is none. A damaged file is set aside under a dated name.
 * @param now milliseconds since the epoch, for that name.
 */
export async function openLedger(folder: string, now: number): Promise<OpenedLedger> {
  const file = join(folder, 'ledger.sqlite');
  let Database: Database;
  try {
    ({ DatabaseSync: Database } = await import('node:sqlite'));
  } catch {
    // Node before 22.13 does not have it; what exactly it says does not help anyone.
    return { kind: 'unavailable', reason: `Node ${process.versions.node} has no SQLite: requests are not recorded.` };
  }
  try {
    return { kind: 'open', ledger: new Ledger(openFile(Database, file)) };
  } catch (error) {
    if (!isDamage(error))
      return { kind: 'unavailable', reason: `The ledger ${file} cannot be used: ${messageOf(error)}.` };
  }
  try {
    const setAside = putAside(Database, file, now);
    const database = openFile(Database, file);
    if (setAside === undefined) return { kind: 'open', ledger: new Ledger(database) };
    const salvaged = salvageFrom(Database, setAside, database);
    return { kind: 'open', ledger: new Ledger(database), setAside, salvaged };
  } catch (error) {
    return {
      kind: 'unavailable',
      reason: `The ledger ${file} is damaged and cannot be replaced: ${messageOf(error)}.`,
    };
  }
}

function openFile(Database: Database, file: string): DatabaseSync {
  const database = new Database(file, { timeout: LOCK_TIMEOUT_MS });
  try {
    if (process.platform !== 'win32') chmodSync(file, 0o600);
    // Only a file that is made by this can give back what is deleted from it.
    if (number(database, 'page_count') === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    useWriteAheadLog(database);
    // Loses the last moments in a power cut, never the file; a sync per keystroke would be felt.
    database.exec('PRAGMA synchronous = NORMAL');
    // Requests wait while the log is worked in: seldom, and pages that were written often are then written once.
    database.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
    // What is sorted or may be undone is small: a file for it would be made, filled and removed for every write.
    database.exec('PRAGMA temp_store = MEMORY');
    makeShrinkable(database);
    migrate(database);
    check(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Looks at every page (1.5 ms a megabyte): a damaged one would otherwise fail some write or sum weeks from now. */
function check(database: DatabaseSync): void {
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict !== 'ok') throw new DamagedLedger(String(verdict));
}

function number(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

/** Made before files could give anything back: made anew, where that is quick and nobody else is at it. */
function makeShrinkable(database: DatabaseSync): void {
  const version = number(database, 'user_version');
  if (version === 0 || version > LAST_RIGID_VERSION || number(database, 'auto_vacuum') !== 0) return;
  if (number(database, 'page_count') * number(database, 'page_size') > MOST_REMADE_BYTES) return;
  try {
    database.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
  } catch (error) {
    if (sqliteCode(error) !== SQLITE_BUSY) throw error;
  }
}

/** What can still be read of a damaged ledger goes on counting, or a budget would be open again. */
function salvageFrom(Database: Database, aside: string, fresh: DatabaseSync): Salvaged {
  try {
    return salvage(Database, aside, fresh);
  } catch (error) {
    if (sqliteCode(error) === undefined) throw error;
    return { attempts: 0, since: undefined, isWhole: true }; // nothing of it can be read
  }
}

class DamagedLedger extends Error {
  override readonly name = 'DamagedLedger';
}

/** The change to a write-ahead log needs the file alone, and SQLite does not wait for that as it does for other locks. */
function useWriteAheadLog(database: DatabaseSync): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; ; waited += 20) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (sqliteCode(error) !== SQLITE_BUSY || waited >= LOCK_TIMEOUT_MS) throw error;
      Atomics.wait(pause, 0, 0, 20);
    }
  }
}

/** Renames a damaged ledger and its logs. undefined: another process has just done so, and the new one is good. */
function putAside(Database: Database, file: string, now: number): string | undefined {
  try {
    openFile(Database, file).close();
    return undefined;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const stamp = new Date(now).toISOString().replace(/[:.]/g, '-');
  const aside = `${file}.damaged-${stamp}-${statSync(file).ino}`;
  for (const suffix of ['-wal', '-shm', '']) {
    try {
      renameSync(`${file}${suffix}`, `${aside}${suffix}`);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return aside;
}

function isDamage(error: unknown): boolean {
  if (error instanceof DamagedLedger) return true;
  const code = sqliteCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** SQLite's primary result code. */
function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
