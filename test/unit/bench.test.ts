import { expect, test } from 'vitest';
import { wholeNumber } from '../bench/options.ts';
import { count, kilobytes, microseconds, ratio } from '../bench/report.ts';
import { drawTable } from '../bench/table.ts';
import { quantile, race, timesAsLong, typical } from '../bench/timing.ts';

test('a table is aligned, and leaves empty what a row does not know', () => {
  const rows = [
    { what: 'one', figures: { p50: microseconds(1.234), naive: ratio(1234.5) } },
    { what: 'number two', figures: { asked: count(12_345), size: kilobytes(1536) } },
  ];
  expect(drawTable('What', rows).split('\n')).toEqual([
    'What            p50    naive   asked     size',
    '─────────────────────────────────────────────',
    'one         1.23 µs  1,235 ×',
    'number two                    12,345  1.50 KB',
  ]);
});

test('contestants take turns, and are compared round by round', async () => {
  const turns: string[] = [];
  const takes = (name: string, times: readonly number[]) => (round: number) => {
    turns.push(`${name}${round}`);
    return [times[round] ?? 0];
  };
  // In its last round the machine was busy, for both.
  const { fast, slow } = await race(3, { fast: takes('fast', [1, 2, 50]), slow: takes('slow', [10, 20, 500]) });
  expect(turns).toEqual(['fast0', 'slow0', 'fast1', 'slow1', 'fast2', 'slow2']);
  expect(typical(fast)).toEqual({ p50: 2, p99: 2 });
  expect(timesAsLong(slow, fast)).toBe(10);
});

test.each([
  [[3, 1, 2], 0.5, 2],
  [[3, 1, 2], 0.99, 3],
  [[7], 1, 7],
  [[], 0.5, Number.NaN],
])('of %j, the part %d lies below %d', (values, part, expected) => {
  expect(quantile(values, part)).toBe(expected);
});

test.each(['0', '-1', '1.5', 'many', ''])('an option that wants a number refuses "%s"', (value) => {
  expect(() => wholeNumber('files', value)).toThrow(`--files takes a whole number from 1, not "${value}".`);
});
