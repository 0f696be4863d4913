import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anchorLength, anchorsOf, findAnchored } from './anchors.ts';

const letters = (least: number) =>
  fc.string({ minLength: least, maxLength: 40, unit: fc.constantFrom('a', 'b', 'é', '\n', '🦊') });

it('texts are found wherever they stand', () => {
  fc.assert(
    fc.property(fc.array(letters(anchorLength), { maxLength: 30 }), letters(0), letters(0), (sought, before, after) => {
      const text = `${before}${sought.join(after)}${after}`;
      const expected = [...new Set(sought)].flatMap((one) =>
        Array.from({ length: text.length }, (_, at) => at)
          .filter((at) => text.startsWith(one, at))
          .map((at) => [one, at]),
      );
      const found: unknown[] = [];
      findAnchored(text, anchorsOf(new Set(sought)), (one, at) => found.push([one, at]));
      expect(found).toHaveLength(expected.length);
      expect(found).toEqual(expect.arrayContaining(expected));
    }),
  );
});
