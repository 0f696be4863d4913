import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.ts';
import { openLedger } from './ledgerFile.ts';
import { readModelUse } from './modelUse.ts';
import { supplierUse, supplierUseSince } from './supplierUse.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const DAY = 86_400_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supplier-use-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const attempt = (id: string, more: Partial<Attempt>): Attempt => ({
  id,
  requestId: id,
  at: now - DAY,
  surface: 'chat',
  kind: 'chat',
  class: 'tests',
  rule: 'tests',
  policyHash: 'abc',
  place: 0,
  outcome: 'served',
  ...more,
});

const haiku = { provider: 'anthropic', model: 'claude-haiku-5-5' } as const;
const bedrock = { provider: 'bedrock-eu', model: 'claude-haiku-5-5' } as const;
const luna = { provider: 'openai', model: 'gpt-6-luna' } as const;

const attempts: readonly Attempt[] = [
  attempt('a', { ...haiku, costNanoUsd: 300 }),
  // Failed on one, answered by another: the request is the other's, and so is its price.
  attempt('b1', { requestId: 'b', ...haiku, outcome: 'failed' }),
  attempt('b2', { requestId: 'b', ...luna, place: 1, costNanoUsd: 100 }),
  attempt('c', { ...bedrock, inputTokens: 10 }),
  attempt('d', { ...luna, costNanoUsd: 100, outcome: 'cancelled' }),
  attempt('e', { provider: 'own', model: 'nobody-knows', costNanoUsd: 0 }),
  attempt('refused', { outcome: 'blocked' }),
  attempt('old', { ...luna, at: now - 31 * DAY, costNanoUsd: 1_000_000 }),
];

const makerOf = (model: string): string | undefined =>
  model.startsWith('claude') ? 'anthropic' : model.startsWith('gpt') ? 'openai' : undefined;

async function used() {
  const read = await readModelUse(folder, supplierUseSince(now));
  if (read.kind !== 'read') throw new Error(`the ledger is ${read.kind}`);
  return supplierUse(read.models, makerOf);
}

describe('the report of suppliers', () => {
  it('has each one’s share of the requests that it answered and of what was spent, of thirty days', async () => {
    const opened = await openLedger(folder, now);
    if (opened.kind !== 'open') throw new Error(opened.reason);
    for (const one of attempts) opened.ledger.record(one);
    const { requests, costNanoUsd, providers, makers } = await used();
    expect({ requests, costNanoUsd }).toEqual({ requests: 5, costNanoUsd: 500 });
    expect(providers.map(({ id, requests: of, failed, costShare }) => [id, of, failed, costShare])).toEqual([
      ['openai', 2, 0, 0.4],
      ['anthropic', 1, 1, 0.6],
      ['bedrock-eu', 1, 0, 0],
      ['own', 1, 0, 0],
    ]);
    expect(makers.map(({ id, requestShare, costShare, unpriced }) => [id, requestShare, costShare, unpriced])).toEqual([
      ['anthropic', 0.4, 0.6, 1],
      ['openai', 0.4, 0.4, 0],
      [undefined, 0.2, 0, 0],
    ]);
    expect(opened.ledger.modelUse(supplierUseSince(now))).toHaveLength(4);
    opened.ledger.close();
    // A ledger that nobody has open is read as well.
    expect((await used()).requests).toBe(5);
  });

  it('has no shares where nothing was asked', () => {
    expect(supplierUse([], makerOf)).toEqual({ requests: 0, costNanoUsd: 0, providers: [], makers: [] });
  });

  it('makes no ledger where there is none, and leaves a damaged one as it is', async () => {
    expect(await readModelUse(folder, 0)).toEqual({ kind: 'none' });
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, 'ledger.sqlite'), 'this is no database, whatever its name says'.repeat(100));
    expect(await readModelUse(folder, 0)).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringMatching(/database/),
    });
    expect(existsSync(join(folder, 'ledger.sqlite'))).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });
});
