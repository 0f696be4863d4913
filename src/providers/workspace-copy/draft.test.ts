import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DraftPart } from './draft.ts';
import { Lexicon } from './lexicon.ts';
import { TokenBuffer } from './token.ts';

const line = fc.constantFrom('', 'a', '  a b', '\tc', 'if (x) {', '  }', '    deep', 'é😀');
const lines = fc.array(line, { maxLength: 12 }).map((all) => all.map((l) => `${l}\n`).join(''));

function tokensOf(part: DraftPart): number[] {
  return Array.from(part.shelf.tokens.subarray(part.floor, part.shelf.length));
}

test('lines followed through any edits are those of a part made afresh', () => {
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 8 }), (versions) => {
      const lexicon = new Lexicon();
      const buffer = new TokenBuffer();
      const followed = new DraftPart(lexicon, buffer);
      for (const text of versions) {
        followed.followEnd(text);
        const fresh = new DraftPart(lexicon, buffer);
        fresh.followEnd(text);
        // A part that held nothing yet has no line end before its first line either.
        if (text !== '') expect(tokensOf(followed)).toEqual(tokensOf(fresh));
      }
    }),
  );
});

test('going down through a text leaves out the lines above, and going up brings them back', () => {
  const part = new DraftPart(new Lexicon(), new TokenBuffer());
  const all = ['one\n', 'two\n', '\n', 'three\n'];
  const lengths = [0, 1, 2, 3, 4, 2, 0].map((from) => {
    part.followStart(all.slice(from).join(''));
    return tokensOf(part).length;
  });
  expect(lengths).toEqual([8, 5, 3, 2, 0, 3, 7]);
});
