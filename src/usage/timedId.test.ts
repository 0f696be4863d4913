import { expect, test } from 'vitest';
import { timedId } from './timedId.ts';

const at = Date.parse('2026-11-22T12:00:00Z');

test('ids are UUIDs of version 7, in the order of their times and each another one', () => {
  const ids = Array.from({ length: 500 }, (_, n) => timedId(at + n));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids.toSorted()).toEqual(ids);
  expect(Number.parseInt(timedId(at).replaceAll('-', '').slice(0, 12), 16)).toBe(at);
  expect(new Set(Array.from({ length: 500 }, () => timedId(at))).size).toBe(500);
});
