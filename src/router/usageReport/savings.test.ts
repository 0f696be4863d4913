import { describe, expect, it } from 'vitest';
import { policyWith } from '../../routing/testing/world.ts';
import { attempt, eachWithLedger, reported } from './ledgerReport.fixture.ts';

eachWithLedger();

describe('savings', () => {
  it("are told against the policy's own large and middle models", async () => {
    attempt();
    attempt({ cacheReadTokens: 10_000, cacheWriteTokens: 400, costNanoUsd: 2_500_000 });
    const policy = policyWith({
      models: { large: 'anthropic/big', mid: ['anthropic/none', 'anthropic/claude-sonnet-5-5'] },
    });
    const { savings } = await reported(policy);
    // 2,000 tokens in, 10,000 from a cache, 400 into one and 200 out.
    const on = (input: number): number => 2_000 * input + 1_000 * input + 500 * input + 1_000 * input;
    expect(savings).toEqual([
      {
        against: 'all-large',
        target: 'anthropic/big',
        baselineNanoUsd: on(10_000),
        actualNanoUsd: 4_000_000,
        priceAsOf: '2026-11-10',
      },
      {
        against: 'all-mid',
        target: 'anthropic/claude-sonnet-5-5',
        baselineNanoUsd: on(3_000),
        actualNanoUsd: 4_000_000,
        priceAsOf: '2026-11-10',
      },
    ]);
  });

  it('take the dearest and the middle of what was used where the policy names none, and nothing simulated or unpriced', async () => {
    for (const model of ['claude-haiku-5-5', 'claude-sonnet-5-5', 'big']) attempt({ model });
    attempt({ model: 'claude-opus-5', costNanoUsd: undefined });
    attempt({ simulated: true, costNanoUsd: 1e9 });
    const { savings } = await reported();
    expect(savings.map(({ against, target, actualNanoUsd }) => [against, target, actualNanoUsd])).toEqual([
      ['all-large', 'anthropic/big', 3_000_000],
      ['all-mid', 'anthropic/claude-sonnet-5-5', 3_000_000],
    ]);
  });
});
