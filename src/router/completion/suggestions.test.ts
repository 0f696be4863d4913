import { expect, test } from 'vitest';
import { Suggestions, typeThrough } from './suggestions.ts';

const at = (prefix: string, text: string, suffix = '') => ({ id: prefix, scope: 'scope', prefix, suffix, text });

test.each([
  ['', 'foo()'],
  ['fo', 'o()'],
  ['foo()', undefined],
  ['bar', undefined],
])('after "%s" was typed, what is left is %s', (typed, left) => {
  expect(typeThrough(at('x = ', 'foo()'), `x = ${typed}`, '')).toBe(left);
});

test('an answer fits only where it was given: same scope, same text after the cursor', () => {
  const suggestions = new Suggestions();
  suggestions.add(at('x = ', 'foo()', ';'));
  expect(suggestions.find('scope', 'x = f', ';')?.text).toBe('oo()');
  expect(suggestions.find('scope', 'x = f', '')).toBeUndefined();
  expect(suggestions.find('other', 'x = f', ';')).toBeUndefined();
  expect(suggestions.find('scope', 'y = f', ';')).toBeUndefined();
});

test('the least used go first, by number and by how much text they hold on to', () => {
  const few = new Suggestions(2);
  for (const prefix of ['a', 'b', 'c']) few.add(at(prefix, 'text', prefix));
  expect(few.find('scope', 'a', 'a')).toBeUndefined();
  expect(few.find('scope', 'b', 'b')?.text).toBe('text');
  const long = new Suggestions();
  const document = 'x'.repeat(1_500_000);
  for (const name of ['a', 'b', 'c']) long.add(at(document, name, name));
  expect(long.find('scope', document, 'a')).toBeUndefined();
  expect(long.find('scope', document, 'c')?.text).toBe('c');
});
