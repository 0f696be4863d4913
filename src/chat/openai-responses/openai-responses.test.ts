import { describe, expect, test } from 'vitest';
import type { Conversation } from '../conversation.ts';
import { decode } from '../testing/decode.ts';
import { responsesTools, streamOf, wholeResponse } from '../testing/recordings.ts';
import {
  openAiResponses,
  readOpenAiResponsesError,
  readOpenAiResponsesResponse,
  writeOpenAiResponsesRequest,
} from './index.ts';

const started = { kind: 'started', servedModel: 'gpt-6-sol', responseId: 'resp_1' };
const ending = [
  {
    kind: 'usage',
    usage: {
      inputTokens: 221,
      cacheReadTokens: 1800,
      cacheWriteTokens: 0,
      outputTokens: 64,
      reasoningTokens: 12,
      estimated: false,
    },
  },
  { kind: 'finished', reason: 'tool-calls' },
];

describe('an answer of the Responses API', () => {
  test('streams reasoning, text and tool calls', () => {
    expect(decode('openai-responses', [responsesTools.bytes]).events).toEqual([
      started,
      { kind: 'thinking', text: 'Erst ', id: 'rs_1' },
      { kind: 'thinking', text: 'prüfen.', id: 'rs_1' },
      { kind: 'thinking', text: '\n\n', id: 'rs_1' },
      { kind: 'thinking', text: 'Dann lesen.', id: 'rs_1' },
      { kind: 'thinking-ended', id: 'rs_1', sealed: 'gAAA' },
      { kind: 'text', text: 'Reading ' },
      { kind: 'text', text: 'both. 🦊' },
      { kind: 'tool-call-started', index: 0, callId: 'call_a', name: 'read' },
      { kind: 'tool-call-started', index: 1, callId: 'call_b', name: 'list' },
      { kind: 'tool-call-delta', index: 0, arguments: '{"path":' },
      { kind: 'tool-call-delta', index: 1, arguments: '{}' },
      { kind: 'tool-call-delta', index: 0, arguments: '"src/ä.ts"}' },
      { kind: 'tool-call', index: 0, callId: 'call_a', name: 'read', arguments: '{"path":"src/ä.ts"}' },
      { kind: 'tool-call', index: 1, callId: 'call_b', name: 'list', arguments: '{}' },
      ...ending,
    ]);
  });

  test('comes whole as well', () => {
    expect(readOpenAiResponsesResponse(wholeResponse)).toEqual([
      started,
      { kind: 'thinking', text: 'Erst prüfen.\n\nDann lesen.', id: 'rs_1' },
      { kind: 'thinking-ended', id: 'rs_1', sealed: 'gAAA' },
      { kind: 'text', text: 'Reading both. 🦊' },
      { kind: 'tool-call-started', index: 0, callId: 'call_a', name: 'read' },
      { kind: 'tool-call-delta', index: 0, arguments: '{"path":"src/ä.ts"}' },
      { kind: 'tool-call', index: 0, callId: 'call_a', name: 'read', arguments: '{"path":"src/ä.ts"}' },
      { kind: 'tool-call-started', index: 1, callId: 'call_b', name: 'list' },
      { kind: 'tool-call-delta', index: 1, arguments: '{}' },
      { kind: 'tool-call', index: 1, callId: 'call_b', name: 'list', arguments: '{}' },
      ...ending,
    ]);
    expect(() => readOpenAiResponsesResponse({})).toThrow('not a response');
    expect(() => readOpenAiResponsesResponse({ ...wholeResponse, status: 'queued' })).toThrow(
      'ended the stream before',
    );
  });

  test.each([
    [{ status: 'completed' }, 'end'],
    [{ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
    [{ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'refusal'],
    [{ status: 'incomplete' }, 'length'],
    [
      { status: 'completed', output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'I cannot.' }] }] },
      'refusal',
    ],
  ])('that ends with %j is finished by %s', (ending, reason) => {
    expect(readOpenAiResponsesResponse({ model: 'm', output: [], ...ending }).at(-1)).toEqual({
      kind: 'finished',
      reason,
    });
  });

  test('does not hand on a call that its length has cut short', () => {
    const item = { type: 'function_call', call_id: 'a', name: 'write', arguments: '{"text":"ha', status: 'incomplete' };
    const kinds = (status: string) => readOpenAiResponsesResponse({ output: [item], status }).map(({ kind }) => kind);
    expect(kinds('incomplete')).not.toContain('tool-call');
    expect(kinds('completed')).toContain('tool-call');
  });

  test.each([
    [{ type: 'error', code: 'rate_limit_exceeded', message: 'Slow', param: null }, 'rate-limit'],
    [{ type: 'response.failed', response: { error: { code: 'server_error', message: 'Oops' } } }, 'server'],
    [{ type: 'response.failed', response: { error: { code: 'bio_policy', message: 'No' } } }, 'content-refused'],
    [{ type: 'response.failed', response: {} }, 'server'],
    [{ type: 'response.cancelled' }, 'cancelled'],
  ])('that reports %j in the stream throws it', (frame, kind) => {
    const stream = streamOf('openai-responses', [{ type: 'response.created', response: wholeResponse }, frame]);
    expect(decode('openai-responses', [stream]).thrown).toMatchObject({ kind });
  });

  test('with an error status is read like those of OpenAI chat', () => {
    expect(readOpenAiResponsesError(401, { error: { message: 'No key', type: 'x' } })).toEqual({
      kind: 'authentication',
      message: 'No key',
    });
  });
});

describe('a request to the Responses API', () => {
  const conversation: Conversation = {
    system: [{ text: 'Be brief.' }],
    messages: [
      {
        role: 'user',
        parts: [
          { kind: 'text', text: 'Look' },
          { kind: 'image', mediaType: 'image/png', base64: 'AA==' },
          { kind: 'document', mediaType: 'application/pdf', base64: 'BB==', name: 's.pdf' },
        ],
      },
      {
        role: 'assistant',
        parts: [
          { kind: 'thinking', text: 'Hm', id: 'rs_1', sealed: 'gAAA', maker: 'openai', model: 'gpt-6-sol' },
          { kind: 'thinking', text: 'No', signature: 's', maker: 'anthropic' },
          { kind: 'text', text: 'Loo' },
          { kind: 'text', text: 'king.' },
          { kind: 'tool-call', callId: 'a', name: 'shot', arguments: '{}' },
        ],
      },
      {
        role: 'user',
        parts: [
          {
            kind: 'tool-result',
            callId: 'a',
            parts: [
              { kind: 'text', text: 'here' },
              { kind: 'image', mediaType: 'image/png', base64: 'CC==' },
            ],
          },
        ],
      },
    ],
    tools: [{ name: 'shot', description: 'Takes a picture.', parameters: { type: 'object' } }],
    toolChoice: { kind: 'required' },
    maxOutputTokens: 5,
    effort: 'high',
    output: { kind: 'json-schema', name: 'x', schema: { type: 'object' } },
  };

  test('says everything in items and stores nothing', () => {
    const { body, lost } = writeOpenAiResponsesRequest(conversation, {
      model: 'gpt-6-sol',
      stream: true,
      cacheKey: 'k',
    });
    expect(body).toEqual({
      model: 'gpt-6-sol',
      instructions: 'Be brief.',
      input: [
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'Look' },
            { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,AA==' },
            { type: 'input_file', filename: 's.pdf', file_data: 'data:application/pdf;base64,BB==' },
          ],
        },
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'gAAA' },
        { type: 'message', role: 'assistant', content: 'Looking.' },
        { type: 'function_call', call_id: 'a', name: 'shot', arguments: '{}' },
        {
          type: 'function_call_output',
          call_id: 'a',
          output: [
            { type: 'input_text', text: 'here' },
            { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,CC==' },
          ],
        },
      ],
      tools: [
        {
          type: 'function',
          name: 'shot',
          description: 'Takes a picture.',
          parameters: { type: 'object' },
          strict: false,
        },
      ],
      tool_choice: 'required',
      max_output_tokens: 16,
      reasoning: { effort: 'high' },
      include: ['reasoning.encrypted_content'],
      text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' }, strict: false } },
      prompt_cache_key: 'k',
      store: false,
      stream: true,
    });
    expect(lost.map(({ where }) => where)).toEqual(['messages[1].parts[1]']);
  });

  test('keeps the answers of two messages in a row apart', () => {
    const said = (text: string) => ({ role: 'assistant' as const, parts: [{ kind: 'text' as const, text }] });
    const asked = { ...conversation, messages: [said('One.'), said('Two.')] };
    expect(writeOpenAiResponsesRequest(asked, { model: 'gpt-6-sol', stream: true }).body.input).toEqual([
      { type: 'message', role: 'assistant', content: 'One.' },
      { type: 'message', role: 'assistant', content: 'Two.' },
    ]);
  });

  test('reports stop sequences, which it cannot carry, and asks for summaries only when told', () => {
    const asked = { ...conversation, stop: ['x'] };
    const { body, lost } = writeOpenAiResponsesRequest(asked, { model: 'o4-mini', stream: false, summaries: true });
    expect(lost.map(({ where }) => where)).toContain('stop');
    expect(body.reasoning).toEqual({ effort: 'high', summary: 'auto' });
    // Sealed for another model.
    expect(JSON.stringify(body.input)).not.toContain('gAAA');
  });
});

describe('custom tools of a provider of the Responses API', () => {
  test('are read in its answers', () => {
    const item = { type: 'custom_tool_call', call_id: 'b', name: 'patch', namespace: 'files', input: '' };
    const call = { index: 0, callId: 'b', name: 'patch', custom: true, namespace: 'files' };
    const whole = openAiResponses.readWhole({ status: 'completed', output: [item] });
    expect(whole).toContainEqual({ kind: 'tool-call', ...call, arguments: '' });
    expect(whole).toContainEqual({ kind: 'tool-call-started', ...call });
  });

  test('are not called where the answer was cut short in their input', () => {
    const item = { type: 'custom_tool_call', call_id: 'b', name: 'patch', input: '*** Beg' };
    const kinds = openAiResponses.readWhole({ status: 'incomplete', output: [item] }).map(({ kind }) => kind);
    expect(kinds).not.toContain('tool-call');
  });
});
