import { expect, test } from 'vitest';
import { compilePolicy } from '../policy/compile.ts';
import { oneLayer } from '../policy/layers.ts';
import { createState, priceNow, type World } from './world.ts';

const policy = oneLayer(
  compilePolicy(
    {
      version: 1,
      default: 'anthropic/claude-sonnet-5-5',
      prices: { 'anthropic/claude-sonnet-5-5': { inputUsd: 0, outputUsd: 0, asOf: '2026-11-01' } },
    },
    'hash',
  ),
);

const world = (trusted: boolean): World => ({
  now: () => Date.UTC(2026, 10, 22),
  provider: () => undefined,
  setting: () => undefined,
  unhealthy: () => undefined,
  priceTable: undefined,
  calibration: [],
  trusted,
  defaultTarget: undefined,
});

test('a stranger’s policy does not say what a request costs, one’s own does', () => {
  const own = priceNow(world(true), policy, 'anthropic', 'claude-sonnet-5-5');
  expect(own).toMatchObject({ source: 'policy', rates: { input: 0, output: 0 } });
  const strangers = priceNow(world(false), policy, 'anthropic', 'claude-sonnet-5-5');
  expect(strangers?.source).toBe('overlay');
  expect(strangers?.rates.input).toBeGreaterThan(0);
});

test.each([
  ['agent', undefined, { low: 100, high: 4_000 }],
  ['agent', 64_000, { low: 100, high: 4_000 }],
  ['agent', 300, { low: 100, high: 300 }],
  ['chat', 50, { low: 50, high: 50 }],
  ['completion', 9_000, { low: 5, high: 9_000 }],
  ['completion', undefined, { low: 5, high: 160 }],
] as const)('an answer to a %s of at most %s tokens is taken for %o', (kind, maxOutputTokens, expected) => {
  const request = { kind, policy, estimatedTokens: 10, maxOutputTokens, spent: {}, taskSpentNanoUsd: 0 };
  expect(createState(world(true), request).outputTokens).toEqual(expected);
});
