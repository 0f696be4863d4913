import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import { mostSimilar, suggestWords } from './similar.ts';

describe('the word that was most likely meant', () => {
  it.each<[string, string[], string | undefined]>([
    ['Files', ['touches', 'files'], 'files'],
    ['tuoches', ['touches', 'files'], 'touches'],
    ['archtecture', ['tests', 'architecture'], 'architecture'],
    ['a', ['b'], 'b'],
    ['zebra', ['touches', 'files'], undefined],
    ['x'.repeat(65), ['x'.repeat(64)], undefined],
    ['files', ['files'], undefined],
  ])('%s among %j: %s', (written, known, meant) => {
    expect(mostSimilar(written, known)).toBe(meant);
    expect(suggestWords()(written, known)).toBe(meant);
  });

  it('is looked for only so long in a file of many unknown names', () => {
    const known = Array.from({ length: 2_000 }, (_, n) => `${'ab'.repeat(25)}${n}`);
    const suggest = suggestWords();
    const started = cpuNow();
    const suggested = Array.from({ length: 10_000 }, (_, n) => suggest(`${'ba'.repeat(25)}${n}`, known));
    expect(cpuNow() - started).toBeLessThan(1_000);
    expect([suggested[0], suggested.at(-1)]).toEqual([known[0], undefined]);
  });
});
