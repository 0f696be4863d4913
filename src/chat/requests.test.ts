import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeAnthropicRequest } from './anthropic/index.ts';
import type { Conversation, Message } from './conversation.ts';
import type { Lost } from './events.ts';
import { writeGeminiRequest } from './gemini/index.ts';
import { writeOpenAiChatRequest } from './openai-chat/index.ts';
import { writeOpenAiResponsesRequest } from './openai-responses/index.ts';
import { anyConversation } from './testing/conversations.ts';
import { type Fields, fieldsOf, listOf, textOf } from './untrusted.ts';

const goodId = /^[A-Za-z0-9_-]{1,64}$/;

/** The body as it goes over the wire: what is undefined is not there. */
function wire(body: unknown): Fields {
  return fieldsOf(JSON.parse(JSON.stringify(body)));
}

function everyObject(value: unknown): Fields[] {
  if (Array.isArray(value)) return value.flatMap(everyObject);
  if (typeof value !== 'object' || value === null) return [];
  return [fieldsOf(value), ...Object.values(value).flatMap(everyObject)];
}

function checkTools(names: readonly string[], choice: unknown): void {
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(goodId);
  if (names.length === 0) expect(choice).toBeUndefined();
}

function checkAnthropic(body: Fields): void {
  const messages = listOf(body['messages']).map(fieldsOf);
  const blocksOf = (message: Fields | undefined) => listOf(message?.['content']).map(fieldsOf);
  expect(messages.map(({ role }) => role)).toEqual(
    messages.map((_, index) => (index % 2 === 0 ? 'user' : 'assistant')),
  );
  expect(messages.at(-1)?.['role']).toBe('user');
  const ids: string[] = [];
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message);
    expect(blocks.length).toBeGreaterThan(0);
    const calls = blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => textOf(id));
    ids.push(...calls);
    for (const { input } of blocks.filter(({ type }) => type === 'tool_use')) {
      expect(typeof input === 'object' && input !== null && !Array.isArray(input)).toBe(true);
    }
    if (message['role'] === 'assistant') {
      const next = blocksOf(messages[index + 1]);
      const results = next.filter(({ type }) => type === 'tool_result');
      expect(results.map(({ tool_use_id }) => tool_use_id).sort()).toEqual([...calls].sort());
      expect(next.slice(0, results.length)).toEqual(results);
    } else if (index === 0) {
      expect(blocks.some(({ type }) => type === 'tool_result')).toBe(false);
    }
  }
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(goodId);
  for (const block of everyObject([body['messages'], body['system'] ?? []])) {
    if (block['type'] === 'text' && typeof block['text'] === 'string') expect(block['text'].trim()).not.toBe('');
    if (block['type'] === 'thinking') expect(textOf(block['signature'])).not.toBe('');
    if (block['type'] === 'redacted_thinking') expect(textOf(block['data'])).not.toBe('');
  }
  expect(everyObject(body).filter(({ cache_control }) => cache_control !== undefined).length).toBeLessThanOrEqual(4);
  for (const sequence of listOf(body['stop_sequences'])) expect(textOf(sequence).trim()).not.toBe('');
  for (const tool of listOf(body['tools']).map(fieldsOf)) expect(fieldsOf(tool['input_schema'])['type']).toBe('object');
  checkTools(
    listOf(body['tools']).map((tool) => textOf(fieldsOf(tool)['name'])),
    body['tool_choice'],
  );
  expect(body).not.toHaveProperty('temperature');
  expect(body).not.toHaveProperty('top_p');
  // The 5.5 models refuse these.
  expect(['any', 'tool']).not.toContain(fieldsOf(body['tool_choice'])['type']);
  expect(fieldsOf(body['thinking'])['type']).not.toBe('disabled');
  if (fieldsOf(body['thinking'])['type'] === 'between_tools') {
    expect(['low', 'medium', 'high', undefined]).toContain(fieldsOf(body['output_config'])['effort']);
  }
}

function checkChat(body: Fields): void {
  let open: string[] = [];
  const ids: string[] = [];
  for (const message of listOf(body['messages']).map(fieldsOf)) {
    if (message['role'] === 'tool') {
      const id = textOf(message['tool_call_id']);
      expect(open).toContain(id);
      open = open.filter((other) => other !== id);
      expect(typeof message['content']).toBe('string');
      continue;
    }
    expect(open).toEqual([]);
    const calls = listOf(message['tool_calls']).map(fieldsOf);
    open = calls.map(({ id }) => textOf(id));
    ids.push(...open);
    if (message['content'] === null) expect(calls.length).toBeGreaterThan(0);
    else if (typeof message['content'] === 'string') expect(message['content'].trim()).not.toBe('');
    else {
      const parts = listOf(message['content']).map(fieldsOf);
      expect(parts.length).toBeGreaterThan(0);
      for (const part of parts) if (part['type'] === 'text') expect(textOf(part['text']).trim()).not.toBe('');
    }
  }
  expect(open).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
  expect(listOf(body['stop']).length).toBeLessThanOrEqual(4);
  checkTools(
    listOf(body['tools']).map((tool) => textOf(fieldsOf(fieldsOf(tool)['function'])['name'])),
    body['tool_choice'],
  );
}

function checkResponses(body: Fields): void {
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const item of listOf(body['input']).map(fieldsOf)) {
    const id = textOf(item['call_id']);
    switch (item['type']) {
      case 'function_call':
        expect(id).toMatch(goodId);
        expect(seen).not.toContain(id);
        seen.add(id);
        open.add(id);
        break;
      case 'function_call_output':
        expect(open.delete(id)).toBe(true);
        break;
      case 'reasoning':
        expect(textOf(item['id'])).not.toBe('');
        expect(textOf(item['encrypted_content'])).not.toBe('');
        break;
      default:
        expect(item['type']).toBe('message');
        // Calls are answered before anyone speaks again, unless it is the same turn of the assistant.
        if (item['role'] === 'user') expect(open.size).toBe(0);
        if (typeof item['content'] === 'string') expect(item['content'].trim()).not.toBe('');
        else expect(listOf(item['content']).length).toBeGreaterThan(0);
    }
  }
  expect(open.size).toBe(0);
  expect(body['store']).toBe(false);
  if (body['max_output_tokens'] !== undefined) expect(body['max_output_tokens']).toBeGreaterThanOrEqual(16);
  for (const tool of listOf(body['tools']).map(fieldsOf)) expect(tool['strict']).toBe(false);
  checkTools(
    listOf(body['tools']).map((tool) => textOf(fieldsOf(tool)['name'])),
    body['tool_choice'],
  );
}

function checkGemini(body: Fields): void {
  const contents = listOf(body['contents']).map(fieldsOf);
  const partsOf = (content: Fields | undefined) => listOf(content?.['parts']).map(fieldsOf);
  expect(contents.map(({ role }) => role)).toEqual(contents.map((_, index) => (index % 2 === 0 ? 'user' : 'model')));
  expect(contents.at(-1)?.['role']).toBe('user');
  const ids: string[] = [];
  for (const [index, content] of contents.entries()) {
    const parts = partsOf(content);
    expect(parts.length).toBeGreaterThan(0);
    const calls = parts.filter(({ functionCall }) => functionCall !== undefined);
    const called = calls.map(({ functionCall }) => textOf(fieldsOf(functionCall)['id']));
    ids.push(...called);
    // Newer models refuse a turn whose first call has no signature.
    if (calls.length > 0) expect(textOf(calls[0]?.['thoughtSignature'])).not.toBe('');
    for (const { functionCall } of calls) {
      const { args } = fieldsOf(functionCall);
      expect(typeof args === 'object' && args !== null && !Array.isArray(args)).toBe(true);
    }
    if (content['role'] === 'model') {
      const next = partsOf(contents[index + 1]);
      const results = next.filter(({ functionResponse }) => functionResponse !== undefined);
      // All results, first, and in the order of their calls.
      expect(results.map(({ functionResponse }) => fieldsOf(functionResponse)['id'])).toEqual(called);
      expect(next.slice(0, results.length)).toEqual(results);
    } else {
      for (const { text } of parts) if (typeof text === 'string') expect(text.trim()).not.toBe('');
    }
  }
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(goodId);
  const config = fieldsOf(body['generationConfig']);
  expect(listOf(config['stopSequences']).length).toBeLessThanOrEqual(5);
  expect(config['thinkingConfig']).not.toHaveProperty('thinkingBudget');
  const declared = listOf(fieldsOf(listOf(body['tools'])[0])['functionDeclarations']).map(fieldsOf);
  for (const { name } of declared) expect(name).toMatch(/^[A-Za-z_]/);
  checkTools(
    declared.map(({ name }) => textOf(name)),
    body['toolConfig'],
  );
}

type Writer = (conversation: Conversation) => { readonly body: unknown; readonly lost: readonly Lost[] };

const writers: readonly (readonly [string, Writer, (body: Fields) => void])[] = [
  [
    'anthropic',
    (conversation) => writeAnthropicRequest(conversation, { model: 'claude-sonnet-5-5', stream: true }),
    checkAnthropic,
  ],
  [
    'openai-chat',
    (conversation) => writeOpenAiChatRequest(conversation, { model: 'gpt-4.1', stream: true }),
    checkChat,
  ],
  [
    'openai-chat with reasoning',
    (conversation) =>
      writeOpenAiChatRequest(conversation, { model: 'deepseek-flash', stream: false, returnsReasoningOf: 'deepseek' }),
    checkChat,
  ],
  [
    'openai-responses',
    (conversation) => writeOpenAiResponsesRequest(conversation, { model: 'gpt-6-sol', stream: true }),
    checkResponses,
  ],
  ['gemini', (conversation) => writeGeminiRequest(conversation, { model: 'gemini-3.8-flash' }), checkGemini],
];

describe.each(writers)('a request in %s', (_, write, check) => {
  test('keeps the rules of its API, whatever the conversation', () => {
    fc.assert(
      fc.property(anyConversation, (conversation) => {
        const { body, lost } = write(conversation);
        check(wire(body));
        for (const { where, what } of lost) expect([where, what].every((said) => said !== '')).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  test('begins the same when a turn is added, so that a prompt cache still matches', () => {
    const said = (role: 'user' | 'assistant', text: string): Message => ({ role, parts: [{ kind: 'text', text }] });
    const messagesOf = (conversation: Conversation) => {
      const body = wire(write(conversation).body);
      return listOf(body['messages'] ?? body['input'] ?? body['contents']);
    };
    fc.assert(
      fc.property(anyConversation, (conversation) => {
        const before = { ...conversation, messages: [...conversation.messages, said('user', 'first')] };
        const after = { ...before, messages: [...before.messages, said('assistant', 'yes'), said('user', 'second')] };
        const shorter = messagesOf(before);
        expect(messagesOf(after).slice(0, shorter.length)).toEqual(shorter);
      }),
      { numRuns: 300 },
    );
  });

  test('reports nothing as lost when nothing is', () => {
    const conversation: Conversation = {
      system: [{ text: 'Be brief.' }],
      messages: [
        { role: 'user', parts: [{ kind: 'text', text: 'Read a.' }] },
        { role: 'assistant', parts: [{ kind: 'tool-call', callId: 'c1', name: 'read', arguments: '{"path":"a"}' }] },
        { role: 'user', parts: [{ kind: 'tool-result', callId: 'c1', parts: [{ kind: 'text', text: 'A' }] }] },
      ],
      tools: [{ name: 'read', description: 'Reads a file.', parameters: { type: 'object' } }],
      toolChoice: { kind: 'auto' },
      maxOutputTokens: 100,
      effort: 'low',
    };
    const { lost } = write(conversation);
    expect(lost.filter(({ where }) => where !== 'effort')).toEqual([]);
  });
});
