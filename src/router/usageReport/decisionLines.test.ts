import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decide } from '../../routing/decide.ts';
import { policyWith, world as worldOfDecisions } from '../../routing/testing/world.ts';
import { DecisionLog } from '../../usage/decisionLog.ts';
import { OverrideBook } from '../../usage/overrideBook.ts';
import { explanationOf } from './decisionLines.ts';
import { attempt, DAY, eachWithLedger, folder, HAIKU, now, reported, today } from './ledgerReport.fixture.ts';

eachWithLedger();

describe('decisions', () => {
  const policy = policyWith({
    constraints: [{ id: 'eu-only', when: { kind: 'review' }, deny: ['*'], reason: 'Reviews stay here' }],
  });

  async function decided(requestId: string, kind: 'chat' | 'review', at = now - 2_000): Promise<void> {
    const facts = { kind, files: [], reads: [], client: 'vscode' };
    const decision = decide(policy, facts, worldOfDecisions());
    await new DecisionLog(folder).append({ requestId, at, facts, decision });
  }

  it('are told newest first with their attempts, and each can be told in full', async () => {
    await decided('first', 'chat');
    attempt({
      requestId: 'first',
      outcome: 'failed',
      failure: 'overloaded',
      costNanoUsd: undefined,
      inputTokens: undefined,
    });
    attempt({ requestId: 'first', place: 1, fallbackFrom: HAIKU, at: now - 500, latencyMs: 1_200 });
    await decided('second', 'review', now - 100);
    attempt({ requestId: 'second', outcome: 'blocked', provider: undefined, model: undefined, at: now - 100 });
    const { decisions } = await reported(policy);
    expect(decisions).toMatchObject([
      {
        requestId: 'second',
        kind: 'review',
        outcome: 'blocked',
        attempts: 1,
        why: expect.stringContaining('Refused by `eu-only`'),
      },
      { requestId: 'first', target: HAIKU, outcome: 'served', attempts: 2, costNanoUsd: 1_500_000, surface: 'chat' },
    ]);
    const record = await new DecisionLog(folder).find('first');
    expect(record && explanationOf(record, [])).toContain('Asked at 2026\\-11\\-22T11\\:59\\:58 UTC, chat by vscode');
  });

  it('of another version are left out of the list, and told as such in full', async () => {
    await decided('known', 'chat');
    const strange = { why: [{ kind: 'from-tomorrow' }], outcome: { kind: 'routed' }, class: 'x', removed: [] };
    const line = JSON.stringify({ requestId: 'strange', at: now - 50, facts: { kind: 'chat' }, decision: strange });
    writeFileSync(join(folder, 'decisions', '2026-11-22.jsonl'), `${line}\n`, { flag: 'a' });
    expect((await reported(policy)).decisions.map(({ requestId }) => requestId)).toEqual(['known']);
    const record = await new DecisionLog(folder).find('strange');
    expect(record && explanationOf(record, [])).toContain('Another version of Routing Policy made this decision');
  });

  it('and overrides outside the range are left out', async () => {
    await decided('old', 'chat', now - 5 * DAY);
    const book = new OverrideBook(folder);
    const entry = { repoKey: 'r', target: HAIKU, by: 'person', until: now + DAY } as const;
    book.begin({ ...entry, at: now - 5 * DAY });
    book.begin({ ...entry, at: now - 60, reason: 'a hard one' });
    const { decisions, overrides } = await reported(policy, { since: today });
    expect(decisions).toEqual([]);
    expect(overrides).toEqual([{ at: now - 60, target: HAIKU, by: 'person', reason: 'a hard one' }]);
  });
});
