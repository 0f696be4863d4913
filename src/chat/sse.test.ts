import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamFault } from './fault.ts';
import { parseSse, type SseEvent } from './sse.ts';
import { piecesOf } from './testing/decode.ts';

function eventsOf(pieces: readonly (Uint8Array | string)[]): SseEvent[] {
  const parser = parseSse();
  return pieces.flatMap((piece) => parser.push(piece));
}

function message(data: string, event = 'message', id = ''): SseEvent {
  return { event, data, id };
}

describe('server-sent events', () => {
  test.each<[string, string, SseEvent[]]>([
    ['data alone is a message', 'data: hi\n\n', [message('hi')]],
    ['an event has its name once', 'event: a\ndata: 1\n\ndata: 2\n\n', [message('1', 'a'), message('2')]],
    ['lines of data are joined', 'data: a\ndata:\ndata: b\n\n', [message('a\n\nb')]],
    ['only one space after the colon belongs to the form', 'data:  a\ndata:b\n\n', [message(' a\nb')]],
    ['a field without a colon is empty', 'data\n\n', [message('')]],
    ['an event without data is nothing', 'event: ping\n\n: comment\n\n', []],
    ['comments and unknown fields are passed over', ':x\nretry: 5\nnope: 1\ndata: a\n\n', [message('a')]],
    [
      'ids last until the next',
      'id: 7\ndata: a\n\ndata: b\n\n',
      [message('a', 'message', '7'), message('b', 'message', '7')],
    ],
    ['an id with a null is ignored', 'id: a\0b\ndata: a\n\n', [message('a')]],
    ['CR alone ends lines', 'data: a\rdata: b\r\r', [message('a\nb')]],
    ['CRLF is one end', 'data: a\r\ndata: b\r\n\r\n', [message('a\nb')]],
    ['ends may be mixed', 'data: a\n\r\ndata: b\r\n\n', [message('a'), message('b')]],
    ['a byte order mark at the start is dropped', '\uFEFFdata: a\n\n', [message('a')]],
    ['an unfinished event at the end is dropped', 'data: a\n\ndata: b\n', [message('a')]],
  ])('%s', (_, stream, expected) => {
    expect(eventsOf([stream])).toEqual(expected);
    expect(eventsOf([new TextEncoder().encode(stream)])).toEqual(expected);
    expect(eventsOf([...stream])).toEqual(expected);
  });

  test('any split into pieces gives the same events', () => {
    const line = fc.oneof(
      fc.constantFrom('data: é', 'data: 🦊🦊', 'event: x', 'id: 4', ':c', 'data', '', '', '\uFEFF'),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    );
    const stream = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')))
      .map((lines) => new TextEncoder().encode(lines.flat().join('')));
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (bytes, cuts) => {
        expect(eventsOf(piecesOf(bytes, cuts))).toEqual(eventsOf([bytes]));
      }),
      { numRuns: 500 },
    );
  });

  test('a line or an event that grows without end is given up with a reason', () => {
    const endless = () => {
      const parser = parseSse({ longestLine: 1000 });
      for (;;) parser.push('x'.repeat(100));
    };
    const manyLines = () => {
      const parser = parseSse({ longestLine: 1000 });
      for (;;) parser.push('data: x\n');
    };
    for (const flood of [endless, manyLines]) {
      expect(flood).toThrow(StreamFault);
      expect(flood).toThrow('more than 1,000 characters; the stream was given up');
    }
  });

  test('a line of 10 MB is too long by default, one of 7 MB in small pieces is read in time', () => {
    expect(() => parseSse().push(`data: ${'x'.repeat(10_000_000)}`)).toThrow('more than 8,000,000 characters');
    const parser = parseSse();
    parser.push('data: ');
    for (let piece = 0; piece < 7000; piece++) parser.push('x'.repeat(1000));
    expect(parser.push('\n\n')[0]?.data).toHaveLength(7_000_000);
  });
});
