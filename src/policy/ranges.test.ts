import { describe, expect, it } from 'vitest';
import { isEmptyRange, isInRange, parseRange } from './ranges.ts';

describe('a range', () => {
  it.each<{ written: string | number; holds: number[]; fails: number[] }>([
    { written: 3, holds: [3], fails: [2, 4] },
    { written: '=3', holds: [3], fails: [2, 4] },
    { written: '<=3', holds: [0, 3], fails: [3.1, 4] },
    { written: '<3', holds: [0, 2.9], fails: [3] },
    { written: ' >= 2 ', holds: [2, 9e9], fails: [1.9] },
    { written: '>2', holds: [2.1], fails: [2] },
    { written: '10..100', holds: [10, 55, 100], fails: [9.9, 100.1] },
    { written: '0.5 .. 1', holds: [0.5, 1], fails: [0.4] },
  ])('$written', ({ written, holds, fails }) => {
    const range = parseRange(written)!;
    expect(range.text).toBe(String(written).trim());
    expect(holds.filter((value) => !isInRange(value, range))).toEqual([]);
    expect(fails.filter((value) => isInRange(value, range))).toEqual([]);
  });

  it.each(['', 'x', '<', '3..', '..3', '<=>3', '-1', '3,4', '1e3'])('is not %s', (written) => {
    expect(parseRange(written)).toBeUndefined();
  });

  it.each([
    ['9..1', true],
    ['<0', true],
    ['1..1', false],
    ['<=0', false],
    ['>5', false],
  ])('%s holds no number: %s', (written, empty) => {
    expect(isEmptyRange(parseRange(written)!)).toBe(empty);
  });
});
