import fc from 'fast-check';
import { estimateTokenCount } from 'tokenx';
import { describe, expect, it } from 'vitest';
import { countTokens } from './countTokens.ts';

describe('the count of tokens', () => {
  it('is what the library counts, of any text', () => {
    const texts = [
      fc.string(),
      fc.string({ unit: 'binary-ascii', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom(
            'a',
            'word',
            'Word',
            'longerword',
            '12',
            '1234',
            '.',
            '--',
            '{}',
            '\n',
            '\n\n',
            ' ',
            '  ',
            '\t',
            'é',
            '，',
            '語',
            "'s",
            '\u001f',
          ),
          { maxLength: 30 },
        )
        .map((parts) => parts.join('')),
    ];
    fc.assert(
      fc.property(fc.oneof(...texts), (text) => {
        expect(countTokens(text)).toBe(estimateTokenCount(text));
      }),
    );
  });

  it.each(['', ' ', '\n', 'a\n', '.\n', '.\n b', '\n\n', '12345', 'function add(a, b) {\n  return a + b;\n}\n'])(
    'of %j is the library’s too',
    (text) => {
      expect(countTokens(text)).toBe(estimateTokenCount(text));
    },
  );
});
