import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import { wordsOf } from './words.ts';

describe('keywords in a prompt', () => {
  it.each<[text: string, keyword: string, found: boolean]>([
    ['move it', 'move', true],
    ['remove it', 'move', false],
    ['a movement', 'move', false],
    ['remove, then move', 'move', true],
    ['movemove move', 'move', true],
    ['movemove_move', 'move', false],
    ['clean up this', 'clean up', true],
    ['clean upstairs, clean up', 'clean up', true],
    ['use c++ here', 'c++', true],
    ['libc++ c++', 'c++', true],
    ['--force', '-force', true],
    ['aa-aa-b', '-b', true],
    ['请重构代码', '重构', true],
    ['anything', '', false],
    ['a', 'ab', false],
  ])('%j has %j: %s', (text, keyword, found) => {
    expect(wordsOf(text).hasSome([keyword])).toBe(found);
    expect(wordsOf(text).hasSome(['never', keyword])).toBe(found);
  });

  it('answers each of many keywords alike, whatever was asked before', () => {
    const words = wordsOf('remove removed re-move move');
    const asked = ['mov', 'remove', 'move', 'removed', 'emove', 'e', 'move'];
    expect(asked.map((keyword) => words.hasSome([keyword]))).toEqual([false, true, true, true, false, false, true]);
  });

  it('is quick where two thousand keywords almost stand in one long run', () => {
    const words = wordsOf('a'.repeat(20_000));
    const keywords = Array.from({ length: 2_000 }, (_, n) => 'a'.repeat(1 + (n % 100)));
    const started = cpuNow();
    expect(words.hasSome(keywords)).toBe(false);
    expect(cpuNow() - started).toBeLessThan(3_000);
  });
});
