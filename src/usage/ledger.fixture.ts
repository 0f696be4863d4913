// A ledger in a folder of its own, and attempts to write into it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach } from 'vitest';
import type { Attempt } from './attempt.ts';
import type { Ledger } from './ledger.ts';
import { openLedger } from './ledgerFile.ts';
import { migrate } from './ledgerSchema.ts';

export const now = Date.parse('2026-11-22T12:00:00Z');
export let folder: string;
/** What is closed after each test. */
export const openLedgers: Ledger[] = [];

/** Each test of the file has a folder of its own, and what it opened there is closed after it. */
export function eachInAFolder(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  });
  afterEach(() => {
    for (const ledger of openLedgers.splice(0)) ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** The ledger in that folder. */
export async function opened(): Promise<Ledger> {
  const result = await openLedger(folder, now);
  if (result.kind !== 'open') throw new Error(result.reason);
  openLedgers.push(result.ledger);
  return result.ledger;
}

/** A ledger as an older version of the extension left it. */
export function olderLedger(version: number, attempts: readonly { class: string; cost: number }[]): void {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  migrate(database, version);
  const insert = database.prepare(
    `INSERT INTO attempts (id, request_id, at, surface, kind, class, rule, policy_hash, place, outcome, cost_nano_usd)
     VALUES (?, ?, ?, 'chat', 'chat', ?, 'rule', 'hash', 0, 'served', ?)`,
  );
  for (const [index, one] of attempts.entries()) {
    insert.run(`old-${index}`, `old-request-${index}`, now, one.class, one.cost);
  }
  if (version > 1) database.exec('INSERT INTO attempt_classes (attempt_id, class) SELECT id, class FROM attempts');
  database.close();
}

let made = 0;
/** One that went well, with these changes. */
export const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  id: `id-${made++}`,
  requestId: `request-${made}`,
  at: now,
  surface: 'chat',
  kind: 'chat',
  class: 'tests',
  rule: 'tests',
  policyHash: 'abc',
  place: 0,
  outcome: 'served',
  ...more,
});

/** One in which nothing is left out. */
export const full: Required<Attempt> = {
  ...(attempt() as Required<Attempt>),
  taskId: 'task',
  requestedModel: 'auto',
  provider: 'anthropic',
  model: 'claude-haiku-5-5',
  servedModel: 'claude-haiku-5-5-20261001',
  fallbackFrom: 'copilot/mai-code-1.1-flash',
  inputTokens: 1,
  cacheReadTokens: 2,
  cacheWriteTokens: 3,
  outputTokens: 4,
  reasoningTokens: 5,
  usageEstimated: false,
  conversation: 'conversation',
  client: 'claude-code',
  billing: 'metered',
  billedNanoUsd: 9,
  trial: 'small-tests',
  arm: 'control',
  overridden: 'person',
  costNanoUsd: 6,
  priceSource: 'overlay',
  priceAsOf: '2026-11-10',
  latencyMs: 7,
  firstTokenMs: 8,
  failure: 'server',
  simulated: true,
  repoKey: 'key',
  team: 'payments',
};
