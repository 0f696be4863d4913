import { describe, expect, test } from 'vitest';
import type { Conversation, Effort, Message } from '../conversation.ts';
import { writeAnthropicRequest } from './index.ts';

const question: Conversation = {
  system: [],
  messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }],
  tools: [{ name: 'read', parameters: { type: 'object' } }],
};

function write(conversation: Partial<Conversation>, model = 'claude-sonnet-5-5', version?: string) {
  return writeAnthropicRequest(
    { ...question, ...conversation },
    { model, stream: true, ...(version !== undefined && { version }) },
  );
}

describe('a request to the Messages API', () => {
  test.each<[string, Effort | undefined, object | undefined, string | undefined]>([
    ['claude-opus-5-5', undefined, { type: 'adaptive', display: 'summarized' }, undefined],
    ['claude-opus-5-5', 'none', undefined, 'low'],
    ['claude-opus-5.5', 'max', { type: 'adaptive', display: 'summarized' }, 'max'],
    ['anthropic/claude-sonnet-5.5', 'none', { type: 'between_tools' }, 'low'],
    ['claude-haiku-5-5', 'none', { type: 'disabled' }, 'low'],
    ['us.anthropic.claude-haiku-5-5-v1:0', 'minimal', { type: 'adaptive', display: 'summarized' }, 'low'],
    ['claude-opus-5', 'none', { type: 'disabled' }, 'low'],
    ['claude-opus-4-8', undefined, undefined, undefined],
    ['claude-opus-4-8', 'high', { type: 'adaptive', display: 'summarized' }, 'high'],
    ['claude-haiku-4-5-20251001', 'high', undefined, undefined],
    ['claude-haiku-4-5', 'none', undefined, undefined],
    ['deepseek-flash', 'high', undefined, undefined],
  ])('%s at effort %s', (model, effort, thinking, level) => {
    const { body } = write(effort === undefined ? {} : { effort }, model);
    expect(body.thinking).toEqual(thinking);
    expect(body.output_config?.effort).toBe(level);
  });

  test.each<[string, string, object, object | undefined]>([
    ['claude-opus-5-5', 'refuses a demand', { type: 'auto' }, { type: 'adaptive', display: 'summarized' }],
    ['claude-opus-5', 'takes it with thinking off', { type: 'any' }, { type: 'disabled' }],
    ['claude-haiku-4-5', 'takes it', { type: 'any' }, undefined],
  ])('%s %s for a tool call', (model, _, choice, thinking) => {
    const { body, lost } = write({ toolChoice: { kind: 'required' } }, model);
    expect(body.tool_choice).toEqual(choice);
    expect(body.thinking).toEqual(thinking);
    expect(lost).toHaveLength(model === 'claude-opus-5-5' ? 1 : 0);
  });

  test('with thinking off, the highest effort is not asked for', () => {
    const { body } = write({ toolChoice: { kind: 'required' }, effort: 'max' }, 'claude-opus-5');
    expect(body).toMatchObject({ thinking: { type: 'disabled' }, output_config: { effort: 'high' } });
  });

  test('temperature goes only to an older version with a model that has it, and not beside top_p', () => {
    const sampling = { temperature: 1.4, topP: 0.9 };
    expect(write(sampling).body).not.toHaveProperty('temperature');
    expect(write(sampling, 'claude-haiku-4-5', '2026-10-21').body).not.toHaveProperty('temperature');
    expect(write(sampling, 'claude-opus-5', '2023-06-01').body).not.toHaveProperty('temperature');
    expect(write(sampling, 'claude-haiku-4-5', '2023-06-01').body).toMatchObject({ temperature: 1 });
    expect(write(sampling, 'claude-haiku-4-5', '2023-06-01').body).not.toHaveProperty('top_p');
    expect(write({ topP: 0.9 }, 'other', '2023-06-01').body).toMatchObject({ top_p: 0.9 });
  });

  test('keeps the last four cache breakpoints and reports the others', () => {
    const messages: Message[] = [1, 2, 3].map((number) => ({
      role: 'user',
      parts: [{ kind: 'text', text: `part ${number}`, cacheBreakpoint: true }],
    }));
    const { body, lost } = write({
      messages,
      system: [{ text: 'a', cacheBreakpoint: true }],
      tools: [{ name: 'read', parameters: {}, cacheBreakpoint: true }],
    });
    expect(lost).toEqual([{ where: 'tools[0]', what: 'a cache breakpoint beyond the last 4' }]);
    expect(body.tools?.[0]).not.toHaveProperty('cache_control');
    expect(body.system).toEqual([{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }]);
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4);
  });

  test("gives the maker's thinking back as it was, and leaves out others'", () => {
    const { body, lost } = write({
      messages: [
        ...question.messages,
        {
          role: 'assistant',
          parts: [
            { kind: 'thinking', text: 'mine', signature: 's', maker: 'anthropic', model: 'claude-sonnet-5-5' },
            { kind: 'thinking', text: '', sealed: 'x', maker: 'anthropic' },
            { kind: 'thinking', text: 'of another model', signature: 's', maker: 'anthropic', model: 'claude-opus-5' },
            { kind: 'thinking', text: 'of another maker', sealed: 'y', id: 'rs', maker: 'openai' },
            { kind: 'thinking', text: 'of nobody', signature: 's' },
            { kind: 'thinking', text: 'unsigned', maker: 'anthropic' },
            { kind: 'text', text: 'Hello' },
          ],
        },
        { role: 'user', parts: [{ kind: 'text', text: 'more' }] },
      ],
    });
    expect(body.messages[1]?.content).toEqual([
      { type: 'thinking', thinking: 'mine', signature: 's' },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'text', text: 'Hello' },
    ]);
    expect(lost.map(({ where }) => where)).toEqual([2, 3, 4, 5].map((part) => `messages[1].parts[${part}]`));
  });

  test('answers calls in order: results first, missing ones made up, strays as text', () => {
    const call = (callId: string) => ({ kind: 'tool-call' as const, callId, name: 'read', arguments: '{}' });
    const result = (callId: string, text: string) => ({
      kind: 'tool-result' as const,
      callId,
      parts: [{ kind: 'text' as const, text }],
    });
    const { body, lost } = write({
      messages: [
        { role: 'user', parts: [{ kind: 'text', text: 'go' }] },
        { role: 'assistant', parts: [call('a.1'), call('a_1'), call('c')] },
        { role: 'user', parts: [{ kind: 'text', text: 'note' }, result('a_1', 'two'), result('zz', 'stray')] },
        { role: 'user', parts: [{ ...result('a.1', 'one'), failed: true }] },
      ],
    });
    expect(body.messages[1]?.content).toMatchObject([{ id: 'a_1' }, { id: 'a_1_2' }, { id: 'c' }]);
    expect(body.messages[2]?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'a_1_2', content: [{ type: 'text', text: 'two' }] },
      { type: 'tool_result', tool_use_id: 'a_1', content: [{ type: 'text', text: 'one' }], is_error: true },
      {
        type: 'tool_result',
        tool_use_id: 'c',
        content: [{ type: 'text', text: 'No result of this call of read was recorded.' }],
        is_error: true,
      },
      { type: 'text', text: 'note' },
      { type: 'text', text: 'The result of an earlier tool call:' },
      { type: 'text', text: 'stray' },
    ]);
    expect(lost.map(({ where }) => where)).toEqual(['messages[2].parts[2]', 'messages[1].parts[2]']);
  });

  test('carries images and documents, and says so where it cannot', () => {
    const { body, lost } = write({
      messages: [
        {
          role: 'user',
          parts: [
            { kind: 'image', mediaType: 'image/png', base64: 'AAAA' },
            { kind: 'image-url', url: 'data:image/webp;base64,BBBB' },
            { kind: 'image-url', url: 'https://a.test/i.png' },
            { kind: 'image-url', url: 'http://a.test/i.png' },
            { kind: 'document', mediaType: 'application/pdf', base64: 'CCCC', name: 'spec.pdf' },
            { kind: 'document', mediaType: 'text/csv', base64: btoa('a,b') },
            { kind: 'document', mediaType: 'text/plain', base64: btoa('\xff\xfe'), name: 'latin.txt' },
            { kind: 'document', mediaType: 'application/zip', base64: 'DDDD', name: 'x.zip' },
          ],
        },
      ],
    });
    expect(body.messages[0]?.content).toEqual([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'BBBB' } },
      { type: 'image', source: { type: 'url', url: 'https://a.test/i.png' } },
      { type: 'text', text: '[An image could not be passed on.]' },
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'CCCC' },
        title: 'spec.pdf',
      },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
      { type: 'text', text: '[A document named "latin.txt" of type text/plain could not be passed on.]' },
      { type: 'text', text: '[A document named "x.zip" of type application/zip could not be passed on.]' },
    ]);
    expect(lost.map(({ where }) => where)).toEqual([3, 6, 7].map((part) => `messages[0].parts[${part}]`));
  });

  test('an opening by the assistant and an answer begun are reported and set right', () => {
    const { body, lost } = write({ messages: [{ role: 'assistant', parts: [{ kind: 'text', text: 'So' }] }] });
    expect(body.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(lost).toHaveLength(2);
  });

  test('asks for JSON by schema, with stop sequences and a limit', () => {
    const { body } = write({
      output: { kind: 'json-schema', name: 'x', schema: { type: 'object' } },
      stop: ['END', ' '],
      maxOutputTokens: 7,
    });
    expect(body).toMatchObject({
      output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
      stop_sequences: ['END'],
      max_tokens: 7,
    });
    expect(write({}).body.max_tokens).toBe(32_000);
  });
});
