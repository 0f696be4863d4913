// A ledger with made-up attempts and tasks, and the report that is composed of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { afterEach, beforeEach } from 'vitest';
import type { LayeredPolicy } from '../../policy/layers.ts';
import type { Attempt } from '../../usage/attempt.ts';
import { DecisionLog } from '../../usage/decisionLog.ts';
import { Ledger } from '../../usage/ledger.ts';
import { openLedger } from '../../usage/ledgerFile.ts';
import { OverrideBook } from '../../usage/overrideBook.ts';
import { composeReport, type ReportSources } from './composeReport.ts';
import type { ReportWorld } from './reportWorld.ts';

export const DAY = 86_400_000;
export const now = Date.parse('2026-11-22T12:00:00Z');
export const today = Date.parse('2026-11-22T00:00:00Z');
export const HAIKU = 'anthropic/claude-haiku-5-5';

export let folder: string;
export let ledger: Ledger;

/** Each test of the file has a ledger of its own. */
export function eachWithLedger(): void {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'usage-report-'));
    const opened = await openLedger(folder, now);
    if (opened.kind !== 'open') throw new Error(opened.reason);
    ({ ledger } = opened);
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });
}

let made = 0;
/** An attempt that went well, with these changes; what is undefined is left out. */
export function attempt(more: { readonly [Field in keyof Attempt]?: Attempt[Field] | undefined } = {}): void {
  made += 1;
  ledger.record({
    id: `attempt-${made}`,
    requestId: `request-${made}`,
    at: now - 1_000,
    surface: 'chat',
    kind: 'agent',
    class: 'tests',
    rule: 'tests',
    policyHash: 'hash',
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    place: 0,
    outcome: 'served',
    inputTokens: 1_000,
    outputTokens: 100,
    costNanoUsd: 1_500_000,
    ...more,
  } as Attempt);
}

/** Writes rows as another process would. */
export function insert(table: string, rows: readonly Readonly<Record<string, SQLInputValue>>[]): void {
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  for (const row of rows) {
    const names = Object.keys(row);
    database
      .prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
      .run(...Object.values(row));
  }
  database.close();
}

/** So many tasks that ended in one way. */
export function tasks(count: number, outcome: string, more: Readonly<Record<string, SQLInputValue>> = {}): void {
  insert(
    'tasks',
    Array.from({ length: count }, () => ({
      id: `task-${made++}`,
      opened_at: now - 5_000,
      last_at: now - 5_000,
      settled: 1,
      surface: 'agent',
      kind: 'agent',
      class: 'tests',
      policy_hash: 'hash',
      provider: 'anthropic',
      model: 'claude-haiku-5-5',
      outcome,
      cost_nano_usd: 1_000_000,
      ...more,
    })),
  );
}

export const rates = (input: number) => ({ input, output: 5 * input, cacheRead: input / 10, cacheWrite: 1.25 * input });
export const prices: Readonly<Record<string, number>> = {
  'claude-haiku-5-5': 1_000,
  'claude-sonnet-5-5': 3_000,
  big: 10_000,
};

export function worldWith(policy?: LayeredPolicy): ReportWorld {
  return {
    now,
    policy,
    repository: { name: 'shop', key: 'key-of-shop' },
    price: (_provider, model) => {
      const input = prices[model];
      return input === undefined
        ? undefined
        : { rates: rates(input), tiers: [], source: 'overlay', asOf: '2026-11-10' };
    },
    makerOf: (model) => (model.startsWith('claude') ? 'anthropic' : undefined),
  };
}

/** The report as it is composed. */
export async function composed(policy?: LayeredPolicy, more: Partial<ReportSources> & { since?: number } = {}) {
  const { since = now - 29 * DAY, ...sources } = more;
  return composeReport(
    {
      world: worldWith(policy),
      folder,
      decisions: new DecisionLog(folder),
      overrides: new OverrideBook(folder),
      writes: false,
      warnings: [],
      ...sources,
    },
    { since, until: now },
    (database) => new Ledger(database),
  );
}

/** The report. */
export const reported = async (...args: Parameters<typeof composed>) => (await composed(...args)).report;
