import { describe, expect, test } from 'vitest';
import { RequestFault } from '../dialect.ts';
import { writeSeal } from '../sealed-thinking.ts';
import { anthropicMessages, writeAnthropicRequest } from './index.ts';

const read = (body: object) => anthropicMessages.readRequest({ model: 'claude-sonnet-5-5', max_tokens: 100, ...body });
const user = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });
const assistant = (...content: unknown[]) => ({ messages: [{ role: 'assistant', content }] });
const hi = { messages: [{ role: 'user', content: 'Hi' }] };
const citing = { citations: { enabled: true } };
const ephemeral = { cache_control: { type: 'ephemeral' } };
const png = { type: 'base64', media_type: 'image/png', data: 'AAAA' };

describe('a request of the Messages API', () => {
  test('is read with all that a conversation holds', () => {
    const { conversation, ...rest } = read({
      stream: true,
      system: [{ type: 'text', text: 'Be brief.', ...ephemeral }],
      messages: [
        { role: 'user', content: 'Look.' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'EqQB' },
            { type: 'text', text: 'Looking.' },
            { type: 'tool_use', id: 'toolu_a', name: 'read', input: { path: 'ä' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_a', content: [{ type: 'image', source: png }], is_error: true },
            { type: 'text', text: 'And?', ...ephemeral },
          ],
        },
      ],
      tools: [{ name: 'read', description: 'Reads.', input_schema: { type: 'object' }, ...ephemeral }],
      tool_choice: { type: 'tool', name: 'read' },
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ['END'],
      output_config: { effort: 'xhigh', format: { type: 'json_schema', schema: { type: 'object' } } },
      metadata: { user_id: 'user_1_account_2_session_0f8fad5b-d9cb-469f-a165-70867728950e' },
    });
    expect(conversation).toEqual({
      system: [{ text: 'Be brief.', cacheBreakpoint: true }],
      messages: [
        { role: 'user', parts: [{ kind: 'text', text: 'Look.' }] },
        {
          role: 'assistant',
          parts: [
            { kind: 'thinking', text: 'Hm', signature: 'EqQB', maker: 'anthropic' },
            { kind: 'text', text: 'Looking.' },
            { kind: 'tool-call', callId: 'toolu_a', name: 'read', arguments: '{"path":"ä"}' },
          ],
        },
        {
          role: 'user',
          parts: [
            {
              kind: 'tool-result',
              callId: 'toolu_a',
              parts: [{ kind: 'image', mediaType: 'image/png', base64: 'AAAA' }],
              failed: true,
            },
            { kind: 'text', text: 'And?', cacheBreakpoint: true },
          ],
        },
      ],
      tools: [{ name: 'read', description: 'Reads.', parameters: { type: 'object' }, cacheBreakpoint: true }],
      toolChoice: { kind: 'tool', name: 'read' },
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      stop: ['END'],
      effort: 'max',
      output: { kind: 'json-schema', name: 'answer', schema: { type: 'object' } },
    });
    expect(rest).toEqual({
      model: 'claude-sonnet-5-5',
      stream: true,
      lost: [{ where: 'metadata', what: 'notes for the provider’s records' }],
      cacheKey: '0f8fad5b-d9cb-469f-a165-70867728950e',
    });
  });

  test('comes back as it was when it is written for the same dialect', () => {
    const body = {
      model: 'claude-haiku-5-5',
      max_tokens: 100,
      tools: [{ name: 'read', description: 'Reads.', input_schema: { type: 'object' as const }, ...ephemeral }],
      tool_choice: { type: 'auto' },
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look.', ...ephemeral },
            { type: 'image', source: png },
            { type: 'image', source: { type: 'url', url: 'https://a.test/i.png' } },
            { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }, title: 'P' },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße 🦊' }, title: 'T' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'EqQB' },
            { type: 'redacted_thinking', data: 'c2Vh' },
            { type: 'tool_use', id: 'toolu_a', name: 'read', input: { path: 'ä' } },
          ],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'toolu_a', content: [{ type: 'text', text: 'x' }] }],
        },
      ],
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
      stop_sequences: ['END'],
      stream: true,
    };
    const { conversation, model, stream, lost } = anthropicMessages.readRequest(body);
    expect(lost).toEqual([]);
    expect(writeAnthropicRequest(conversation, { model, stream })).toEqual({ body, lost: [] });
  });

  test.each<[string, object, unknown]>([
    ['a string is text', hi, { kind: 'text', text: 'Hi' }],
    [
      'an image by its address',
      user({ type: 'image', source: { type: 'url', url: 'u' } }),
      { kind: 'image-url', url: 'u' },
    ],
    [
      'a document of text',
      user({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hé' }, title: 'T' }),
      { kind: 'document', mediaType: 'text/plain', base64: 'aMOp', name: 'T' },
    ],
    [
      'a document of blocks',
      user({ type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'a' }] } }),
      { kind: 'text', text: 'a' },
    ],
    [
      'a result of text',
      user({ type: 'tool_result', tool_use_id: 'a', content: 'Done', ...ephemeral }),
      { kind: 'tool-result', callId: 'a', parts: [{ kind: 'text', text: 'Done' }], cacheBreakpoint: true },
    ],
    [
      'a result of nothing',
      user({ type: 'tool_result', tool_use_id: 'a' }),
      { kind: 'tool-result', callId: 'a', parts: [] },
    ],
    [
      'sealed thinking of Anthropic',
      assistant({ type: 'redacted_thinking', data: 'c2Vh' }),
      { kind: 'thinking', text: '', sealed: 'c2Vh', maker: 'anthropic' },
    ],
    [
      'thinking of another maker',
      assistant({
        type: 'thinking',
        thinking: 'x',
        signature: writeSeal({ maker: 'openai', model: 'm', sealed: 's', id: 'i' }),
      }),
      { kind: 'thinking', text: 'x', maker: 'openai', model: 'm', sealed: 's', id: 'i' },
    ],
    [
      'thinking of nobody',
      assistant({ type: 'thinking', thinking: 'x', signature: '' }),
      { kind: 'thinking', text: 'x' },
    ],
    ['a summary', assistant({ type: 'compaction', content: 'So far.' }), { kind: 'text', text: 'So far.' }],
  ])('%s', (_, body, part) => {
    expect(read(body).conversation.messages[0]?.parts[0]).toEqual(part);
  });

  test('is read or refused, however deep it is nested', () => {
    let block: unknown = { type: 'text', text: 'x' };
    for (let level = 0; level < 50_000; level++)
      block = { type: 'document', source: { type: 'content', content: [block] } };
    expect(read(user(block)).lost).toMatchObject([{ where: 'messages[0].content[0].source.content[0]' }]);
    expect(() => read(assistant({ type: 'tool_use', id: 'a', name: 'b', input: nested(50_000) }))).toThrow(
      RequestFault,
    );
  });

  test('with instructions in its midst has them where they stood', () => {
    const { conversation, lost } = read({
      messages: [...hi.messages, { role: 'system', content: [{ type: 'text', text: 'Now in French.' }] }],
    });
    expect(conversation.messages[1]).toEqual({
      role: 'user',
      parts: [{ kind: 'text', text: '<system>\nNow in French.\n</system>' }],
    });
    expect(lost).toMatchObject([{ where: 'messages[1]' }]);
  });

  test.each<[string, object, string]>([
    [
      'a tool that the provider runs',
      { ...hi, tools: [{ type: 'web_search_20260318', name: 'web_search' }] },
      'tools[0]',
    ],
    ['a toolset of the provider', { ...hi, tools: [{ type: 'mcp_toolset', mcp_server_name: 'x' }] }, 'tools[0]'],
    [
      'what a server tool did',
      assistant({ type: 'server_tool_use', id: 'a', name: 'web_search', input: {} }),
      'messages[0].content[0]',
    ],
    [
      'what a server answered',
      assistant({ type: 'mcp_tool_result', tool_use_id: 'a', content: [] }),
      'messages[0].content[0]',
    ],
    ['an image in a file', user({ type: 'image', source: { type: 'file', file_id: 'f' } }), 'messages[0].content[0]'],
    [
      'a document by its address',
      user({ type: 'document', source: { type: 'url', url: 'u' } }),
      'messages[0].content[0]',
    ],
    [
      'the wish for citations of a document',
      user({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a' }, ...citing }),
      'messages[0].content[0].citations',
    ],
    [
      'that wish in the result of a tool',
      user({
        type: 'tool_result',
        tool_use_id: 'a',
        content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a' }, ...citing }],
      }),
      'messages[0].content[0].content[0].citations',
    ],
    ['a block yet to come', user({ type: '<b>' }), 'messages[0].content[0]'],
    ['servers of tools', { ...hi, mcp_servers: [{ type: 'url', url: 'u', name: 'n' }] }, 'mcp_servers'],
    ['a field yet to come', { ...hi, new_thing: { a: 1 } }, 'new_thing'],
  ])('reports %s, which other dialects have not', (_, body, where) => {
    const { lost } = read(body);
    expect(lost.map((one) => one.where)).toEqual([where]);
    expect(lost[0]?.what).not.toContain('<b>');
  });

  test.each<[object, string | undefined]>([
    [{}, undefined],
    [{ thinking: { type: 'adaptive' } }, undefined],
    [{ thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } }, 'medium'],
    [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, 'low'],
    [{ thinking: { type: 'enabled', budget_tokens: 10_000 } }, 'medium'],
    [{ thinking: { type: 'enabled', budget_tokens: 31_999 } }, 'high'],
    [{ thinking: { type: 'enabled', budget_tokens: 40_000 } }, 'max'],
    [{ thinking: { type: 'disabled' }, output_config: { effort: 'high' } }, 'none'],
    [{ thinking: { type: 'between_tools' } }, 'none'],
    [{ output_config: { effort: 'vast' } }, undefined],
  ])('with %j asks for effort %s', (body, effort) => {
    expect(read({ ...hi, ...body }).conversation.effort).toBe(effort);
  });

  test('that is to be cached as a whole has its breakpoint at the end', () => {
    const { conversation } = read({ ...hi, ...ephemeral });
    expect(conversation.messages.at(-1)?.parts).toEqual([{ kind: 'text', text: 'Hi', cacheBreakpoint: true }]);
  });

  test.each<[unknown, string]>([
    [null, 'The body'],
    [[], 'The body'],
    [{ model: 7, ...hi }, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: [] }, 'messages'],
    [{ model: 'm', messages: [null] }, 'messages[0]'],
    [{ model: 'm', messages: [{ role: 'tool', content: '' }] }, 'messages[0].role'],
    [{ model: 'm', ...user('x') }, 'messages[0].content[0]'],
    [{ model: 'm', ...user({ type: 'text' }) }, 'messages[0].content[0].text'],
    [{ model: 'm', ...user({ type: 'image' }) }, 'messages[0].content[0].source'],
    [{ model: 'm', ...user({ type: 'tool_result' }) }, 'messages[0].content[0].tool_use_id'],
    [{ model: 'm', ...assistant({ type: 'tool_use', id: 'a' }) }, 'messages[0].content[0].name'],
    [{ model: 'm', ...hi, max_tokens: 0 }, 'max_tokens'],
    [{ model: 'm', ...hi, tools: {} }, 'tools'],
    [{ model: 'm', ...hi, tools: [{ name: 'a', input_schema: nested(200) }] }, 'tools[0].input_schema'],
    [{ model: 'm', ...hi, thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    [{ model: 'm', ...hi, tool_choice: { type: 'x' } }, 'tool_choice.type'],
  ])('that is none is refused: %j', (body, where) => {
    const fault = (() => {
      try {
        return anthropicMessages.readRequest(body);
      } catch (error) {
        return error;
      }
    })();
    expect(fault).toBeInstanceOf(RequestFault);
    expect((fault as Error).message).toContain(`${where} must be`);
  });
});

function nested(levels: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}
