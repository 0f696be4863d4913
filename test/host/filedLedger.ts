// The ledger's file as reports read it: with all that was settled brought into its tables.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Ledger } from '../../src/usage/ledger.ts';

/** @throws where there is no ledger yet */
export function openFiled(stateFolder: string): DatabaseSync {
  const database = new DatabaseSync(join(stateFolder, 'ledger.sqlite'), { timeout: 5_000 });
  try {
    new Ledger(database).fileToRead();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
