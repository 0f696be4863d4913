import { describe, expect, test } from 'vitest';
import { anthropicMessages, writeAnthropicRequest } from './anthropic/index.ts';
import type { Conversation } from './conversation.ts';
import type { WrittenRequest } from './dialect.ts';
import { writeGeminiRequest } from './gemini/index.ts';
import { openAiChat, writeOpenAiChatRequest } from './openai-chat/index.ts';
import { openAiResponses, writeOpenAiResponsesRequest } from './openai-responses/index.ts';
import { isClosedSchema, isPlainSchema } from './strict-schema.ts';

const closed = {
  type: 'object',
  properties: { path: { type: 'string' } },
  required: ['path'],
  additionalProperties: false,
};
const image = { url: 'https://a.test/i.png', detail: 'low' };
const notes = { service_tier: 'flex', metadata: { team: 'a' }, user: 'ann', safety_identifier: 'hash' };
const notesAt = Object.keys(notes);
const wishes = { parallel_tool_calls: false, ...notes };
const clients = {
  'openai-chat': openAiChat.readRequest({
    model: 'm',
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: image }] }],
    tools: [{ type: 'function', function: { name: 'read', parameters: closed, strict: true } }],
    verbosity: 'low',
    ...wishes,
  }),
  'openai-responses': openAiResponses.readRequest({
    model: 'm',
    input: [{ role: 'user', content: [{ type: 'input_image', image_url: image.url, detail: image.detail }] }],
    tools: [{ type: 'function', name: 'read', parameters: closed, strict: true }],
    text: { verbosity: 'low' },
    ...wishes,
  }),
};

const wheres = ({ lost }: WrittenRequest<unknown>): readonly string[] => lost.map(({ where }) => where);

describe.each(Object.entries(clients))('what a request of %s wishes for', (_dialect, { conversation, lost }) => {
  test('is read', () => {
    expect(lost).toEqual([]);
    expect(conversation).toMatchObject({
      parallelToolCalls: false,
      verbosity: 'low',
      tools: [{ strict: true }],
      notes: { tier: 'flex', metadata: { team: 'a' }, user: 'ann', safetyId: 'hash' },
    });
    expect(conversation.messages[0]?.parts[0]).toMatchObject({ kind: 'image-url', detail: 'low' });
  });

  test('is told in chat completions', () => {
    const written = writeOpenAiChatRequest(conversation, { model: 'gpt-6-sol', stream: false });
    expect(written.body).toMatchObject({
      parallel_tool_calls: false,
      verbosity: 'low',
      tools: [{ function: { strict: true } }],
      messages: [{ content: [{ image_url: image }] }],
      ...notes,
    });
    expect(written.lost).toEqual([]);
  });

  test('is told in responses', () => {
    const written = writeOpenAiResponsesRequest(conversation, { model: 'gpt-6-sol', stream: false });
    expect(written.body).toMatchObject({
      parallel_tool_calls: false,
      text: { verbosity: 'low' },
      tools: [{ strict: true }],
      input: [{ content: [{ detail: 'low' }] }],
      ...notes,
    });
    expect(written.lost).toEqual([]);
  });

  test('is told to Anthropic’s models as far as they have words for it', () => {
    const written = writeAnthropicRequest(conversation, { model: 'claude-opus-5-5', stream: false });
    expect(written.body).toMatchObject({
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      tools: [{ strict: true }],
    });
    expect(wheres(written)).toEqual(['verbosity', ...notesAt, 'messages[0]']);
    expect(anthropicMessages.readRequest(written.body).conversation).toMatchObject({
      parallelToolCalls: false,
      tools: [{ strict: true }],
    });
  });

  test('is reported where Gemini has no words for it', () => {
    const written = writeGeminiRequest(conversation, { model: 'gemini-3.8-flash' });
    expect(wheres(written)).toEqual(['parallelToolCalls', 'tools[0].strict', 'verbosity', ...notesAt, 'messages[0]']);
  });

  test('is not told to a model that would refuse it', () => {
    const written = writeOpenAiChatRequest(conversation, { model: 'some-other-model', stream: false });
    for (const name of ['verbosity', ...notesAt]) expect(written.body).not.toHaveProperty(name);
    expect(wheres(written)).toEqual(['verbosity', ...notesAt]);
  });
});

describe.each([
  [openAiChat, { messages: [] }],
  [openAiResponses, { input: [] }],
])('notes for the provider in $id', (dialect, base) => {
  const read = (given: object) => dialect.readRequest({ model: 'm', ...base, ...given });

  test.each([
    [{ service_tier: 'turbo' }, 'service_tier'],
    [{ service_tier: 7 }, 'service_tier'],
    [{ metadata: { a: 1 } }, 'metadata'],
    [{ metadata: ['a'] }, 'metadata'],
    [{ user: { id: 'x' } }, 'user'],
    [{ safety_identifier: 5 }, 'safety_identifier'],
  ])('of a form that is not known are reported: %j', (given, where) => {
    expect(read(given).lost.map((one) => one.where)).toEqual([where]);
    expect(read(given).conversation.notes).toBeUndefined();
  });

  test.each([{ service_tier: 'auto' }, { service_tier: 'default', metadata: {} }, { metadata: null, user: null }])(
    'that say nothing are none: %j',
    (given) => {
      const { conversation, lost } = read(given);
      expect([conversation.notes, lost]).toEqual([undefined, []]);
    },
  );
});

describe('calls that are to obey a schema', () => {
  const offering = (parameters: unknown): Conversation => ({
    system: [],
    messages: [{ role: 'user', parts: [{ kind: 'text', text: 'go' }] }],
    tools: [{ name: 'read', parameters, strict: true }],
  });

  test.each([
    ['an open object', { type: 'object', properties: { a: {} }, required: ['a'] }],
    ['an optional property', { ...closed, required: [] }],
    ['an open object within', { ...closed, properties: { path: { type: 'array', items: { type: 'object' } } } }],
  ])('of which no maker takes %s, do without', (_what, schema) => {
    for (const written of [
      writeOpenAiChatRequest(offering(schema), { model: 'gpt-6-sol', stream: false }),
      writeOpenAiResponsesRequest(offering(schema), { model: 'gpt-6-sol', stream: false }),
      writeAnthropicRequest(offering(schema), { model: 'claude-opus-5-5', stream: false }),
    ]) {
      expect(JSON.stringify(written.body)).not.toContain('"strict":true');
      expect(wheres(written)).toEqual(['tools[0].strict']);
    }
  });

  test('with words that only some makers understand are for those', () => {
    const bounded = { ...closed, properties: { path: { type: 'string', pattern: '^/' } } };
    expect([isClosedSchema(bounded), isPlainSchema(bounded), isPlainSchema(closed)]).toEqual([true, false, true]);
  });
});
