import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Period, periodStart, utcDay } from './periods.ts';

describe('a period begins, in UTC,', () => {
  it.each([
    ['2026-11-22T17:51:00Z', 'day', '2026-11-22'],
    ['2026-11-22T00:00:00Z', 'day', '2026-11-22'],
    ['2026-11-21T23:59:59.999Z', 'day', '2026-11-21'],
    ['2026-11-22T17:51:00Z', 'week', '2026-11-16'],
    ['2026-11-23T00:00:00Z', 'week', '2026-11-23'],
    ['2026-11-22T23:30:00-08:00', 'week', '2026-11-23'],
    ['2027-01-01T00:00:00Z', 'week', '2026-12-28'],
    ['1969-12-31T12:00:00Z', 'week', '1969-12-29'],
    ['2026-11-30T23:59:59Z', 'month', '2026-11-01'],
    ['2028-02-29T12:00:00Z', 'month', '2028-02-01'],
  ] as const)('%s: the %s on %s', (at, period, day) => {
    expect(periodStart(Date.parse(at), period)).toBe(Date.parse(`${day}T00:00:00Z`));
  });

  it('at or before the moment, never within another one', () => {
    const moments = fc.integer({ min: Date.parse('1950-01-01'), max: Date.parse('2100-01-01') });
    const longest: Record<Period, number> = { day: 86_400_000, week: 7 * 86_400_000, month: 31 * 86_400_000 };
    fc.assert(
      fc.property(moments, fc.constantFrom<Period>('day', 'week', 'month'), (at, period) => {
        const start = periodStart(at, period);
        expect(start <= at && at - start < longest[period]).toBe(true);
        expect(periodStart(start, period)).toBe(start);
        expect(periodStart(start - 1, period)).toBeLessThan(start);
        if (period === 'week') expect(new Date(start).getUTCDay()).toBe(1);
      }),
    );
  });
});

it('a UTC day is written as a date', () => {
  expect(utcDay(Date.parse('2026-11-22T23:30:00-08:00'))).toBe('2026-11-23');
});
