import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mostCharacters } from './bounded.ts';

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u0000"\\', '\ud800', '\u2028'));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-zA-Z]{1,20}$/), tie('value'), { maxKeys: 4 }),
  ),
}));

it('what something comes to at most is no less than what it comes to when it is written out', () => {
  fc.assert(
    fc.property(value, (one) => {
      expect(mostCharacters(one)).toBeGreaterThanOrEqual((JSON.stringify(one) ?? '').length);
    }),
    { numRuns: 500 },
  );
});
