import { describe, expect, test } from 'vitest';
import type { AnswerHead } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { readSeal } from '../sealed-thinking.ts';
import { parseSse } from '../sse.ts';
import { gemini, readGeminiResponse } from './index.ts';

const conversation = { system: [], messages: [], tools: [] };
const head: AnswerHead = { model: 'gemini-3.8-flash', id: 'r1', createdAt: 0, conversation };

describe('an answer to a Gemini client', () => {
  const events: ChatEvent[] = [
    { kind: 'started', servedModel: 'm' },
    { kind: 'thinking', text: 'Er' },
    { kind: 'thinking', text: 'st' },
    { kind: 'thinking-ended', signature: 'EqQB', maker: 'anthropic', model: 'claude-sonnet-5-5' },
    { kind: 'text', text: 'Grü' },
    { kind: 'text', text: 'ße' },
    { kind: 'tool-call-started', index: 0, callId: 'c', name: 'read' },
    { kind: 'tool-call-delta', index: 0, arguments: '{"a":1}' },
    { kind: 'tool-call', index: 0, callId: 'c', name: 'read', arguments: '{"a":1}' },
    {
      kind: 'usage',
      usage: {
        inputTokens: 5,
        cacheReadTokens: 3,
        cacheWriteTokens: 2,
        outputTokens: 9,
        reasoningTokens: 4,
        estimated: false,
      },
    },
    { kind: 'finished', reason: 'tool-calls' },
  ];
  const usageMetadata = {
    promptTokenCount: 10,
    cachedContentTokenCount: 3,
    candidatesTokenCount: 5,
    thoughtsTokenCount: 4,
    totalTokenCount: 19,
  };

  test('is whole in one body', () => {
    const { candidates, ...rest } = gemini.whole(events, head) as { candidates: [{ content: { parts: unknown[] } }] };
    expect(rest).toEqual({ usageMetadata, modelVersion: 'gemini-3.8-flash', responseId: 'r1' });
    expect(candidates).toMatchObject([
      {
        index: 0,
        finishReason: 'STOP',
        content: {
          role: 'model',
          parts: [
            { text: 'Erst', thought: true },
            { text: 'Grüße' },
            { functionCall: { id: 'c', name: 'read', args: { a: 1 } } },
          ],
        },
      },
    ]);
    const { thoughtSignature } = candidates[0].content.parts[1] as { thoughtSignature: string };
    expect(readSeal(thoughtSignature)).toEqual({ signature: 'EqQB', maker: 'anthropic', model: 'claude-sonnet-5-5' });
  });

  test('streams as events or as a list, which say the same', () => {
    const sse = gemini.stream(head);
    const list = gemini.stream({ ...head, form: { list: true } });
    const chunks = parseSse()
      .push(events.map((event) => sse.event(event)).join(''))
      .map(({ data }) => JSON.parse(data));
    expect(JSON.parse(events.map((event) => list.event(event)).join(''))).toEqual(chunks);
    expect(chunks.at(-1)).toMatchObject({ candidates: [{ finishReason: 'STOP' }], usageMetadata });
    expect(readGeminiResponse(chunks).at(-1)).toEqual({ kind: 'finished', reason: 'tool-calls' });
  });

  test('that cannot go on ends in an error, in both', () => {
    const fault = { kind: 'cut', message: 'Cut off.' } as const;
    const error = { error: { code: 500, message: 'Cut off.', status: 'INTERNAL' } };
    const sse = gemini.stream(head);
    sse.event(events[1]!);
    expect(sse.fail(fault)).toBe(`data: ${JSON.stringify(error)}\r\n\r\n`);
    const list = gemini.stream({ ...head, form: { list: true } });
    expect(JSON.parse(list.event(events[1]!) + list.fail(fault))).toMatchObject([{}, error]);
    expect(JSON.parse(gemini.stream({ ...head, form: { list: true } }).fail(fault))).toEqual([error]);
  });

  test('that is an error says its name, and when to come back', () => {
    expect(gemini.error(429, { kind: 'rate-limit', message: 'Slow.', retryAfterMs: 1500 })).toEqual({
      error: {
        code: 429,
        message: 'Slow.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' }],
      },
    });
    expect(gemini.error(400, { kind: 'bad-request', message: 'No.' })).toEqual({
      error: { code: 400, message: 'No.', status: 'INVALID_ARGUMENT' },
    });
  });
});
