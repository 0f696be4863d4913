import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WholeFrames } from './wholeFrames.ts';

function passed(pieces: readonly string[]): { readonly went: readonly string[]; readonly rest: string } {
  const frames = new WholeFrames();
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  return { went: pieces.map((piece) => text(frames.take(Buffer.from(piece, 'latin1')))), rest: text(frames.rest()) };
}

describe('events on their way', () => {
  it('go on as soon as they are whole', () => {
    expect(passed(['data: a\n\ndata: b', '\n', '\ndata: c\n\n'])).toEqual({
      went: ['data: a\n\n', '', 'data: b\n\ndata: c\n\n'],
      rest: '',
    });
  });

  it('may end their lines with carriage returns', () => {
    expect(passed(['data: a\r\n', '\r\n'])).toEqual({ went: ['', 'data: a\r\n\r\n'], rest: '' });
    expect(passed(['data: a\r', '\n\r', '\nda', 'ta'])).toEqual({
      went: ['', '', 'data: a\r\n\r\n', ''],
      rest: 'data',
    });
  });

  it('lose and change nothing, however they are split, and only the last is ever held back', () => {
    const event = fc.tuple(fc.stringMatching(/^[a-z]{0,12}$/), fc.constantFrom('\n\n', '\r\n\r\n', '\n\r\n', '\n'));
    const stream = fc.array(event, { maxLength: 8 }).map((events) => events.map((pair) => pair.join('')).join(''));
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 6 }), { maxLength: 60 }), (whole, sizes) => {
        const pieces: string[] = [];
        let at = 0;
        for (const size of [...sizes, whole.length]) {
          pieces.push(whole.slice(at, at + size));
          at += size;
        }
        const { went, rest } = passed(pieces);
        expect(went.join('') + rest).toBe(whole);
        expect(rest).not.toMatch(/\n\r?\n/);
        for (const piece of went) expect(piece).toMatch(/^$|\n\r?\n$/);
      }),
    );
  });
});
