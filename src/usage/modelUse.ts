import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SQLOutputValue } from 'node:sqlite';
import { costColumns, dayCostColumns, dayOf, sum } from './spend.ts';

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

const ofModels = "provider IS NOT NULL AND model IS NOT NULL AND outcome NOT IN ('blocked', 'unserved')";

const attemptsSql = `
  SELECT provider, model,
    COUNT(DISTINCT CASE WHEN outcome <> 'failed' THEN request_id END) AS requests,
    COUNT(CASE WHEN outcome = 'failed' THEN 1 END) AS failed,
    ${costColumns}
  FROM attempts WHERE at >= ?1 AND ${ofModels} GROUP BY provider, model`;

const daysSql = `
  SELECT NULLIF(provider, '') AS provider, NULLIF(model, '') AS model,
    CAST(TOTAL(CASE WHEN outcome <> 'failed' THEN attempts END) AS INTEGER) AS requests,
    CAST(TOTAL(CASE WHEN outcome = 'failed' THEN attempts END) AS INTEGER) AS failed,
    ${dayCostColumns}
  FROM days WHERE day >= ${dayOf('?1')} AND provider <> '' AND model <> '' AND outcome NOT IN ('blocked', 'unserved')
  GROUP BY 1, 2`;

const ofParts = (parts: string): string => `
  SELECT provider, model, ${['requests', 'failed', 'cost', 'simulated', 'unpriced'].map((column) => `${sum(column)} AS ${column}`).join(', ')}
  FROM (${parts}) GROUP BY provider, model ORDER BY provider, model`;

/**
 * Takes the moment since which. What was refused went to no model, and asked for nothing. A model is asked once for a
 * request, so each of its attempts in a day that was added up is a request.
 */
export const modelUseSql = ofParts(`${attemptsSql} UNION ALL ${daysSql}`);

/** Of a ledger that no version has opened that adds days up. */
const modelUseWithoutDaysSql = ofParts(attemptsSql);
/** The version of the schema that has them: {@link ./ledgerSchema.ts migrate}. */
const DAYS_VERSION = 5;

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
      const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
      const sql = version < DAYS_VERSION ? modelUseWithoutDaysSql : modelUseSql;
      return { kind: 'read', models: database.prepare(sql).all(since).map(modelUseOf) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
  }
}
