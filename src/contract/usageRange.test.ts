import { expect, test } from 'vitest';
import { dayStart, rangeSpan, readRange } from './usageRange.ts';

const NOON = Date.UTC(2026, 10, 23, 12);
const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);

test.each([
  ['today alone', { kind: 'days', days: 1 }, { since: day('2026-11-23') }],
  ['seven days, today among them', { kind: 'days', days: 7 }, { since: day('2026-11-17') }],
  ['ninety days', { kind: 'days', days: 90 }, { since: day('2026-08-26') }],
  [
    'two days of one’s own, both whole',
    { kind: 'custom', from: '2026-11-01', to: '2026-11-02' },
    { since: day('2026-11-01'), until: day('2026-11-03') },
  ],
  ['up to today: up to now', { kind: 'custom', from: '2026-11-01', to: '2026-11-23' }, { since: day('2026-11-01') }],
] as const)('%s', (_what, range, span) => {
  expect(rangeSpan(range, NOON)).toEqual(span);
});

test.each([
  ['2026-02-28', true],
  ['2026-02-31', false],
  ['2026-13-01', false],
  ['26-02-28', false],
  ['2026-02-28T00:00', false],
  ['', false],
])('"%s" is a day: %s', (text, isDay) => {
  expect(dayStart(text) !== undefined).toBe(isDay);
});

test.each([
  undefined,
  null,
  'days',
  { kind: 'days', days: 8 },
  { kind: 'days', days: '7' },
  { kind: 'custom', from: '2026-11-02', to: '2026-11-01' },
  { kind: 'custom', from: '2026-11-02' },
  { kind: 'custom', from: '2026-11-02', to: {} },
  { kind: 'ever' },
])('%j is no range', (value) => {
  expect(readRange(value)).toBeUndefined();
});
