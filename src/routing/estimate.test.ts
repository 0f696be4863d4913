import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { type Changes, policyWith, pricePerMillion, ratesPerMillion, world } from './testing/world.ts';

describe('the estimate of a cost', () => {
  it('prices no more output than a target or a model may give', () => {
    const model = 'anthropic/claude-sonnet-5-5';
    const highOf = (maxOutputTokens: number | undefined, models: Changes['models']): number => {
      const target = maxOutputTokens === undefined ? model : { model, maxOutputTokens };
      const { cost } = decide(
        policyWith({ default: target }),
        { kind: 'chat' },
        world({ tokens: 0, models: models ?? {} }),
      );
      return cost.kind === 'priced' ? cost.highNanoUsd : -1;
    };
    expect(highOf(undefined, {})).toBe(2000 * 15_000);
    expect(highOf(1000, {})).toBe(1000 * 15_000);
    expect(highOf(1000, { [model]: { maxOutputTokens: 500 } })).toBe(500 * 15_000);
  });
  it('prices a long request by its tier', () => {
    const long = pricePerMillion(3, 15, [{ aboveTokens: 200_000, rates: ratesPerMillion(6, 30) }]);
    const costAt = (tokens: number) =>
      decide(policyWith({}), { kind: 'chat' }, world({ tokens, prices: { 'anthropic/claude-sonnet-5-5': long } })).cost;
    expect(costAt(200_000)).toMatchObject({ highNanoUsd: 200_000 * 3750 + 2000 * 15_000 });
    expect(costAt(200_001)).toMatchObject({ highNanoUsd: 200_001 * 7500 + 2000 * 30_000 });
  });
  it('prices what it routes', () => {
    const { cost } = decide(policyWith({}), { kind: 'chat' }, world({ tokens: 1000 }));
    const price = pricePerMillion(3, 15);
    expect(cost).toEqual({
      kind: 'priced',
      lowNanoUsd: 300_000 + 1_500_000,
      highNanoUsd: 3_750_000 + 30_000_000,
      price,
    });
  });
});
