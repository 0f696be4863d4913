import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamFault } from './fault.ts';
import { parseNdjson } from './ndjson.ts';
import { piecesOf } from './testing/decode.ts';

function valuesOf(pieces: readonly (Uint8Array | string)[]): unknown[] {
  const parser = parseNdjson();
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
}

describe('newline-delimited JSON', () => {
  test.each<[string, string, unknown[]]>([
    ['a value a line', '{"a":1}\n[2]\n', [{ a: 1 }, [2]]],
    ['the last line may lack its end', '1\n2', [1, 2]],
    ['CRLF and empty lines', '1\r\n\r\n\n2\r\n', [1, 2]],
    ['a byte order mark', '\uFEFF1\n', [1]],
  ])('%s', (_, stream, expected) => {
    expect(valuesOf([stream])).toEqual(expected);
  });

  test('a line that is not JSON is a fault, also when it was cut', () => {
    expect(() => valuesOf(['{"a":\n'])).toThrow(StreamFault);
    expect(() => valuesOf(['1\n{"a":'])).toThrow(StreamFault);
  });

  test('any split into pieces gives the same values', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.array(fc.nat()), (values, cuts) => {
        const bytes = new TextEncoder().encode(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
        expect(valuesOf(piecesOf(bytes, cuts))).toEqual(valuesOf([bytes]));
        expect(JSON.stringify(valuesOf([bytes]))).toBe(JSON.stringify(values));
      }),
    );
  });
});
