import { describe, expect, it } from 'vitest';
import { policyWith } from '../../routing/testing/world.ts';
import {
  attempt,
  composed,
  DAY,
  eachWithLedger,
  HAIKU,
  ledger,
  now,
  reported,
  tasks,
  today,
} from './ledgerReport.fixture.ts';

eachWithLedger();

describe('budgets', () => {
  const policy = policyWith({
    classes: [{ id: 'tests', when: {}, use: HAIKU }],
    budgets: [
      // biome-ignore lint/suspicious/noThenProperty: the policy language's own word.
      { id: 'mine', per: 'developer', period: 'day', usd: 0.003, steps: [{ at: 50, then: 'warn' }], then: 'block' },
      { id: 'kind', per: 'class', period: 'week', usd: 1 },
      { id: 'ours', per: 'repo', period: 'month', usd: 1 },
      { id: 'each', per: 'task', usd: 1 },
      { id: 'team', per: 'team', period: 'day', usd: 1 },
      { id: 'loose', per: 'org', usd: 1, onUnknown: 'open' },
    ],
  });

  it('are told with what was spent, set aside and reached, and until when', async () => {
    attempt({ repoKey: 'key-of-shop' });
    tasks(1, 'kept');
    ledger.reservations.reserve('all', 200_000, now);
    const { budgets } = await reported(policy);
    expect(budgets).toMatchObject([
      {
        id: 'mine',
        limitNanoUsd: 3_000_000,
        spentNanoUsd: 1_500_000,
        reservedNanoUsd: 200_000,
        until: today + DAY,
      },
      { id: 'kind', of: 'tests', spentNanoUsd: 1_500_000, until: Date.parse('2026-11-23') },
      { id: 'ours', of: 'shop', spentNanoUsd: 1_500_000, until: Date.parse('2026-12-01') },
      { id: 'each' },
      {
        id: 'team',
        steps: [{ reached: true }],
        notEnforced: expect.stringMatching(/not known here, so this budget counts as spent/),
      },
      { id: 'loose', steps: [{ reached: false }], notEnforced: expect.stringMatching(/this budget stops nothing/) },
    ]);
    expect(budgets.map(({ steps }) => steps.map(Object.values))).toEqual([
      [
        [0.5, 'warn', true],
        [1, 'block', false],
      ],
      [[1, 'warn', false]],
      [[1, 'warn', false]],
      [[1, 'warn', false]],
      [[1, 'warn', true]],
      [[1, 'warn', false]],
    ]);
    expect(budgets[3]).not.toHaveProperty('spentNanoUsd');
    expect(budgets[3]).not.toHaveProperty('notEnforced');
  });

  it('say loudly what they cannot count: no ledger, and models without a price', async () => {
    const { report } = await composed(policy, { folder: undefined, writes: true, warnings: ['No state folder.'] });
    expect(report.warnings).toEqual(['No state folder.']);
    expect(report.budgets.map(({ id, notEnforced }) => [id, notEnforced?.split(',')[0]])).toEqual([
      ['mine', 'Nothing is written down on this machine'],
      ['kind', 'Nothing is written down on this machine'],
      ['ours', 'Nothing is written down on this machine'],
      ['each', undefined],
      ['team', 'Nothing is written down on this machine'],
      ['loose', 'Nothing is written down on this machine'],
    ]);
    const uncounted = policyWith({
      default: 'anthropic/unheard-of',
      budgets: [{ id: 'open', per: 'developer', usd: 1, onUnknown: 'open' }],
    });
    expect((await reported(uncounted)).budgets[0]?.notEnforced).toMatch(
      /^What anthropic\/unheard-of cost is not known/,
    );
  });
});
