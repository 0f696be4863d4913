import { describe, expect, test } from 'vitest';
import { askedPause, LONGEST_ASKED_MS, pauseAfter } from './backOff.ts';

describe('the pause after failures', () => {
  test.each([
    [1, 0, 2_500],
    [1, 1, 5_000],
    [2, 1, 10_000],
    [5, 1, 80_000],
    [8, 1, 640_000],
    [9, 1, 900_000],
    [1_000, 1, 900_000],
    [1_000, 0, 450_000],
  ])('%i of them, by chance %f: %i ms', (failures, chance, ms) => {
    expect(pauseAfter(failures, chance)).toBe(ms);
  });
});

describe('what a server asks for', () => {
  const now = Date.UTC(2026, 10, 23, 12);
  test.each<readonly [string | null, number | undefined]>([
    [null, undefined],
    ['', undefined],
    ['soon', undefined],
    ['0', 0],
    ['120', 120_000],
    ['999999999', LONGEST_ASKED_MS],
    ['Mon, 23 Nov 2026 12:01:00 GMT', 60_000],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['Fri, 01 Jan 2100 00:00:00 GMT', LONGEST_ASKED_MS],
  ])('%s', (header, ms) => {
    expect(askedPause(header, now)).toBe(ms);
  });
});
