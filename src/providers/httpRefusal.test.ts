import { expect, test } from 'vitest';
import { retryAfterMs } from './httpRefusal.ts';

const now = Date.parse('2026-11-10T12:00:00Z');

test.each<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Tue, 10 Nov 2026 12:01:30 GMT' }, 90_000],
  [{ 'retry-after': 'Tue, 10 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after-ms': '1250', 'retry-after': '9' }, 1_250],
  [{ 'retry-after-ms': 'x', 'retry-after': '9' }, 9_000],
])('%j asks to wait %s ms', (headers, expected) => {
  expect(retryAfterMs(new Headers(headers), now)).toBe(expected);
});
