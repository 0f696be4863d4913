import { expect, test } from 'vitest';
import { compilePolicy } from '../policy/compile.ts';
import { oneLayer } from '../policy/layers.ts';
import { priceNow, type World } from './world.ts';

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
