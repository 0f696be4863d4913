import { describe, expect, test } from 'vitest';
import { decode } from '../testing/decode.ts';
import { geminiPiece, geminiTools, streamOf } from '../testing/recordings.ts';
import { readGeminiError, readGeminiResponse } from './index.ts';

const started = { kind: 'started', servedModel: 'gemini-3.8-flash', responseId: 'zSYJ5C' };
const usage = (outputTokens: number, more = {}) => ({
  kind: 'usage',
  usage: { inputTokens: 221, cacheReadTokens: 1800, cacheWriteTokens: 0, outputTokens, estimated: false, ...more },
});

describe('an answer of the Gemini API', () => {
  test('streams thoughts, text and calls, each call with an id of its own', () => {
    expect(decode('gemini', [geminiTools.bytes]).events).toEqual([
      started,
      { kind: 'thinking', text: 'Erst ' },
      usage(0),
      { kind: 'thinking', text: 'prüfen. 🦊' },
      usage(12, { reasoningTokens: 12 }),
      { kind: 'thinking-ended' },
      { kind: 'text', text: 'Reading ' },
      usage(0),
      { kind: 'text', text: 'both.' },
      { kind: 'thinking-ended', signature: 'CiEB' },
      { kind: 'tool-call-started', index: 0, callId: 'call_zSYJ5C_0', name: 'read' },
      { kind: 'tool-call-delta', index: 0, arguments: '{"path":"src/ä.ts"}' },
      { kind: 'tool-call', index: 0, callId: 'call_zSYJ5C_0', name: 'read', arguments: '{"path":"src/ä.ts"}' },
      { kind: 'tool-call-started', index: 1, callId: 'fc_2', name: 'list' },
      { kind: 'tool-call-delta', index: 1, arguments: '{}' },
      { kind: 'tool-call', index: 1, callId: 'fc_2', name: 'list', arguments: '{}' },
      usage(0),
      { kind: 'thinking-ended', signature: 'Cgw=' },
      usage(64, { reasoningTokens: 12 }),
      { kind: 'finished', reason: 'tool-calls' },
    ]);
  });

  test('comes whole as well, or as a list of chunks', () => {
    const whole = geminiPiece([{ text: 'Hi' }], { candidatesTokenCount: 3 }, { finishReason: 'STOP' });
    const expected = [started, { kind: 'text', text: 'Hi' }, usage(3), { kind: 'finished', reason: 'end' }];
    expect(readGeminiResponse(whole)).toEqual(expected);
    expect(readGeminiResponse([whole])).toEqual(expected);
    for (const body of ['busy', {}, [], null]) expect(() => readGeminiResponse(body)).toThrow('not generated content');
    expect(() => readGeminiResponse([{ error: { code: 503, message: 'Busy', status: 'UNAVAILABLE' } }])).toThrow(
      'Busy',
    );
  });

  test.each([
    ['STOP', 'end'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'refusal'],
    ['PROHIBITED_CONTENT', 'refusal'],
    ['A_NEW_REASON', 'end'],
  ])('that stops for %s is finished by %s', (finishReason, reason) => {
    const stream = streamOf('gemini', [geminiPiece([{ text: 'x' }], {}, { finishReason })]);
    expect(decode('gemini', [stream]).events.at(-1)).toEqual({ kind: 'finished', reason });
  });

  test('that fails ends in a fault, not in an end', () => {
    const failing = geminiPiece([], {}, { finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Bad call' });
    expect(decode('gemini', [streamOf('gemini', [failing])]).thrown).toMatchObject({
      kind: 'server',
      message: 'The provider stopped the answer with the reason "MALFORMED_FUNCTION_CALL": Bad call',
    });
    const error = { error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } };
    expect(decode('gemini', [streamOf('gemini', [geminiPiece([{ text: 'x' }]), error])]).thrown).toMatchObject({
      kind: 'overload',
    });
  });

  test('to a prompt that was blocked is a refusal before any content', () => {
    const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 4 } };
    expect(decode('gemini', [streamOf('gemini', [blocked])])).toMatchObject({
      events: [],
      thrown: { kind: 'content-refused', message: expect.stringContaining('PROHIBITED_CONTENT') },
    });
  });
});

describe('an error of the Gemini API', () => {
  const quota = (quotaId: string) => [
    { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId }] },
    { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '17.5s' },
  ];
  test.each<[string, number, string, string, unknown?]>([
    ['authentication', 400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'],
    ['authentication', 401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'],
    ['permission', 403, 'PERMISSION_DENIED', 'Your API key was reported as leaked.'],
    ['permission', 400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'],
    ['quota', 429, 'RESOURCE_EXHAUSTED', 'Exceeded.', quota('GenerateRequestsPerDayPerProjectPerModel')],
    ['quota', 429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.'],
    ['rate-limit', 429, 'RESOURCE_EXHAUSTED', 'Exceeded.', quota('GenerateRequestsPerMinutePerProject')],
    ['rate-limit', 429, 'RESOURCE_EXHAUSTED', 'Resource exhausted. Please try again later.'],
    ['overload', 503, 'UNAVAILABLE', 'The model is overloaded.'],
    ['timeout', 504, 'DEADLINE_EXCEEDED', 'Deadline expired.'],
    ['not-found', 404, 'NOT_FOUND', 'models/gemini-x is not found'],
    [
      'context-too-long',
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    ],
    ['bad-request', 400, 'INVALID_ARGUMENT', 'Invalid value at contents'],
    ['server', 500, 'INTERNAL', 'An internal error has occurred.'],
  ])('is of kind %s for %i %s: %s', (kind, code, status, message, details = []) => {
    const body = { error: { code, message, status, details } };
    expect(readGeminiError(code, JSON.stringify(body))).toMatchObject({ kind, message });
    expect(readGeminiError(undefined, [body]).kind).toBe(kind);
  });

  test('says how long to wait', () => {
    const error = { code: 429, status: 'RESOURCE_EXHAUSTED', details: quota('PerMinute') };
    expect(readGeminiError(429, { error }).retryAfterMs).toBe(17_500);
    const forged = { ...error, details: [{ retryDelay: '99999999999999s' }, { retryDelay: 5 }, null] };
    expect(readGeminiError(429, { error: forged })).not.toHaveProperty('retryAfterMs');
  });

  test('without a readable body is told by its status', () => {
    expect(readGeminiError(503, '<html>')).toEqual({ kind: 'overload', message: 'The provider answered 503.' });
    expect(readGeminiError(400, { error: { status: '__proto__', details: 'x' } }).kind).toBe('bad-request');
  });
});
