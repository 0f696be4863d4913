import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitLines } from './lines.ts';

const text = fc
  .array(fc.constantFrom('a', 'é🦊', ' ', '\n', '\r', '\r\n', '\n\r', '\r\r', '\uFEFF'), { maxLength: 30 })
  .map((parts) => `:${parts.join('')}`);

describe('a text is cut', () => {
  test.each([
    ['where a CR, an LF or both stand', true, /\r\n|\n|\r/],
    ['where an LF stands, with a CR before it or not', false, /\r?\n/],
  ])('%s', (_where, carriageReturnEnds, ends) => {
    fc.assert(
      fc.property(text, (whole) => {
        const lines = splitLines({ carriageReturnEnds });
        expect([...lines.push(whole), lines.rest()]).toEqual(whole.split(ends));
      }),
      { numRuns: 2_000 },
    );
  });

  test('into lines no longer than allowed, also where one comes whole', () => {
    const longestLine = 10;
    expect(splitLines({ longestLine }).push(`${'x'.repeat(10)}\n`)).toEqual(['x'.repeat(10)]);
    expect(() => splitLines({ longestLine }).push(`${'x'.repeat(11)}\n`)).toThrow('more than 10 characters');
  });
});
