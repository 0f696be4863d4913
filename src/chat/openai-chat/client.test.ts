import { describe, expect, test } from 'vitest';
import { type AnswerHead, RequestFault } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { parseSse } from '../sse.ts';
import { openAiClient, writtenStream } from '../testing/openai-client.ts';
import { openAiChat } from './index.ts';

const base = { model: 'gpt-5.6', messages: [{ role: 'user', content: 'Hi' }] };
const read = (fields: object) => openAiChat.readRequest({ ...base, ...fields });
const messagesOf = (...messages: object[]) => read({ messages }).conversation.messages;

describe('a chat completion’s request', () => {
  test('is read with its conversation, tools and settings', () => {
    const { conversation, model, stream, lost, form, cacheKey } = read({
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'developer',
          content: [{ type: 'text', text: 'Use tabs.', prompt_cache_breakpoint: { mode: 'explicit' } }],
        },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look:' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'http://a.test/i.png' } },
            { type: 'file', file: { filename: 's.pdf', file_data: 'data:application/pdf;base64,BB==' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'Hm.',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'read', arguments: '{"path":"x"}' } },
            { id: 'b', type: 'custom', custom: { name: 'patch', input: '*** Begin' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: 'text of x' },
        { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'done' }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Done.' },
            { type: 'refusal', refusal: 'No more.' },
          ],
        },
      ],
      tools: [
        { type: 'function', function: { name: 'read', description: 'Reads.', parameters: { type: 'object' } } },
        {
          type: 'custom',
          custom: { name: 'patch', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
        },
      ],
      tool_choice: { type: 'custom', custom: { name: 'patch' } },
      max_completion_tokens: 100,
      temperature: 0.5,
      top_p: 1,
      stop: 'END',
      reasoning_effort: 'xhigh',
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' }, strict: true } },
      stream: true,
      stream_options: { include_usage: true },
      prompt_cache_key: 'k',
    });
    expect(lost).toEqual([]);
    expect({ model, stream, form, cacheKey }).toEqual({
      model: 'gpt-5.6',
      stream: true,
      form: { usageChunk: true },
      cacheKey: 'k',
    });
    expect(conversation).toEqual({
      system: [{ text: 'Be brief.' }, { text: 'Use tabs.', cacheBreakpoint: true }],
      messages: [
        {
          role: 'user',
          parts: [
            { kind: 'text', text: 'Look:' },
            { kind: 'image', mediaType: 'image/png', base64: 'AA==', detail: 'low' },
            { kind: 'image-url', url: 'http://a.test/i.png' },
            { kind: 'document', mediaType: 'application/pdf', base64: 'BB==', name: 's.pdf' },
          ],
        },
        {
          role: 'assistant',
          parts: [
            { kind: 'thinking', text: 'Hm.' },
            { kind: 'tool-call', callId: 'a', name: 'read', arguments: '{"path":"x"}' },
            { kind: 'tool-call', callId: 'b', name: 'patch', arguments: '*** Begin', custom: true },
          ],
        },
        {
          role: 'user',
          parts: [
            { kind: 'tool-result', callId: 'a', parts: [{ kind: 'text', text: 'text of x' }] },
            { kind: 'tool-result', callId: 'b', parts: [{ kind: 'text', text: 'done' }] },
          ],
        },
        {
          role: 'assistant',
          parts: [
            { kind: 'text', text: 'Done.' },
            { kind: 'text', text: 'No more.' },
          ],
        },
      ],
      tools: [
        { name: 'read', description: 'Reads.', parameters: { type: 'object' } },
        { name: 'patch', parameters: {}, custom: { format: { type: 'grammar', syntax: 'lark', definition: 'x' } } },
      ],
      toolChoice: { kind: 'tool', name: 'patch' },
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 1,
      stop: ['END'],
      effort: 'max',
      output: { kind: 'json-schema', name: 'x', schema: { type: 'object' }, strict: true },
    });
  });

  test('may still have functions in place of tools', () => {
    const { conversation, form, lost } = read({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: null, function_call: { name: 'read', arguments: '{}' } },
        { role: 'function', name: 'read', content: 'A' },
      ],
      functions: [{ name: 'read' }],
      function_call: { name: 'read' },
    });
    expect(lost).toEqual([]);
    expect(form).toEqual({ functionCall: true });
    expect(conversation.tools).toEqual([{ name: 'read', parameters: { type: 'object', properties: {} } }]);
    expect(conversation.toolChoice).toEqual({ kind: 'tool', name: 'read' });
    expect(conversation.messages.slice(1)).toEqual([
      { role: 'assistant', parts: [{ kind: 'tool-call', callId: 'function_call_1', name: 'read', arguments: '{}' }] },
      {
        role: 'user',
        parts: [{ kind: 'tool-result', callId: 'function_call_1', parts: [{ kind: 'text', text: 'A' }] }],
      },
    ]);
  });

  test('keeps an instruction in the midst in its place, and says that its rank is lost', () => {
    const { conversation, lost } = read({
      messages: [...base.messages, { role: 'system', content: 'Now in French.' }],
    });
    expect(conversation.system).toEqual([]);
    expect(conversation.messages.at(-1)).toEqual({
      role: 'user',
      parts: [{ kind: 'text', text: '<system>\nNow in French.\n</system>' }],
    });
    expect(lost.map(({ where }) => where)).toEqual(['messages[1]']);
  });

  test('offers only the tools that are allowed', () => {
    const tool = (name: string) => ({ type: 'function', function: { name } });
    const { conversation } = read({
      tools: [tool('read'), tool('write')],
      tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('read')] } },
    });
    expect(conversation.tools.map(({ name }) => name)).toEqual(['read']);
    expect(conversation.toolChoice).toEqual({ kind: 'required' });
  });

  test.each([
    [{ n: 2 }, 'n'],
    [{ seed: 0 }, 'seed'],
    [{ logprobs: true }, 'logprobs'],
    [{ frequency_penalty: 0.5 }, 'frequency_penalty'],
    [{ verbosity: 'epic' }, 'verbosity'],
    [{ response_format: { type: 'json_object' } }, 'response_format'],
    [{ reasoning_effort: 'enormous' }, 'reasoning_effort'],
    [{ top_k: 5 }, 'top_k'],
    [{ 'x\r\ny': 1 }, 'body'],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0]'],
    [{ tool_choice: { type: 'web_search' } }, 'tool_choice'],
    [{ messages: [{ role: 'user', name: 'Ann', content: 'Hi' }] }, 'messages[0].name'],
    [{ messages: [{ role: 'assistant', audio: { id: 'x' } }] }, 'messages[0].audio'],
    [
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }] }] },
      'messages[0].content[0]',
    ],
    [{ messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] }, 'messages[0].content[0]'],
  ])('with %j says what is lost', (fields, where) => {
    expect(read(fields).lost.map((lost) => lost.where)).toEqual([where]);
  });

  test.each([
    { n: 1, logprobs: false, service_tier: 'auto', metadata: {}, stop: null, user: null, temperature: null },
    { max_tokens: -1, tools: [], tool_choice: 'auto', parallel_tool_calls: true, store: false },
    { frequency_penalty: 0, modalities: ['text'], verbosity: 'medium' },
  ])('with %j loses nothing', (fields) => {
    expect(read(fields).lost).toEqual([]);
  });

  test('has something stand where a part is lost', () => {
    const [message] = messagesOf({ role: 'user', content: [{ type: 'input_audio' }, { type: 'a b' }] });
    expect(message?.parts).toEqual([
      { kind: 'text', text: '[Here was a recording of sound, which could not be passed on.]' },
      { kind: 'text', text: '[Here was a part of an unknown type, which could not be passed on.]' },
    ]);
  });

  test.each([
    [null, 'The body must be an object.'],
    [[], 'The body must be an object.'],
    [{ model: 'm' }, 'messages must be a list.'],
    [{ messages: [] }, 'model must be a string that is not empty.'],
    [{ ...base, messages: [1] }, 'messages[0] must be an object.'],
    [
      { ...base, messages: [{ role: 'robot' }] },
      'messages[0].role must be "system", "developer", "user", "assistant" or "tool".',
    ],
    [{ ...base, messages: [{ role: 'user', content: 7 }] }, 'messages[0].content must be a string or a list of parts.'],
    [
      { ...base, messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text must be a string.',
    ],
    [
      { ...base, messages: [{ role: 'tool', content: 'x' }] },
      'messages[0].tool_call_id must be a string that is not empty.',
    ],
    [
      { ...base, messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'x', arguments: {} } }] }] },
      'messages[0].tool_calls[0].function.arguments must be a string.',
    ],
    [{ ...base, tools: [{ type: 'function' }] }, 'tools[0].function must be an object.'],
    [{ ...base, temperature: '1' }, 'temperature must be a number.'],
    [{ ...base, max_tokens: 0.5 }, 'max_tokens must be a whole number of at least 1.'],
    [{ ...base, stop: [1] }, 'stop[0] must be a string.'],
    [{ ...base, stream: 'yes' }, 'stream must be true or false.'],
    [{ ...base, tool_choice: 'some' }, 'tool_choice must be "auto", "none", "required" or an object.'],
  ])('%j is refused with its place', (body, message) => {
    expect(() => openAiChat.readRequest(body)).toThrow(new RequestFault(message));
  });
});

describe('a chat completion’s request that passes through', () => {
  const rewritten = (text: string, changes: object = {}) =>
    openAiChat.rewrite(text, JSON.parse(text), { model: 'gpt-5.6', ...changes });

  test('is changed only where the policy decided', () => {
    const text =
      '{ "model" : "gpt-5.6",\n "max_tokens":900, "stop": "x", "x_y": [1.0, "\\u00e9"], "reasoning_effort":"low"}';
    expect(rewritten(text, { effort: 'high', maxOutputTokens: 500 })).toEqual({
      body: text.replace('900', '500').replace('low', 'high'),
      lost: [],
    });
    expect(rewritten(text)).toEqual({ body: text, lost: [] });
    expect(rewritten(text, { model: 'llama' }).body).toBe(text.replace('gpt-5.6', 'llama'));
  });

  test.each([
    ['{"model":"a","max_tokens":10}', 'llama', '{"model":"llama","max_tokens":10}'],
    ['{"model":"a","max_tokens":10}', 'gpt-5.6', '{"model":"gpt-5.6","max_completion_tokens":10}'],
    ['{"model":"a","max_tokens":90}', 'gpt-5.6', '{"model":"gpt-5.6","max_completion_tokens":50}'],
    ['{"model":"gpt-5.6","max_tokens":90}', 'gpt-5.6', '{"model":"gpt-5.6","max_tokens":50}'],
    ['{"model":"a"}', 'gpt-5.6', '{"model":"gpt-5.6","max_completion_tokens":50}'],
    ['{"model":"a"}', 'llama', '{"model":"llama","max_tokens":50}'],
    ['{"model":"a","max_completion_tokens":null}', 'gpt-5.6', '{"model":"gpt-5.6","max_completion_tokens":50}'],
  ])('%s keeps the smaller limit for %s', (text, model, expected) => {
    expect(rewritten(text, { model, maxOutputTokens: 50 }).body).toBe(expected);
  });

  test.each([
    ['{"model":"a","reasoning_effort":"low"}', { model: 'gpt-4.1' }, '{"model":"gpt-4.1"}', ['effort']],
    ['{"model":"a"}', { model: 'gpt-4.1', effort: 'high' as const }, '{"model":"gpt-4.1"}', ['effort']],
    ['{"model":"a","reasoning_effort":"minimal"}', {}, '{"model":"gpt-5.6","reasoning_effort":"none"}', []],
    ['{"model":"a","temperature":0,"stop":null}', {}, '{"model":"gpt-5.6","stop":null}', ['temperature']],
    ['{"model":"a","temperature":0}', { model: 'gpt-4.1' }, '{"model":"gpt-4.1","temperature":0}', []],
  ])('%s with %j has only what the chosen model takes', (text, changes, body, lost) => {
    const written = rewritten(text, changes);
    expect({ ...written, lost: written.lost.map(({ where }) => where) }).toEqual({ body, lost });
  });
});

const call = { index: 0, callId: 'a', name: 'read' };
const events: readonly ChatEvent[] = [
  { kind: 'started', servedModel: 'm' },
  { kind: 'thinking', text: 'Hm.' },
  { kind: 'thinking-ended', maker: 'anthropic', signature: 's' },
  { kind: 'text', text: 'Reading' },
  { kind: 'text', text: ' both. 🦊' },
  { kind: 'tool-call-started', ...call },
  { kind: 'tool-call-started', index: 1, callId: 'b', name: 'patch' },
  { kind: 'tool-call-delta', index: 0, arguments: '{"path":' },
  { kind: 'tool-call-delta', index: 1, arguments: '{"input":"*** ' },
  { kind: 'tool-call-delta', index: 0, arguments: '"x"}' },
  { kind: 'tool-call-delta', index: 1, arguments: 'Begin"}' },
  { kind: 'tool-call', ...call, arguments: '{"path":"x"}' },
  { kind: 'tool-call', index: 1, callId: 'b', name: 'patch', arguments: '{"input":"*** Begin"}' },
  {
    kind: 'usage',
    usage: {
      inputTokens: 3,
      cacheReadTokens: 4,
      cacheWriteTokens: 1,
      outputTokens: 9,
      reasoningTokens: 2,
      estimated: false,
    },
  },
  { kind: 'finished', reason: 'tool-calls' },
];
const head: AnswerHead = {
  model: 'gpt-5.6',
  id: 'k1',
  createdAt: 1_790_000_000,
  conversation: {
    system: [],
    messages: [],
    tools: [
      { name: 'read', parameters: {} },
      { name: 'patch', parameters: {}, custom: {} },
    ],
  },
};
const finalOf = (stream: readonly Uint8Array[]) =>
  openAiClient({ stream }).chat.completions.stream({ model: 'm', messages: [] }).finalChatCompletion();

describe('a chat completion', () => {
  const usage = {
    prompt_tokens: 8,
    completion_tokens: 9,
    total_tokens: 17,
    prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
    completion_tokens_details: { reasoning_tokens: 2 },
  };
  const tool_calls = [
    { id: 'a', type: 'function', function: { name: 'read', arguments: '{"path":"x"}' } },
    { id: 'b', type: 'custom', custom: { name: 'patch', input: '*** Begin' } },
  ];
  const choice = { index: 0, finish_reason: 'tool_calls' };

  test('is streamed so that OpenAI’s client puts it together', async () => {
    const asked = { ...head, form: { usageChunk: true } };
    const completion = await finalOf([writtenStream(openAiChat.stream(asked), events)]);
    expect(completion).toMatchObject({ id: 'chatcmpl-k1', model: 'gpt-5.6', created: 1_790_000_000, usage });
    expect(completion.choices).toMatchObject([{ ...choice, message: { content: 'Reading both. 🦊', tool_calls } }]);
  });

  test('is sent whole', async () => {
    const completion = await openAiClient({ body: openAiChat.whole(events, head) }).chat.completions.create({
      model: 'm',
      messages: [],
    });
    expect(completion).toEqual({
      id: 'chatcmpl-k1',
      object: 'chat.completion',
      created: 1_790_000_000,
      model: 'gpt-5.6',
      choices: [
        {
          ...choice,
          logprobs: null,
          message: {
            role: 'assistant',
            content: 'Reading both. 🦊',
            refusal: null,
            reasoning_content: 'Hm.',
            tool_calls,
          },
        },
      ],
      usage,
    });
  });

  test('has no chunk of usage unless it was asked for, and every chunk else has a choice', () => {
    const text = new TextDecoder().decode(writtenStream(openAiChat.stream(head), events));
    expect(text).not.toContain('usage');
    expect(text).not.toContain('"choices":[]');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('calls a function in the older way where the client offered functions', async () => {
    const asked = { ...head, form: { functionCall: true }, conversation: { ...head.conversation, tools: [] } };
    const expected = { name: 'read', arguments: '{"path":"x"}' };
    expect(openAiChat.whole(events, asked)).toMatchObject({
      choices: [{ finish_reason: 'function_call', message: { function_call: expected } }],
    });
    const bytes = writtenStream(openAiChat.stream(asked), events);
    expect(new TextDecoder().decode(bytes)).not.toContain('tool_calls');
    const reader = openAiChat.readStream();
    const readBack = parseSse()
      .push(bytes)
      .flatMap((event) => reader.push(event));
    expect(readBack).toContainEqual(expect.objectContaining({ kind: 'tool-call', ...expected }));
    expect(readBack.at(-1)).toEqual({ kind: 'finished', reason: 'tool-calls' });
    const completion = await finalOf([bytes]);
    expect(completion.choices[0]?.message.function_call).toMatchObject(expected);
  });

  test('that fails makes the client throw what happened', async () => {
    const writer = openAiChat.stream(head);
    const sent = events.slice(0, 5).map((event) => writer.event(event));
    const bytes = new TextEncoder().encode(sent.join('') + writer.fail({ kind: 'cut', message: 'It was cut off.' }));
    await expect(finalOf([bytes])).rejects.toMatchObject({ message: 'It was cut off.', code: 'upstream_cut' });
  });
});
