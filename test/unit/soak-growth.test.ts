import { describe, expect, test } from 'vitest';
import { growthPer10k, type Point, tooMuchGrowth } from '../bench/soakGrowth.ts';

const BOUND = { atAll: 2, per10k: 1 };

function points(valueAt: (n: number) => number): readonly Point[] {
  return Array.from({ length: 12 }, (_, n) => ({ requests: (n + 1) * 1_000, value: valueAt(n) }));
}

describe('growth', () => {
  test('is told as a slope', () => {
    expect(growthPer10k(points((n) => 40 + n / 2))).toBeCloseTo(5);
  });

  test('is not seen in what goes up and down, nor in a few samples that stand out', () => {
    expect(
      tooMuchGrowth(
        'heap',
        points((n) => 40 + (n % 2) * 8),
        BOUND,
      ),
    ).toBeUndefined();
    expect(
      tooMuchGrowth(
        'heap',
        points((n) => (n > 9 ? 400 : 40)),
        BOUND,
      ),
    ).toBeUndefined();
  });

  test('is seen through what goes up and down', () => {
    const leak = points((n) => 40 + n + (n % 2) * 4);
    expect(tooMuchGrowth('heap', leak, BOUND)).toMatch(/^heap grew by 1\d\.\d in 11000 requests/);
  });

  test('of one sample, or of none, cannot be told', () => {
    expect(growthPer10k([])).toBe(0);
    expect(tooMuchGrowth('heap', points(() => 1).slice(0, 1), BOUND)).toBeUndefined();
  });
});
