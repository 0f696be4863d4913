// What the extension wrote down: the ledger of a server's own state folder, read beside the processes that write it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openFiled } from './filedLedger.ts';
import type { Server } from './server.ts';

/** A row of the ledger, as far as tests look at it. */
export interface LedgerRow {
  readonly at: number;
  readonly surface: string;
  readonly kind: string;
  readonly class: string;
  readonly provider: string | null;
  readonly model: string | null;
  readonly outcome: string;
  readonly failure: string | null;
  readonly fallback_from: string | null;
  readonly place: number;
  readonly cost_nano_usd: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly usage_estimated: number | null;
  readonly simulated: number | null;
}

/** Every attempt so far, oldest first; none before the ledger is made. */
export function readLedger(server: Pick<Server, 'profile'>): readonly LedgerRow[] {
  return readTables<LedgerRow>(server, 'SELECT * FROM attempts ORDER BY at, rowid');
}

/** What a query of the ledger gives; nothing before the ledger is made. */
export function readTables<Row>(
  server: Pick<Server, 'profile'>,
  sql: string,
  ...values: readonly string[]
): readonly Row[] {
  const folder = join(server.profile, 'state', 'routing-policy');
  if (!existsSync(join(folder, 'ledger.sqlite'))) return [];
  const database = openFiled(folder);
  try {
    return database.prepare(sql).all(...values) as unknown as Row[];
  } finally {
    database.close();
  }
}
