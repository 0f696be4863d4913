import { expect, it } from 'vitest';
import { durationMs } from './durations.ts';

it.each([
  ['30s', 30_000],
  ['15m', 900_000],
  ['1.5 h', 5_400_000],
  ['1d', 86_400_000],
  ['2w', 1_209_600_000],
  ['0s', 0],
  ['15', undefined],
  ['m', undefined],
  ['15x', undefined],
  ['-1h', undefined],
  ['1h30m', undefined],
  ['.5h', undefined],
  ['1e3s', undefined],
  ['', undefined],
])('the duration %j is %s milliseconds', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});
