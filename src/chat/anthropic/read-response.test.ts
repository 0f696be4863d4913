import { describe, expect, test } from 'vitest';
import { StreamCut } from '../fault.ts';
import { decode } from '../testing/decode.ts';
import { anthropicOpening, anthropicTools, streamOf } from '../testing/recordings.ts';
import { readAnthropicError, readAnthropicResponse } from './index.ts';

const started = { kind: 'started', servedModel: 'claude-sonnet-5-5', responseId: 'msg_01' };
const usage = (outputTokens: number, more = {}) => ({
  kind: 'usage',
  usage: { inputTokens: 21, cacheReadTokens: 1800, cacheWriteTokens: 200, outputTokens, estimated: false, ...more },
});

describe('an answer of the Messages API', () => {
  test('streams thinking, text and tool calls', () => {
    expect(decode('anthropic', [anthropicTools.bytes]).events).toEqual([
      started,
      usage(1),
      { kind: 'thinking', text: 'Die Prüfung ' },
      { kind: 'thinking', text: 'zuerst. 🦊' },
      { kind: 'thinking-ended', signature: 'EqQBCkgI' },
      { kind: 'thinking-ended', sealed: 'c2VhbGVk' },
      { kind: 'text', text: 'Reading both files — ' },
      { kind: 'text', text: 'naïve first.' },
      { kind: 'tool-call-started', index: 0, callId: 'toolu_a', name: 'read' },
      { kind: 'tool-call-delta', index: 0, arguments: '{"path":"src/' },
      { kind: 'tool-call-delta', index: 0, arguments: 'ä.ts"}' },
      { kind: 'tool-call', index: 0, callId: 'toolu_a', name: 'read', arguments: '{"path":"src/ä.ts"}' },
      { kind: 'tool-call-started', index: 1, callId: 'toolu_b', name: 'list' },
      { kind: 'tool-call', index: 1, callId: 'toolu_b', name: 'list', arguments: '{}' },
      usage(97, { reasoningTokens: 30 }),
      { kind: 'finished', reason: 'tool-calls' },
    ]);
  });

  test('comes whole as well', () => {
    const events = readAnthropicResponse({
      id: 'msg_01',
      type: 'message',
      model: 'claude-sonnet-5-5',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 's' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: 'a', name: 'read', input: { path: 'x' } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 3, output_tokens: 4 },
    });
    expect(events.filter(({ kind }) => kind !== 'usage')).toEqual([
      started,
      { kind: 'thinking', text: 'Hm' },
      { kind: 'thinking-ended', signature: 's' },
      { kind: 'text', text: 'Hi' },
      { kind: 'tool-call-started', index: 0, callId: 'a', name: 'read' },
      { kind: 'tool-call-delta', index: 0, arguments: '{"path":"x"}' },
      { kind: 'tool-call', index: 0, callId: 'a', name: 'read', arguments: '{"path":"x"}' },
      { kind: 'finished', reason: 'tool-calls' },
    ]);
    expect(() => readAnthropicResponse('busy')).toThrow('not a message');
    expect(() =>
      readAnthropicResponse({ type: 'error', error: { type: 'overloaded_error', message: 'Busy' } }),
    ).toThrow('Busy');
  });

  test.each([
    ['end_turn', 'end'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['pause_turn', 'length'],
    ['stop_sequence', 'stop-sequence'],
    ['refusal', 'refusal'],
    ['a_new_reason', 'end'],
  ])('that stops for %s is finished by %s', (stopReason, reason) => {
    const stream = streamOf('anthropic', [
      anthropicOpening,
      { type: 'message_delta', delta: { stop_reason: stopReason }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ]);
    expect(decode('anthropic', [stream]).events.at(-1)).toEqual({ kind: 'finished', reason });
  });

  test('does not hand on a call that its length has cut short', () => {
    const frames = (stopReason: string) => [
      anthropicOpening,
      { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'a', name: 'write', input: {} } },
      { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"text":"half' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: stopReason }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ];
    const calls = (stopReason: string) =>
      decode('anthropic', [streamOf('anthropic', frames(stopReason))]).events.filter(
        ({ kind }) => kind === 'tool-call',
      );
    expect(calls('max_tokens')).toEqual([]);
    expect(calls('tool_use')).toMatchObject([{ arguments: '{"text":"half' }]);
  });

  test('that reports an error in the stream throws it', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(decode('anthropic', [streamOf('anthropic', [anthropicOpening, error])]).thrown).toMatchObject({
      kind: 'overload',
      message: 'Overloaded',
    });
  });

  test('whose end comes without a start or a reason is a cut', () => {
    for (const frames of [[anthropicOpening], []]) {
      const { events, thrown } = decode('anthropic', [streamOf('anthropic', [...frames, { type: 'message_stop' }])]);
      expect(thrown).toBeInstanceOf(StreamCut);
      expect(events.map(({ kind }) => kind)).not.toContain('finished');
    }
  });

  test.each([
    ['has ended', 0],
    ['was never begun', 9],
  ])('with arguments for a call that %s is malformed', (_, index) => {
    const frames = [
      anthropicOpening,
      { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'a', name: 'read', input: {} } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: '{' } },
    ];
    expect(decode('anthropic', [streamOf('anthropic', frames)]).thrown).toMatchObject({ kind: 'malformed' });
  });
});

describe('an error of the Messages API', () => {
  test.each<[string, number, string, string, string?]>([
    ['authentication', 401, 'authentication_error', 'invalid bearer token'],
    ['permission', 403, 'permission_error', 'Your key may not use this model.'],
    ['quota', 402, 'billing_error', 'Add credits.'],
    ['quota', 400, 'invalid_request_error', 'Your credit balance is too low to access the API.'],
    ['quota', 429, 'rate_limit_error', 'Reached.', 'contract_spend_limit_reached'],
    ['rate-limit', 429, 'rate_limit_error', 'Slow down.', 'ramp_limit_exceeded'],
    ['overload', 529, 'overloaded_error', 'Overloaded'],
    ['context-too-long', 400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'],
    ['context-too-long', 413, 'request_too_large', 'Request exceeds the maximum size'],
    ['bad-request', 400, 'invalid_request_error', 'temperature: Extra inputs are not permitted'],
    ['not-found', 404, 'not_found_error', 'model: claude-x'],
    ['server', 500, 'api_error', 'Internal server error'],
    ['timeout', 504, 'timeout_error', 'Timed out'],
  ])('is of kind %s for %i %s', (kind, status, type, message, code) => {
    const body = {
      type: 'error',
      error: { type, message, ...(code !== undefined && { details: { error_code: code } }) },
    };
    expect(readAnthropicError(status, JSON.stringify(body))).toEqual({ kind, message });
    expect(readAnthropicError(status, body)).toEqual({ kind, message });
  });

  test('without a readable body is told by its status', () => {
    expect(readAnthropicError(503, '<html>')).toEqual({ kind: 'overload', message: 'The provider answered 503.' });
    expect(readAnthropicError(undefined, null)).toEqual({ kind: 'server', message: 'The provider reported an error.' });
    expect(readAnthropicError(400, { error: { type: '__proto__', message: 1 } }).kind).toBe('bad-request');
  });

  test('is shown on one line, shortened, and without keys', () => {
    const { message } = readAnthropicError(401, {
      error: { message: `bad key sk-ant-api03-abcdefgh\nBearer eyJ0.abc123 ${'x'.repeat(900)}` },
    });
    expect(message).toMatch(/^bad key \[key\] Bearer \[key\] x+…$/);
    expect(message).toHaveLength(500);
  });
});
