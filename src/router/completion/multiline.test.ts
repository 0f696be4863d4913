import { expect, test } from 'vitest';
import { findExclusion } from './context.ts';
import { debounceMs, initialRhythm, keystroke } from './debounce.ts';
import { wantsMultiline } from './multiline.ts';
import { Suggestions } from './suggestions.ts';
import { cutWindow } from './window.ts';

test.each([
  ['an opened function', 'function f() {\n  ', '\n}\n', true],
  ['right after the brace', 'function f() {', '\n}\n', true],
  ['a Python block', 'def f():\n    ', '\n', true],
  ['a filled block', 'function f() {\n  ', '\n  return 1;\n}\n', false],
  ['the middle of a line', 'const a = ', '\n', false],
  ['a statement that ended', 'a();\n', '\n', false],
  ['text after the cursor', 'if (a) {', ' b();\n', false],
] as const)('several lines are wanted: %s', (_name, prefix, suffix, wanted) =>
  expect(wantsMultiline(prefix, suffix)).toBe(wanted),
);

test.each([
  ['inside a word', 'con', 'st a', 'inside-a-word'],
  ['before other text', 'a ', '+ b', 'text-after-cursor'],
  ['an empty file', '', '', 'nothing-before-cursor'],
  ['before closing brackets', 'f(', ');', undefined],
  ['a huge file', 'x'.repeat(1_000_001), '', 'file-too-large'],
] as const)('exclusion: %s', (_name, prefix, suffix, expected) => {
  const context = { uri: 'u', languageId: 'x', version: 1, prefix, suffix };
  expect(findExclusion({ ...context, invoked: false })).toBe(expected);
  expect(findExclusion({ ...context, invoked: true })).toBe(expected === 'file-too-large' ? expected : undefined);
});

test('a faster typist waits less, within the bounds', () => {
  const after = (interval: number): number => {
    let rhythm = initialRhythm;
    for (let at = 0; at < 40 * interval; at += interval) rhythm = keystroke(rhythm, at);
    return debounceMs(rhythm, 'const value', 300, 1000);
  };
  expect(after(80)).toBeLessThan(after(300));
  expect(after(1)).toBe(100);
  expect(after(1900)).toBe(1000);
});

test('a pause to think says nothing about typing', () => {
  const typing = keystroke(keystroke(initialRhythm, 0), 200);
  expect(keystroke(typing, 60_000).intervalMs).toBe(typing.intervalMs);
});

test('an answer is found again while what is typed fits it, and only for the same suffix and scope', () => {
  const suggestions = new Suggestions();
  suggestions.add({ id: '1', scope: 's', prefix: 'ab', suffix: 'Z', text: 'cdef' });
  expect(suggestions.find('s', 'abc', 'Z')?.text).toBe('def');
  expect(suggestions.find('s', 'abx', 'Z')).toBeUndefined();
  expect(suggestions.find('s', 'abc', 'Y')).toBeUndefined();
  expect(suggestions.find('t', 'abc', 'Z')).toBeUndefined();
  expect(suggestions.find('s', 'abcdef', 'Z')).toBeUndefined();
});

test('remembered answers are bounded and the least used goes first', () => {
  const suggestions = new Suggestions(3);
  for (const suffix of ['a', 'b', 'c']) suggestions.add({ id: suffix, scope: 's', prefix: '', suffix, text: 'text' });
  suggestions.find('s', '', 'a');
  suggestions.add({ id: 'd', scope: 's', prefix: '', suffix: 'd', text: 'text' });
  expect(['a', 'b', 'c', 'd'].filter((suffix) => suggestions.find('s', '', suffix))).toEqual(['a', 'c', 'd']);
});

test('the window keeps what is nearest to the cursor', () => {
  const prefix = Array.from({ length: 2_000 }, (_, index) => `line ${index}`).join('\n');
  const suffix = Array.from({ length: 2_000 }, (_, index) => `after ${index}`).join('\n');
  const cut = cutWindow(prefix, suffix);
  expect(cut.prefix.endsWith('line 1999')).toBe(true);
  expect(cut.prefix.startsWith('line')).toBe(true);
  expect(cut.suffix.startsWith('after 0\n')).toBe(true);
  expect(cut.prefix.length + cut.suffix.length).toBeLessThan(5_000);
  expect(cutWindow('a', 'b')).toEqual({ prefix: 'a', suffix: 'b' });
});
