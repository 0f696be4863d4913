import { describe, expect, it } from 'vitest';
import { withoutUsageChunk } from './usageChunk.ts';

const piece = 'data: {"choices":[{"delta":{"content":"\\"choices\\":[] Grüße"}}],"usage":null}\n\n';
const counted = 'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n';
const filter = (text: string): string => Buffer.from(withoutUsageChunk(Buffer.from(text))).toString('utf8');

describe('the chunk that says what an answer came to', () => {
  it.each([
    ['is taken out', `${piece}${counted}data: [DONE]\n\n`, `${piece}data: [DONE]\n\n`],
    [
      'is taken out where lines end in two characters',
      'data: { "choices": [ ], "usage": {} }\r\n\r\ndata: [DONE]\r\n\r\n',
      'data: [DONE]\r\n\r\n',
    ],
    ['is not what only looks like it', piece, piece],
    [
      'is not one without a count',
      'data: {"choices":[],"prompt_filter_results":[]}\n\n',
      'data: {"choices":[],"prompt_filter_results":[]}\n\n',
    ],
    ['is not what cannot be read', 'data: {"choices":[],"usage"\n\n', 'data: {"choices":[],"usage"\n\n'],
  ])('%s', (_, text, expected) => expect(filter(text)).toBe(expected));
});
