import { expect, test } from 'vitest';
import { windowAfter } from './window.ts';

const HOUR = 3_600_000;

test.each([
  ['the first is of the hour before', undefined, 1_234_567, { from: 9 * HOUR, to: 10 * HOUR }],
  ['one in a later hour goes on where the last one ended', 8 * HOUR + 2, 0, { from: 8 * HOUR + 2, to: 10 * HOUR }],
  ['another one in the same hour is of a millisecond', 10 * HOUR, 59, { from: 10 * HOUR, to: 10 * HOUR + 1 }],
  ['and the next of the one after', 10 * HOUR + 1, 60_001, { from: 10 * HOUR + 1, to: 10 * HOUR + 2 }],
  ['after a clock was put back it begins anew', 30 * HOUR, 5, { from: 9 * HOUR, to: 10 * HOUR }],
])('%s', (_what, last, past, window) => {
  expect(windowAfter(last, 10 * HOUR + past)).toEqual(window);
});
