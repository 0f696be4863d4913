import { describe, expect, test } from 'vitest';
import { jsonOf, lineBatches, MOST_CHARACTERS } from './requestLines.ts';

async function linesOf(chunks: readonly (string | Buffer)[]): Promise<readonly string[]> {
  async function* input(): AsyncGenerator<string | Buffer> {
    yield* chunks;
  }
  const lines: string[] = [];
  for await (const batch of lineBatches(input())) {
    for (const line of batch) lines.push('text' in line ? line.text.trim() : 'too long');
  }
  return lines;
}

describe('lines', () => {
  const snowman = Buffer.from('{"a":"☃"}\n');
  test.each([
    ['one without an end', ['{}'], ['{}']],
    ['one in pieces', ['{"a"', ':1}\n{', '}'], ['{"a":1}', '{}']],
    ['empty ones', ['\n \n{}\r\n\r\n'], ['{}']],
    ['a character in two pieces', [snowman.subarray(0, 7), snowman.subarray(7)], ['{"a":"☃"}']],
    ['one that is too long, and the next', ['x'.repeat(MOST_CHARACTERS), 'xx', 'x\n{}\n'], ['too long', '{}']],
    ['a whole one that is too long', [`${'x'.repeat(MOST_CHARACTERS + 1)}\n{}\n`], ['too long', '{}']],
  ])('%s', async (_what, chunks, lines) => {
    expect(await linesOf(chunks)).toEqual(lines);
  });

  test('say why they are no JSON', () => {
    expect(() => jsonOf({ text: '{' })).toThrow(/no JSON/);
    expect(() => jsonOf({ tooLong: true })).toThrow(/split it/);
  });
});
