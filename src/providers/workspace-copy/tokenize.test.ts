import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indentAfter } from './indent.ts';
import { Lexicon } from './lexicon.ts';
import { END_OF_LINE, gapOf, TokenBuffer, wordOf } from './token.ts';
import { tokenizeLine, tokenizeLines } from './tokenize.ts';

function wordsOf(line: string): string[] {
  const lexicon = new Lexicon();
  const out = new TokenBuffer();
  tokenizeLine(line, 0, line.length, lexicon, out);
  return Array.from(out.view(), (token) => lexicon.text(wordOf(token)));
}

describe('a line is split', () => {
  test.each([
    ['if err := f(x); err != nil {', ['if', 'err', ':=', 'f', '(', 'x', ')', ';', 'err', '!=', 'nil', '{']],
    ['a ??= b?.c === 1.5e3', ['a', '??=', 'b', '?.', 'c', '===', '1.5e3']],
    ["say('two words')", ['say', '(', "'", 'two', 'words', "'", ')']],
    ['x = """doc"""', ['x', '=', '"""', 'doc', '"""']],
    ['größe := 名前', ['größe', ':=', '名前']],
    ['a        b', ['a', '        ', 'b']],
    ['', []],
  ])('%j', (line, words) => {
    expect(wordsOf(line)).toEqual(words);
  });
});

test('tokens print as the text they were read from, but for white space at line ends', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\n', '\n\t', '\n    ', '  x', 'é😀', '\ud800', ' '.repeat(9)),
  );
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('').replaceAll('\r', ''));
  fc.assert(
    fc.property(text, (source) => {
      const lexicon = new Lexicon();
      const out = new TokenBuffer();
      tokenizeLines(source, 0, '', lexicon, out);
      let printed = '';
      let indent = '';
      let atStart = true;
      for (const token of out.view()) {
        const spelling = lexicon.text(wordOf(token));
        const changed = indentAfter(indent, spelling);
        if (token === END_OF_LINE) printed += '\n';
        else if (changed !== undefined) indent = changed;
        else printed += (atStart ? indent : gapOf(token)) + spelling;
        if (changed === undefined) atStart = token === END_OF_LINE;
      }
      expect(printed).toBe(source.replace(/[ \t]+$/gm, ''));
    }),
  );
});

test('a long run is cut between characters, never inside one', () => {
  const words = wordsOf(`x${'😀'.repeat(200)}`);
  expect(words.length).toBeGreaterThan(1);
  for (const word of words) expect(() => encodeURIComponent(word)).not.toThrow();
});

test('a spelling keeps its number while the lexicon grows', () => {
  const lexicon = new Lexicon();
  const numbers = Array.from({ length: 20_000 }, (_, i) => lexicon.intern(`word${i}`));
  expect(new Set(numbers).size).toBe(20_000);
  numbers.forEach((number, i) => {
    expect(lexicon.text(number)).toBe(`word${i}`);
    expect(lexicon.intern(`word${i}`)).toBe(number);
  });
});
