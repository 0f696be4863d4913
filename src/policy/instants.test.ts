import { expect, it } from 'vitest';
import { parseInstant } from './instants.ts';

it.each<[string, string | undefined]>([
  ['2026-12-31', '2026-12-31T00:00:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ['2026-12-31T18:00:00Z', '2026-12-31T18:00:00.000Z'],
  ['2026-12-31T18:00+02:00', '2026-12-31T16:00:00.000Z'],
  ['2026-02-29', undefined],
  ['1900-02-29', undefined],
  ['2026-02-31T00:00:00Z', undefined],
  ['2026-13-01', undefined],
  ['2026-00-01', undefined],
  ['2026-01-00', undefined],
  ['2026-01-01T25:00:00Z', undefined],
  ['soon', undefined],
])('the date %s is the instant %s', (text, instant) => {
  expect(parseInstant(text)).toBe(instant === undefined ? undefined : Date.parse(instant));
});
