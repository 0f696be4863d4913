import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SQLOutputValue } from 'node:sqlite';
import { sum } from './spend.ts';

/** What one model of one provider did and asked for. */
export interface ModelUse {
  readonly provider: string;
  readonly model: string;
  /** That it answered, if only in part. */
  readonly requests: number;
  /** Attempts that it did not answer. */
  readonly failed: number;
  readonly costNanoUsd: number;
  /** The part of it that stand-ins asked for: not money. */
  readonly simulatedNanoUsd: number;
  /** Attempts that used tokens whose price is unknown: the cost is then a lower bound. */
  readonly unpriced: number;
}

/** Takes the moment since which. What was refused went to no model, and asked for nothing. */
export const modelUseSql = `
  SELECT provider, model,
    COUNT(DISTINCT CASE WHEN outcome <> 'failed' THEN request_id END) AS requests,
    COUNT(CASE WHEN outcome = 'failed' THEN 1 END) AS failed,
    ${sum('cost_nano_usd')} AS cost,
    ${sum('CASE WHEN simulated = 1 THEN cost_nano_usd END')} AS simulated,
    COUNT(CASE WHEN cost_nano_usd IS NULL AND input_tokens IS NOT NULL THEN 1 END) AS unpriced
  FROM attempts
  WHERE at >= ? AND provider IS NOT NULL AND model IS NOT NULL AND outcome NOT IN ('blocked', 'unserved')
  GROUP BY provider, model ORDER BY provider, model`;

export function modelUseOf(row: Readonly<Record<string, SQLOutputValue>>): ModelUse {
  return {
    provider: String(row['provider']),
    model: String(row['model']),
    requests: Number(row['requests']),
    failed: Number(row['failed']),
    costNanoUsd: Number(row['cost']),
    simulatedNanoUsd: Number(row['simulated']),
    unpriced: Number(row['unpriced']),
  };
}

export type ModelUseRead =
  | { readonly kind: 'read'; readonly models: readonly ModelUse[] }
  /** Nothing was ever written down here. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Reads {@link ModelUse} since a moment, in milliseconds since the epoch, from the ledger of a state folder, and leaves that
 * as it is: whoever only looks makes no ledger, and brings none up to date.
 */
export async function readModelUse(folder: string, since: number): Promise<ModelUseRead> {
  const file = join(folder, 'ledger.sqlite');
  if (!existsSync(file)) return { kind: 'none' };
  let Database: typeof import('node:sqlite').DatabaseSync;
  try {
    ({ DatabaseSync: Database } = await import('node:sqlite'));
  } catch {
    // Node before 22.13 does not have it; what exactly it says does not help anyone.
    return { kind: 'unreadable', reason: `Node ${process.versions.node} has no SQLite` };
  }
  try {
    const database = new Database(file, { readOnly: true, timeout: 1_000 });
    try {
      return { kind: 'read', models: database.prepare(modelUseSql).all(since).map(modelUseOf) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
  }
}
