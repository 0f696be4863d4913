import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addUsage, costNanoUsd, noUsage, totalInputTokens } from './cost.ts';
import type { Price, Usage } from './model.ts';
import { overlay } from './overlay.ts';
import { priceOf } from './prices.ts';

const price: Price = {
  rates: { input: 100, output: 500, cacheRead: 10, cacheWrite: 125, longCacheWrite: 200 },
  tiers: [
    {
      aboveTokens: 100_000,
      rates: { input: 500, output: 2_500, cacheRead: 50, cacheWrite: 625, longCacheWrite: 1_000 },
    },
  ],
  source: 'overlay',
  asOf: '2026-11-10',
};
const flat: Price = { ...price, tiers: [] };

describe('the cost of an attempt', () => {
  const cases: [string, Partial<Usage>, number][] = [
    ['nothing', {}, 0],
    [
      'each kind at its own rate',
      { inputTokens: 1_000, cacheReadTokens: 10_000, cacheWriteTokens: 100, outputTokens: 10 },
      100_000 + 100_000 + 12_500 + 5_000,
    ],
    [
      'cache writes kept for an hour cost more',
      { cacheWriteTokens: 100, longCacheWriteTokens: 40 },
      60 * 125 + 40 * 200,
    ],
    ['reasoning is part of the output and not counted twice', { outputTokens: 100, reasoningTokens: 90 }, 50_000],
    ['at the limit of a tier the lower rates still apply', { inputTokens: 100_000, outputTokens: 1 }, 10_000_500],
    ['above it the whole request pays more', { inputTokens: 100_001, outputTokens: 1 }, 50_000_500 + 2_500 - 500 + 500],
    [
      'cached tokens count towards the tier',
      { inputTokens: 1, cacheReadTokens: 60_000, cacheWriteTokens: 40_000 },
      500 + 3_000_000 + 25_000_000,
    ],
  ];
  it.each(cases)('%s', (_, usage, expected) => {
    expect(costNanoUsd({ ...noUsage, ...usage }, price)).toBe(expected);
  });

  it('is rounded half up, once', () => {
    const halves: Price = { ...flat, rates: { input: 0.5, output: 0.5, cacheRead: 0.25, cacheWrite: 0.5 } };
    expect(costNanoUsd({ ...noUsage, inputTokens: 1 }, halves)).toBe(1);
    expect(costNanoUsd({ ...noUsage, inputTokens: 1, outputTokens: 1 }, halves)).toBe(1);
    expect(costNanoUsd({ ...noUsage, cacheReadTokens: 1 }, halves)).toBe(0);
  });
});

const tokens = fc.nat({ max: 1_000_000_000 });
const usages = fc.record({
  inputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWriteTokens: tokens,
  outputTokens: tokens,
  estimated: fc.boolean(),
});
const kinds = ['inputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'outputTokens'] as const;
const listPrices = overlay.flatMap((row) => priceOf(row.maker, row.id, { at: 0 }) ?? []);

describe('whatever the usage and the price,', () => {
  const prices = fc.constantFrom(price, flat, ...listPrices);

  it('a cost is a safe integer and not negative', () => {
    expect(listPrices.length).toBeGreaterThan(40);
    fc.assert(
      fc.property(usages, prices, (usage, of) => {
        const cost = costNanoUsd(usage, of);
        expect(Number.isSafeInteger(cost) && cost >= 0).toBe(true);
      }),
    );
  });

  it('more tokens of any kind never cost less', () => {
    fc.assert(
      fc.property(usages, prices, fc.constantFrom(...kinds), tokens, (usage, of, kind, more) => {
        expect(costNanoUsd({ ...usage, [kind]: usage[kind] + more }, of)).toBeGreaterThanOrEqual(
          costNanoUsd(usage, of),
        );
      }),
    );
  });

  it('within a tier two requests together cost what each costs, to a nano-dollar', () => {
    fc.assert(
      fc.property(
        usages,
        usages,
        fc.constantFrom(flat, ...listPrices.filter((of) => of.tiers.length === 0)),
        (a, b, of) => {
          const apart = costNanoUsd(a, of) + costNanoUsd(b, of);
          expect(Math.abs(costNanoUsd(addUsage(a, b), of) - apart)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('the sum of two usages', () => {
  it('adds every kind, and is an estimate when one of them is', () => {
    const a: Usage = { ...noUsage, inputTokens: 1, cacheWriteTokens: 5, longCacheWriteTokens: 2, reasoningTokens: 3 };
    const b: Usage = { ...noUsage, inputTokens: 10, outputTokens: 7, estimated: true };
    expect(addUsage(a, b)).toEqual({
      inputTokens: 11,
      cacheReadTokens: 0,
      cacheWriteTokens: 5,
      longCacheWriteTokens: 2,
      outputTokens: 7,
      reasoningTokens: 3,
      estimated: true,
    });
    expect(addUsage(noUsage, noUsage)).toEqual(noUsage);
    expect(totalInputTokens(addUsage(a, b))).toBe(16);
  });
});
