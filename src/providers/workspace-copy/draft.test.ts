import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DraftPart } from './draft.ts';
import { Lexicon } from './lexicon.ts';
import { TokenBuffer } from './token.ts';

const line = fc.constantFrom('', 'a', '  a b', '\tc', 'if (x) {', '  }', '    deep', 'é😀');
const lines = fc.array(line, { maxLength: 12 }).map((all) => all.map((l) => `${l}\n`).join(''));

function tokensOf(part: DraftPart): number[] {
  return Array.from(part.shelf.tokens.subarray(0, part.shelf.length));
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
        expect(tokensOf(followed)).toEqual(tokensOf(fresh));
      }
    }),
  );
});

test('going down through a text is like reading what is left of it afresh', () => {
  const lexicon = new Lexicon();
  const part = new DraftPart(lexicon, new TokenBuffer());
  const all = ['one\n', '  two\n', '\n', '  three\n'];
  for (const from of [0, 1, 2, 3, 4, 2, 0]) {
    const text = all.slice(from).join('');
    const fresh = new DraftPart(lexicon, new TokenBuffer());
    part.followStart(text);
    fresh.followStart(text);
    expect(tokensOf(part)).toEqual(tokensOf(fresh));
    expect(tokensOf(part).length > 0).toBe(from < 4);
  }
});
