import { expect, test } from 'vitest';
import type { Price } from '../models/model.ts';
import { costOfTask, taskSize } from './taskSize.ts';

const price: Price = {
  rates: { input: 3_000, output: 15_000, cacheRead: 300, cacheWrite: 3_750 },
  tiers: [],
  source: 'user',
  asOf: '2026-01-01',
};

test('a task of one file and fifty lines costs what its assumption says', () => {
  const size = taskSize(1, 50);
  // 4 + 2 + 1 turns; 200 a turn and 15 a line written; 8,000 and 1,500 read, and half of what is written on average.
  expect(size).toEqual({ turns: 7, contextTokens: 10_575, newTokens: 11_650, outputTokens: 2_150 });
  expect(costOfTask(size, price)).toEqual({
    lowNanoUsd: 11_650 * 3_000 + (7 * 10_575 - 11_650) * 300 + 2_150 * 15_000,
    highNanoUsd: 7 * 10_575 * 3_750 + 2_150 * 15_000,
  });
});

test.each([
  [0, 0],
  [1, 1],
  [10, 2_000],
  [5_000, 1_000_000],
])('%i files and %i lines have a range from low to high', (files, lines) => {
  const { lowNanoUsd, highNanoUsd } = costOfTask(taskSize(files, lines), price);
  expect(lowNanoUsd).toBeGreaterThan(0);
  expect(highNanoUsd).toBeGreaterThan(lowNanoUsd);
});
