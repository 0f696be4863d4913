import { describe, expect, test } from 'vitest';
import { RequestFault } from '../dialect.ts';
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
