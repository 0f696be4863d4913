import { describe, expect, test } from 'vitest';
import type { Conversation } from '../conversation.ts';
import { decode } from '../testing/decode.ts';
import { chatCall, chatChunk, chatReasoning, chatTools, streamOf } from '../testing/recordings.ts';
import { readOpenAiChatError, readOpenAiChatResponse, writeOpenAiChatRequest } from './index.ts';

const started = { kind: 'started', servedModel: 'gpt-6-sol-2026-09-01', responseId: 'chatcmpl-1' };
const usage = {
  kind: 'usage',
  usage: {
    inputTokens: 221,
    cacheReadTokens: 1800,
    cacheWriteTokens: 0,
    outputTokens: 64,
    reasoningTokens: 12,
    estimated: false,
  },
};

function eventsOf(...chunks: readonly Readonly<Record<string, unknown>>[]) {
  return decode('openai-chat', [streamOf('openai-chat', chunks)]).events;
}

describe('an answer of OpenAI chat', () => {
  test('streams interleaved tool calls, each put together', () => {
    const { events } = decode('openai-chat', [chatTools.bytes]);
    expect(events.slice(0, 3)).toEqual([
      started,
      { kind: 'text', text: 'Reading — ' },
      { kind: 'text', text: 'both. 🦊' },
    ]);
    expect(events.slice(-4)).toEqual([
      usage,
      { kind: 'tool-call', index: 0, callId: 'call_a', name: 'read', arguments: '{"path":"src/ä.ts"}' },
      { kind: 'tool-call', index: 1, callId: 'call_b', name: 'list', arguments: '{"dir":"."}' },
      { kind: 'finished', reason: 'tool-calls' },
    ]);
  });

  test('streams the reasoning of compatible servers', () => {
    expect(decode('openai-chat', [chatReasoning.bytes]).events).toEqual([
      started,
      { kind: 'thinking', text: 'Erst ' },
      { kind: 'thinking', text: 'prüfen.' },
      { kind: 'thinking-ended' },
      { kind: 'text', text: 'Done.' },
      usage,
      { kind: 'finished', reason: 'end' },
    ]);
  });

  test('comes whole as well', () => {
    const { events } = decode('openai-chat', [chatReasoning.bytes]);
    const whole = readOpenAiChatResponse({
      id: 'chatcmpl-1',
      model: 'gpt-6-sol-2026-09-01',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Done.', reasoning_content: 'Erst prüfen.' },
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 2021,
        completion_tokens: 64,
        prompt_tokens_details: { cached_tokens: 1800 },
        completion_tokens_details: { reasoning_tokens: 12 },
      },
    });
    expect(whole).toEqual([started, { kind: 'thinking', text: 'Erst prüfen.' }, ...events.slice(3)]);
    expect(() => readOpenAiChatResponse({ choices: [] })).toThrow('not a chat completion');
    expect(() => readOpenAiChatResponse({ error: { message: 'No', code: 'model_not_found' } })).toThrow('No');
  });

  test.each<[string, readonly Readonly<Record<string, unknown>>[]]>([
    [
      'whole calls all at place 0',
      [chatCall(0, { id: 'x', name: 'a', arguments: '{}' }), chatCall(0, { id: 'y', name: 'b', arguments: '{}' })],
    ],
    [
      'calls without a place',
      [
        { id: 'x', function: { name: 'a', arguments: '{' } },
        { function: { arguments: '}' } },
        { id: 'y', function: { name: 'b', arguments: {} } },
      ],
    ],
    [
      'ids repeated in every piece',
      [
        chatCall(0, { id: 'x', name: 'a', arguments: '{' }),
        chatCall(1, { id: 'y', name: 'b', arguments: '{' }),
        chatCall(0, { id: 'x', name: 'a', arguments: '}' }),
        chatCall(1, { id: 'y', arguments: '}' }),
      ],
    ],
  ])('of a server that sends %s is understood', (_, pieces) => {
    const events = eventsOf(...pieces.map((piece) => chatChunk({ tool_calls: [piece] })), chatChunk({}, 'stop'));
    expect(events.slice(-3)).toEqual([
      { kind: 'tool-call', index: 0, callId: 'x', name: 'a', arguments: '{}' },
      { kind: 'tool-call', index: 1, callId: 'y', name: 'b', arguments: '{}' },
      { kind: 'finished', reason: 'tool-calls' },
    ]);
  });

  test('with a call without an id, or the same id twice, gets ids of its own', () => {
    const events = eventsOf(
      chatChunk({
        tool_calls: [
          chatCall(0, { name: 'a', arguments: '{}' }),
          chatCall(1, { id: 'x', name: 'b' }),
          chatCall(2, { id: 'x', name: 'c' }),
        ],
      }),
      chatChunk({}, 'tool_calls'),
    );
    const ids = events.flatMap((event) => (event.kind === 'tool-call' ? [event.callId] : []));
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  });

  test.each([
    ['stop', { content: 'x' }, 'end'],
    ['length', { content: 'x' }, 'length'],
    ['content_filter', { content: 'x' }, 'refusal'],
    ['stop', { refusal: 'I cannot.' }, 'refusal'],
    ['a_new_reason', { content: 'x' }, 'end'],
  ])('that stops for %s after %j is finished by %s', (finishReason, delta, reason) => {
    expect(eventsOf(chatChunk(delta), chatChunk({}, finishReason)).at(-1)).toEqual({ kind: 'finished', reason });
  });

  test('does not hand on a call that its length has cut short', () => {
    const half = chatCall(0, { id: 'x', name: 'a', arguments: '{"te' });
    expect(eventsOf(chatChunk({ tool_calls: [half] }, 'length')).map(({ kind }) => kind)).toEqual([
      'started',
      'tool-call-started',
      'tool-call-delta',
      'finished',
    ]);
  });

  test.each([
    [{ error: { message: 'Overloaded', code: 503 } }, 'overload'],
    [{ error: { message: 'No', type: 'insufficient_quota' } }, 'quota'],
    [{ error: 'out of memory' }, 'server'],
    [{ choices: [{ index: 0, delta: {}, finish_reason: 'error' }] }, 'server'],
  ])('that reports %j in the stream throws it', (chunk, kind) => {
    const { thrown } = decode('openai-chat', [streamOf('openai-chat', [chatChunk({ content: 'x' }), chunk])]);
    expect(thrown).toMatchObject({ kind });
  });
});

describe('an error in the dialect of OpenAI', () => {
  test.each<[string, number, object | string]>([
    ['context-too-long', 400, { error: { message: 'too long', code: 'context_length_exceeded' } }],
    ['context-too-long', 400, { error: { message: "This model's maximum context length is 8192 tokens", code: null } }],
    ['context-too-long', 500, { error: { message: 'the request exceeds the available context size', type: 'server' } }],
    ['quota', 429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }],
    ['rate-limit', 429, { error: { message: 'Rate limit reached', code: 'rate_limit_exceeded', type: 'tokens' } }],
    ['authentication', 401, { error: { message: 'Incorrect API key', code: 'invalid_api_key' } }],
    ['not-found', 404, { error: { message: 'no such model', code: 'model_not_found' } }],
    ['not-found', 404, { error: 'model "x" not found' }],
    ['content-refused', 400, { error: { message: 'filtered', code: 'content_filter' } }],
    ['server', 500, { error: { message: 'oops', type: 'server_error' } }],
    ['overload', 503, { error: { message: 'busy', type: 'x' } }],
    ['bad-request', 422, { detail: 'Field required' }],
    ['rate-limit', 429, [{ error: { message: 'Resource exhausted', code: 429 } }]],
    ['bad-request', 400, 'nonsense'],
  ])('is of kind %s for %i %j', (kind, status, body) => {
    expect(readOpenAiChatError(status, body).kind).toBe(kind);
    expect(readOpenAiChatError(status, typeof body === 'string' ? body : JSON.stringify(body)).kind).toBe(kind);
  });

  test("says the server's sentence wherever it stands", () => {
    expect(readOpenAiChatError(404, { error: 'model "x" not found' }).message).toBe('model "x" not found');
    expect(readOpenAiChatError(422, { detail: 'Field required' }).message).toBe('Field required');
    expect(readOpenAiChatError(422, { detail: [] }).message).toBe('The provider answered 422.');
  });
});

describe('a request to OpenAI chat', () => {
  const question: Conversation = {
    system: [{ text: 'a' }, { text: ' ' }, { text: 'b' }],
    messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }],
    tools: [],
  };

  test('is plain where it can be, for servers that lag', () => {
    const { body, lost } = writeOpenAiChatRequest(
      { ...question, maxOutputTokens: 9, stop: ['x'], temperature: 0.5, effort: 'minimal' },
      { model: 'qwen3-coder', stream: false, maxTokensField: 'max_tokens' },
    );
    expect(body).toEqual({
      model: 'qwen3-coder',
      messages: [
        { role: 'system', content: 'a\n\nb' },
        { role: 'user', content: 'Hi' },
      ],
      max_tokens: 9,
      temperature: 0.5,
      stop: ['x'],
      stream: false,
    });
    expect(lost).toEqual([{ where: 'effort', what: 'effort "minimal", which this model cannot be told' }]);
  });

  test.each([
    ['gpt-6-sol', 'max', 'max'],
    ['gpt-5.6-luna', 'none', 'none'],
    ['gpt-5.4-mini', 'max', 'high'],
    ['openai/gpt-5.4-mini', 'minimal', 'none'],
    ['gpt-5-mini', 'none', 'minimal'],
    ['o4-mini', 'none', 'low'],
    ['gpt-4.1', 'high', undefined],
    ['gemini-3.8-flash', 'max', 'high'],
  ] as const)('to %s says effort %s as %s', (model, effort, said) => {
    const { body, lost } = writeOpenAiChatRequest({ ...question, effort }, { model, stream: true });
    expect(body.reasoning_effort).toBe(said);
    expect(lost).toHaveLength(said === undefined ? 1 : 0);
  });

  test('reports what a model that reasons refuses', () => {
    const asked = { ...question, temperature: 1, stop: ['x'] };
    const { body, lost } = writeOpenAiChatRequest(asked, { model: 'gpt-6-sol', stream: true });
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('stop');
    expect(lost.map(({ where }) => where)).toEqual(['temperature', 'stop']);
  });

  test('moves images of tool results behind all results, and returns reasoning only where it is wanted', () => {
    const conversation: Conversation = {
      ...question,
      messages: [
        {
          role: 'assistant',
          parts: [
            { kind: 'thinking', text: 'Hm', maker: 'deepseek' },
            { kind: 'text', text: 'Loo' },
            { kind: 'text', text: 'king' },
            { kind: 'tool-call', callId: 'a', name: 'shot', arguments: '' },
            { kind: 'tool-call', callId: 'b', name: 'shot', arguments: '{}' },
          ],
        },
        {
          role: 'user',
          parts: [
            { kind: 'tool-result', callId: 'a', parts: [{ kind: 'image', mediaType: 'image/png', base64: 'AA==' }] },
            { kind: 'tool-result', callId: 'b', failed: true, parts: [{ kind: 'text', text: 'no' }] },
            { kind: 'text', text: 'so?' },
          ],
        },
      ],
    };
    const options = { model: 'deepseek-flash', stream: false, returnsReasoningOf: 'deepseek' };
    const { body, lost } = writeOpenAiChatRequest(conversation, options);
    const call = (id: string) => ({ id, type: 'function', function: { name: 'shot', arguments: '{}' } });
    expect(body.messages.slice(1)).toEqual([
      { role: 'assistant', content: 'Looking', reasoning_content: 'Hm', tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'a', content: '[An image follows below.]' },
      { role: 'tool', tool_call_id: 'b', content: 'The tool failed.\nno' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'The image in the result of call a:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        ],
      },
      { role: 'user', content: 'so?' },
    ]);
    expect(lost).toEqual([]);
    const without = writeOpenAiChatRequest(conversation, { model: 'gpt-4.1', stream: false });
    expect(JSON.stringify(without.body)).not.toContain('Hm');
    expect(without.lost).toMatchObject([{ where: 'messages[0].parts[0]' }]);
  });

  test('keeps the answers of two messages in a row apart', () => {
    const said = (text: string) => ({ role: 'assistant' as const, parts: [{ kind: 'text' as const, text }] });
    const conversation = { ...question, messages: [...question.messages, said('One.'), said('Two.')] };
    const { body } = writeOpenAiChatRequest(conversation, { model: 'gpt-4.1', stream: true });
    expect(body.messages.at(-1)).toEqual({ role: 'assistant', content: 'One.\n\nTwo.' });
  });

  test('names a tool that must be called, a schema and a cache key', () => {
    const { body } = writeOpenAiChatRequest(
      {
        ...question,
        tools: [{ name: 'read', parameters: undefined }],
        toolChoice: { kind: 'tool', name: 'read' },
        output: { kind: 'json-schema', name: 'my schema', schema: { type: 'object' }, strict: true },
      },
      { model: 'gpt-6-sol', stream: true, cacheKey: 'k', systemRole: 'developer' },
    );
    expect(body).toMatchObject({
      messages: [{ role: 'developer' }, { role: 'user' }],
      tools: [{ type: 'function', function: { name: 'read', parameters: { type: 'object', properties: {} } } }],
      tool_choice: { type: 'function', function: { name: 'read' } },
      response_format: { type: 'json_schema', json_schema: { name: 'my_schema', strict: true } },
      prompt_cache_key: 'k',
      stream_options: { include_usage: true },
    });
  });
});
