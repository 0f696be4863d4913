import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonOrUndefined } from '../untrusted.ts';
import { readAnthropicStream } from './read-response.ts';
import { usualDelta } from './usual-delta.ts';

const names = { text_delta: 'text', thinking_delta: 'thinking', input_json_delta: 'partial_json' } as const;
const delta = fc
  .record({
    index: fc.nat(20),
    type: fc.constantFrom(...(Object.keys(names) as (keyof typeof names)[])),
    said: fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ unit: 'grapheme', maxLength: 30 })),
    spaces: fc.nat(12),
  })
  .map(({ index, type, said, spaces }) => {
    const frame = { type: 'content_block_delta', index, delta: { type, [names[type]]: said } };
    return `${JSON.stringify(frame).slice(0, -1)}${' '.repeat(spaces)}}`;
  });

/** What it gives is what parsing gives, in everything. */
function expectParsed(data: string): void {
  const usual = usualDelta(data);
  if (usual === undefined) return;
  expect(jsonOrUndefined(data), data).toEqual(usual);
  expect(JSON.stringify(jsonOrUndefined(data)), data).toBe(JSON.stringify(usual));
}

describe('a delta in the usual spelling', () => {
  test('is known, and read as parsing reads it', () => {
    fc.assert(
      fc.property(delta, (data) => {
        expect(usualDelta(data), data).toBeDefined();
        expectParsed(data);
      }),
      { numRuns: 2_000 },
    );
  });

  test('that is spoilt anywhere is read as parsing reads it, or left to that', () => {
    const odd = fc.oneof(
      fc.constantFrom(
        '"',
        '\\',
        '\\u',
        '\\"',
        '{',
        '}',
        ',',
        ':',
        '\n',
        '\u2028',
        '\ud83d',
        ' ',
        '0',
        '-',
        '1e3',
        '"a":1,',
      ),
      fc.constantFrom('"type":"error",', '"index":', '"usage":{"output_tokens":9},', '"delta":', ']', '\0'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const spoilt = fc
      .tuple(delta, fc.array(fc.tuple(fc.nat(), fc.nat(3), odd), { minLength: 1, maxLength: 3 }))
      .map(([data, changes]) =>
        changes.reduce((text, [place, taken, put]) => {
          const at = place % (text.length + 1);
          return text.slice(0, at) + put + text.slice(at + taken);
        }, data),
      );
    fc.assert(fc.property(spoilt, expectParsed), { numRuns: 20_000 });
  });

  test.each([
    ['an escape that is none', '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\x"}}'],
    ['a number that is none', '{"type":"content_block_delta","index":00,"delta":{"type":"text_delta","text":""}}'],
    ['a second key', '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"","text":"b"}}'],
    ['something behind it', '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}} {}'],
    ['a line end in it', '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\nb"}}'],
    ['another order', '{"index":0,"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}'],
    ['a usage', '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"},"usage":{}}'],
  ])('with %s is none', (_what, data) => {
    expect(usualDelta(data)).toBeUndefined();
  });

  test('what is kept of one keeps nothing of what came around it', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const around = ' '.repeat(20_000);
    const kept: unknown[] = [];
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 2_000; n++) {
      const frame = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `some words, ${n}` } };
      const piece = Buffer.from(`${around}${JSON.stringify(frame)}`).toString();
      kept.push(usualDelta(piece.slice(around.length))?.['delta']);
    }
    collect();
    expect(kept[7]).toEqual({ type: 'text_delta', text: 'some words, 7' });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
  });

  test('long ones are read as well', () => {
    const said = 'ü"\n'.repeat(100_000);
    const data = JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: said } });
    expect(readAnthropicStream().push({ event: 'content_block_delta', data, id: '' })).toEqual([
      { kind: 'text', text: said },
    ]);
  });
});
