import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LayeredPolicy } from '../policy/layers.ts';
import { decide } from '../routing/decide.ts';
import type { Decision } from '../routing/decision.ts';
import type { State } from '../routing/state.ts';
import { policyWith, world } from '../routing/testing/world.ts';
import { Ledger } from '../usage/ledger.ts';
import { migrate } from '../usage/ledgerSchema.ts';
import { budgetSpend, reserveSpend } from './spend.ts';

const spentAttempt = {
  id: 'spent',
  requestId: 'spent',
  surface: 'chat',
  kind: 'chat',
  class: 'chat',
  rule: 'chat',
  policyHash: 'hash',
  place: 0,
  outcome: 'served',
} as const;
const now = Date.parse('2026-11-22T12:00:00Z');
let folder: string;
let database: DatabaseSync;
let ledger: Ledger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spend-'));
  database = new DatabaseSync(join(folder, 'ledger.sqlite'));
  migrate(database);
  ledger = new Ledger(database);
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('what a request may cost', () => {
  const place = {
    requestId: 'r',
    repoKey: '',
    taskId: () => undefined,
    now,
    policy: undefined,
    teamBudgets: undefined,
  };
  const decided = (onUnknown: 'closed' | 'open', at = now): { readonly decisions: Decision[]; decide(): Decision } => {
    const policy = policyWith({
      default: 'anthropic/claude-haiku-5-5',
      // biome-ignore lint/suspicious/noThenProperty: it is the policy's own word, and nobody awaits it.
      budgets: [{ id: 'mine', per: 'developer', period: 'day', usd: 5, then: 'block', onUnknown }],
    });
    const decisions: Decision[] = [];
    return {
      decisions,
      decide() {
        const spent = budgetSpend(policy, ledger, { classes: new Map(), repoKey: '', now: at });
        const decision = decide(policy, { kind: 'chat' }, world({ spent, tokens: 1_000 }));
        decisions.push(decision);
        return decision;
      },
    };
  };

  it('is set aside until it is given up', () => {
    const { decisions, decide: choose } = decided('closed');
    const { giveUp } = reserveSpend(choose, ledger, place);
    expect(decisions.map(({ outcome }) => outcome.kind)).toEqual(['routed']);
    expect(ledger.reservations.held('all', now)).toBeGreaterThan(0);
    giveUp();
    expect(ledger.reservations.held('all', now)).toBe(0);
  });

  it('is decided and set aside with nobody else writing in between', () => {
    const { decide: choose } = decided('closed');
    const other = new DatabaseSync(join(folder, 'ledger.sqlite'), { timeout: 0 });
    const write = (): void => other.exec('BEGIN IMMEDIATE');
    const tries: unknown[] = [];
    const { giveUp } = reserveSpend(
      () => {
        try {
          write();
        } catch (error) {
          tries.push(error);
        }
        return choose();
      },
      ledger,
      place,
    );
    expect(tries).toEqual([expect.objectContaining({ message: expect.stringMatching(/locked/) })]);
    expect(write).not.toThrow();
    other.close();
    giveUp();
  });

  it.each([
    ['developer', true],
    ['class', true],
    ['repo', false],
  ] as const)('stands against another repository’s budget per %s, whatever it is called there: %s', (per, isSeen) => {
    const policyOf = (id: string): LayeredPolicy =>
      policyWith({
        default: 'anthropic/claude-haiku-5-5',
        // biome-ignore lint/suspicious/noThenProperty: it is the policy's own word, and nobody awaits it.
        budgets: [{ id, per, period: 'day', usd: 5, then: 'block' }],
      });
    const spentIn = (id: string, repoKey: string): State['spent'] =>
      budgetSpend(policyOf(id), ledger, { classes: new Map([['', 'default']]), repoKey, now });
    const choose = (): Decision =>
      decide(policyOf('here'), { kind: 'chat' }, world({ spent: spentIn('here', 'one'), tokens: 1_000 }));
    const { giveUp } = reserveSpend(choose, ledger, { ...place, repoKey: 'one' });
    const aside = spentIn('here', 'one')['here']?.reservedNanoUsd ?? 0;
    expect(aside).toBeGreaterThan(0);
    expect(spentIn('there', 'two')['there']?.reservedNanoUsd).toBe(isSeen ? aside : 0);
    giveUp();
    expect(spentIn('here', 'one')['here']?.reservedNanoUsd).toBe(0);
  });

  it.each([
    ['that has a condition, under its own name too', { kind: ['chat' as const] }, ['all', 'here']],
    ['that has none, under what it counts alone', undefined, ['all']],
  ])('stands against a budget %s', (_, when, keys) => {
    const policy = policyWith({
      default: 'anthropic/claude-haiku-5-5',
      // biome-ignore lint/suspicious/noThenProperty: it is the policy's own word, and nobody awaits it.
      budgets: [{ id: 'here', per: 'developer', period: 'day', usd: 5, then: 'block', ...(when ? { when } : {}) }],
    });
    const known = (): State['spent'] => budgetSpend(policy, ledger, { classes: new Map(), repoKey: '', now });
    const choose = (): Decision => decide(policy, { kind: 'chat' }, world({ spent: known(), tokens: 1_000 }));
    const { giveUp } = reserveSpend(choose, ledger, { ...place, policy });
    expect(database.prepare('SELECT budget_key FROM reservations ORDER BY 1').all()).toEqual(
      keys.map((key) => ({ budget_key: key })),
    );
    expect(known()['here']?.reservedNanoUsd).toBeGreaterThan(0);
    giveUp();
    expect(known()['here']?.reservedNanoUsd).toBe(0);
  });

  it('has the spending of the day after in it: a clock that goes back a day begins no budget anew', () => {
    ledger.record({ ...spentAttempt, at: now, costNanoUsd: 6_000_000_000 });
    const { decisions, decide: choose } = decided('closed', now - 86_400_000);
    choose();
    expect(decisions.map(({ outcome }) => outcome.kind)).toEqual(['blocked']);
  });

  it('and a clock that goes back further leaves to that day what was dated ahead', () => {
    ledger.record({ ...spentAttempt, at: now, costNanoUsd: 6_000_000_000 });
    const { decisions, decide: choose } = decided('closed', now - 2 * 86_400_000);
    choose();
    expect(decisions.map(({ outcome }) => outcome.kind)).toEqual(['routed']);
  });

  it.each([
    ['closed', 'blocked'],
    ['open', 'routed'],
  ] as const)(
    'is not known while another program holds the ledger: a budget that is %s then is %s',
    (onUnknown, kind) => {
      const other = new DatabaseSync(join(folder, 'ledger.sqlite'));
      other.exec('BEGIN IMMEDIATE');
      try {
        const { decisions, decide: choose } = decided(onUnknown);
        reserveSpend(choose, ledger, place);
        expect(decisions.at(-1)?.outcome.kind).toBe(kind);
        expect(ledger.health).toMatchObject({ kind: 'degraded', reason: expect.stringMatching(/locked by another/) });
      } finally {
        other.close();
      }
    },
  );

  it.each([
    ['closed', 'blocked'],
    ['open', 'routed'],
  ] as const)(
    'and cannot be set aside is decided anew: a budget that is %s when nobody can count it is %s',
    (onUnknown, kind) => {
      const { decisions, decide: choose } = decided(onUnknown);
      database.exec('PRAGMA query_only = 1');
      reserveSpend(choose, ledger, place);
      expect(decisions.map(({ outcome }) => outcome.kind)).toEqual(['routed', kind]);
      expect(ledger.health).toMatchObject({
        kind: 'degraded',
        reason: expect.stringMatching(/could not be set aside/),
      });
    },
  );
});
