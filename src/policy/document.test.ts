import fc from 'fast-check';
import { createScanner, type SyntaxKind } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { findRefusal, plainValue, readDocument } from './document.ts';
import { limits } from './schema.ts';

const deep = '['.repeat(limits.nesting + 1);

describe('what keeps a text from being read', () => {
  it.each([
    ['brackets in a text', `"${deep}"`],
    ['brackets behind an escaped quote', `"\\"${deep}"`],
    ['brackets in a comment to the end of the line', `//${deep}\n`],
    ['brackets in a comment', `/*\n${deep} **/`],
    ['brackets in a comment that never ends', `/*${deep}`],
    ['brackets in a text that ends with the file', `"${deep}\\`],
  ])('is not %s', (_, text) => expect(findRefusal(text)).toBeUndefined());

  it.each([
    ['behind a text', `"a" ${deep}`],
    ['behind a text that its line broke off', `"a\n${deep}`],
    ['behind an escaped backslash', `"\\\\" ${deep}`],
    ['behind a comment', `//a\r${deep}`],
    ['behind another', `/*a*/${deep}`],
    ['behind a lone slash', `/${deep}`],
  ])('is a bracket too many %s', (_, text) => {
    expect(findRefusal(text)).toEqual({ kind: 'too-deep', offset: text.length - 1 });
  });

  it('is found where a scanner of JSON with comments finds it, in any text', () => {
    const piece = fc.constantFrom(
      '[[[[',
      '{{{{',
      ']]',
      '}',
      '"',
      '\\',
      '/',
      '*',
      '//',
      '/*',
      '*/',
      '\n',
      '\r',
      'a',
      ' ',
      ',',
      ':',
    );
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 120 }), (text) => {
        expect(findRefusal(text)).toEqual(deepestBy(text));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('the value of a text', () => {
  it('is the same by the engine and by the tree, without prototypes', () => {
    fc.assert(
      fc.property(fc.json({ depthSize: 'medium' }), (text) => {
        const document = readDocument(text);
        if (document.plain === undefined) expect(text).toContain('__proto__');
        else expect(document.plain.value).toStrictEqual(plainValue(document.root!));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['a comment', '{ "a": 1 } // b'],
    ['a trailing comma', '[1,]'],
    ['a key twice', '{ "a": { "b": 1, "c": [{}], "b": 1 } }'],
    ['a key twice, written in two ways', '{ "a": 1, "\\u0061": 2 }'],
    ['a name that no object may have', '{ "a": { "__proto__": 1 } }'],
    ['that name twice', '{ "__proto__": 1, "__proto__": 2 }'],
    ['a byte order mark', '\uFEFF{}'],
    ['nothing', ''],
  ])('is left to the tree where the text has %s', (_, text) => {
    expect(readDocument(text).plain).toBeUndefined();
  });
});

const opening: readonly SyntaxKind[] = [1, 3];
const closing: readonly SyntaxKind[] = [2, 4];

function deepestBy(text: string): ReturnType<typeof findRefusal> {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token = scanner.scan(); token !== (17 satisfies SyntaxKind.EOF); token = scanner.scan()) {
    if (opening.includes(token)) depth += 1;
    if (closing.includes(token)) depth = Math.max(0, depth - 1);
    if (depth > limits.nesting) return { kind: 'too-deep', offset: scanner.getTokenOffset() };
  }
  return undefined;
}
