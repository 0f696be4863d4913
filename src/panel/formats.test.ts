import { expect, test } from 'vitest';
import { localMoment, percentage, shortNumber, utcDayAndMonth, utcDayMonthYear, wholeNumber } from './formats.ts';

const DAY = 86_400_000;
const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const day = { day: 'numeric', month: 'short' } as const;

/** Of all sizes, and at the edges of each. */
const numbers = Array.from({ length: 15 }, (_, power) => 10 ** power).flatMap((size) =>
  [1, 1.04, 1.05, 1.15, 1.25, 9.9949, 9.9951, 99.94, 99.95, 99.96, 123.456].map((times) => Math.round(size * times)),
);

test('whole numbers are written as Intl writes them', () => {
  for (const value of [0, ...numbers]) expect(wholeNumber(value)).toBe(whole.format(value));
});

test('short numbers are written as Intl writes them', () => {
  for (const value of [0, ...numbers.filter((one) => one < 9e14)]) expect(shortNumber(value)).toBe(short.format(value));
});

test.each([0, 1] as const)('shares are written as Intl writes them, with %i digits', (digits) => {
  const percents = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: digits });
  for (let thousandths = 0; thousandths <= 20_000; thousandths += 1) {
    const share = thousandths / 10_000;
    expect(percentage(share, digits), String(share)).toBe(percents.format(share));
  }
  expect(percentage(12.5, 0)).toBe('1,250%');
});

test('days and moments of a whole year are written as Intl writes them', () => {
  const inUtc = new Intl.DateTimeFormat('en-GB', { ...day, timeZone: 'UTC' });
  const withYear = new Intl.DateTimeFormat('en-GB', { ...day, year: 'numeric', timeZone: 'UTC' });
  const here = new Intl.DateTimeFormat('en-GB', { ...day, hour: '2-digit', minute: '2-digit' });
  const begin = Date.parse('2026-01-01T00:00:00Z');
  for (let at = begin; at < begin + 366 * DAY; at += 7 * 3_600_000 + 61_000) {
    expect([utcDayAndMonth(at), utcDayMonthYear(at), localMoment(at)]).toEqual([
      inUtc.format(at),
      withYear.format(at),
      here.format(at),
    ]);
  }
});
