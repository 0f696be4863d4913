import { expect, test } from 'vitest';
import { Recent } from './recent.ts';

test('of more entries than are remembered the least recently used is forgotten, however many come', () => {
  const recent = new Recent<number>({ entries: 3 });
  recent.set('used', 0);
  for (let n = 1; n < 1_000; n += 1) {
    recent.set(`once ${n}`, n);
    expect(recent.get('used')).toBe(0);
  }
  expect(recent.size).toBe(3);
  expect(recent.get('once 998')).toBe(998);
  expect(recent.get('once 997')).toBeUndefined();
});

test('of longer texts fewer are remembered, and one that is too long by itself until the next comes', () => {
  const recent = new Recent<string>({ entries: 100, characters: { most: 10, of: (text) => text.length } });
  for (const name of ['a', 'b', 'c']) recent.set(name, 'four');
  expect(recent.get('a')).toBeUndefined();
  recent.set('b', 'x');
  recent.set('d', 'fours');
  expect(recent.size).toBe(3);
  recent.set('long', 'longer than all of it');
  expect(recent.size).toBe(1);
  recent.set('e', 'x');
  expect(recent.get('long')).toBeUndefined();
  expect(recent.get('e')).toBe('x');
});
