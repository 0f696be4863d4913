import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Usage } from '../../models/model.ts';
import { RequestFault } from '../dialect.ts';
import { parseSse } from '../sse.ts';
import { readCompletionRequest, writeCompletion, writeCompletionError, writeCompletionStream } from './index.ts';

const head = { model: 'codestral-latest', id: '7', createdAt: 1_700_000_000 };
const usage: Usage = { inputTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 0, outputTokens: 2, estimated: false };
const wireUsage = {
  prompt_tokens: 8,
  completion_tokens: 2,
  total_tokens: 10,
  prompt_tokens_details: { cached_tokens: 3 },
};

describe('a request for text completion', () => {
  test('is a place between two texts, with its limits', () => {
    expect(
      readCompletionRequest({
        model: 'm',
        prompt: ['const a = '],
        suffix: ';\n',
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: 16,
        stop: ['\n', ''],
        n: 1,
        echo: false,
        logprobs: null,
        user: 'u',
        temperature: 0,
      }),
    ).toEqual({
      model: 'm',
      prefix: 'const a = ',
      suffix: ';\n',
      stream: true,
      usageChunk: true,
      maxOutputTokens: 16,
      stop: ['\n'],
      lost: [
        { where: 'temperature', what: 'a setting that a completion cannot be told' },
        { where: 'stop', what: 'stop sequences beyond 16, or no texts' },
      ],
    });
  });

  test('needs no more than a model and a text', () => {
    expect(readCompletionRequest({ model: 'm', prompt: '', suffix: null, stop: 'x', max_tokens: -1 })).toEqual({
      model: 'm',
      prefix: '',
      suffix: '',
      stream: false,
      usageChunk: false,
      stop: ['x'],
      lost: [],
    });
  });

  test.each<[string, unknown]>([
    ['The body is not', 'x'],
    ['model: ', { prompt: 'x' }],
    ['prompt: a text is wanted', { model: 'm' }],
    ['prompt: one text at a time', { model: 'm', prompt: ['a', 'b'] }],
    ['prompt: a text is wanted here; tokens', { model: 'm', prompt: [[1, 2]] }],
    ['prompt: a text is wanted here; tokens', { model: 'm', prompt: [1, 2] }],
    ['suffix: ', { model: 'm', prompt: 'x', suffix: 5 }],
    ['n: ', { model: 'm', prompt: 'x', n: 2 }],
    ['best_of: ', { model: 'm', prompt: 'x', best_of: 3 }],
    ['echo: ', { model: 'm', prompt: 'x', echo: true }],
    ['logprobs: ', { model: 'm', prompt: 'x', logprobs: 0 }],
  ])('is refused where its answer would have to be another: %s', (message, body) => {
    expect(() => readCompletionRequest(body)).toThrow(RequestFault);
    expect(() => readCompletionRequest(body)).toThrow(message);
  });
});

test('anything else that is sent is read, or refused in the declared way', () => {
  const field = fc.constantFrom('model', 'prompt', 'suffix', 'stop', 'stream_options', 'n', 'logprobs', '__proto__');
  fc.assert(
    fc.property(fc.dictionary(field, fc.jsonValue({ maxDepth: 2 })), (fields) => {
      const body = { model: 'm', prompt: 'x', ...fields };
      try {
        expect(typeof readCompletionRequest(body).prefix).toBe('string');
      } catch (fault) {
        expect(fault).toBeInstanceOf(RequestFault);
      }
    }),
  );
});

describe('an answer to a text completion', () => {
  test('is whole in one body', () => {
    expect(writeCompletion({ text: '1', end: 'length', usage }, head)).toEqual({
      id: 'cmpl-7',
      object: 'text_completion',
      created: 1_700_000_000,
      model: 'codestral-latest',
      choices: [{ text: '1', index: 0, logprobs: null, finish_reason: 'length' }],
      usage: wireUsage,
    });
  });

  const streamed = (usageChunk: boolean) => {
    const writer = writeCompletionStream(head, { usageChunk });
    const text = writer.text('1') + writer.text('') + writer.text(' + 2') + writer.end('stop', usage);
    const events = parseSse().push(text);
    expect(events.pop()?.data).toBe('[DONE]');
    return events.map(({ data }) => JSON.parse(data));
  };

  test('streams its pieces, why it ended, and the usage where the client asked for it', () => {
    const plain = streamed(false);
    expect(plain.flatMap(({ choices }) => choices)).toEqual([
      { text: '1', index: 0, logprobs: null, finish_reason: null },
      { text: ' + 2', index: 0, logprobs: null, finish_reason: null },
      { text: '', index: 0, logprobs: null, finish_reason: 'stop' },
    ]);
    expect(plain.some((chunk) => 'usage' in chunk)).toBe(false);
    const told = streamed(true);
    expect(told.slice(0, -1).map((chunk) => chunk.usage)).toEqual([null, null, null]);
    expect(told.at(-1)).toMatchObject({ choices: [], usage: wireUsage });
  });

  test('that cannot go on ends in an error and not as if it were done', () => {
    const writer = writeCompletionStream(head, { usageChunk: true });
    const text = writer.text('1') + writer.fail({ kind: 'cut', message: 'Cut off.' });
    expect(text).not.toContain('[DONE]');
    const last = parseSse().push(text).at(-1);
    expect(JSON.parse(last?.data ?? '')).toEqual(writeCompletionError({ kind: 'cut', message: 'Cut off.' }));
    expect(JSON.parse(last?.data ?? '')).toMatchObject({ error: { message: 'Cut off.' } });
  });
});
