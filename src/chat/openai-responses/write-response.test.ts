import { describe, expect, test } from 'vitest';
import type { AnswerHead } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { readSeal } from '../sealed-thinking.ts';
import { openAiClient, writtenStream } from '../testing/openai-client.ts';
import { rewritten } from '../testing/rewritten.ts';
import { openAiResponses } from './index.ts';

const base = { model: 'gpt-5.6', input: 'Hi' };
const read = (fields: object) => openAiResponses.readRequest({ ...base, ...fields });

const usage = {
  inputTokens: 3,
  cacheReadTokens: 4,
  cacheWriteTokens: 1,
  outputTokens: 9,
  reasoningTokens: 2,
  estimated: false,
};
const events: readonly ChatEvent[] = [
  { kind: 'started', servedModel: 'm' },
  { kind: 'thinking', text: 'Hm, ' },
  { kind: 'thinking', text: 'both.' },
  { kind: 'thinking-ended', maker: 'anthropic', model: 'claude-sonnet-5-5', signature: 's' },
  { kind: 'text', text: 'Reading' },
  { kind: 'text', text: ' both. 🦊' },
  { kind: 'tool-call-started', index: 0, callId: 'a', name: 'files__read' },
  { kind: 'tool-call-started', index: 1, callId: 'b', name: 'patch' },
  { kind: 'tool-call-delta', index: 0, arguments: '{"path":' },
  { kind: 'tool-call-delta', index: 1, arguments: '{"input":"*** ' },
  { kind: 'tool-call-delta', index: 0, arguments: '"x"}' },
  { kind: 'tool-call-delta', index: 1, arguments: 'Begin"}' },
  { kind: 'tool-call', index: 0, callId: 'a', name: 'files__read', arguments: '{"path":"x"}' },
  { kind: 'tool-call', index: 1, callId: 'b', name: 'patch', arguments: '{"input":"*** Begin"}' },
  { kind: 'usage', usage },
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
      { name: 'read', parameters: {}, namespace: 'files' },
      { name: 'patch', parameters: {}, custom: {} },
    ],
  },
};
const client = (stream: readonly Uint8Array[]) => openAiClient({ stream }).responses.stream({ model: 'm', input: '' });

describe('a response', () => {
  const expected = {
    id: 'resp_k1',
    model: 'gpt-5.6',
    created_at: 1_790_000_000,
    status: 'completed',
    output_text: 'Reading both. 🦊',
    output: [
      { id: 'rs_k1_0', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm, both.' }] },
      {
        id: 'msg_k1_1',
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Reading both. 🦊' }],
      },
      { type: 'function_call', call_id: 'a', name: 'read', namespace: 'files', arguments: '{"path":"x"}' },
      { type: 'custom_tool_call', call_id: 'b', name: 'patch', input: '*** Begin' },
    ],
    usage: {
      input_tokens: 8,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 17,
    },
  };

  test('is streamed so that OpenAI’s client puts it together', async () => {
    const bytes = writtenStream(openAiResponses.stream(head), events);
    expect(await client([bytes]).finalResponse()).toMatchObject(expected);
    const numbers = [...new TextDecoder().decode(bytes).matchAll(/"sequence_number":(\d+)/g)].map(([, n]) => Number(n));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });

  test('tells its client of every item as it goes', () => {
    const text = new TextDecoder().decode(writtenStream(openAiResponses.stream(head), events));
    const types = [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.custom_tool_call_input.delta',
      'response.function_call_arguments.delta',
      'response.custom_tool_call_input.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.custom_tool_call_input.done',
      'response.output_item.done',
      'response.completed',
    ]);
  });

  test('is sent whole', async () => {
    const response = await openAiClient({ body: openAiResponses.whole(events, head) }).responses.create({ model: 'm' });
    expect(response).toMatchObject(expected);
  });

  test('brings its thinking back in the next request, with whose it is', () => {
    const { output } = openAiResponses.whole(events, head) as { output: { encrypted_content?: string }[] };
    const seal = { maker: 'anthropic', model: 'claude-sonnet-5-5', signature: 's' };
    expect(readSeal(output[0]?.encrypted_content ?? '')).toEqual(seal);
    const { conversation } = read({ input: output });
    expect(conversation.messages[0]?.parts[0]).toEqual({ kind: 'thinking', text: 'Hm, both.', ...seal });
  });

  test('has all its thinking taken out where the next request passes through, whoever wrote it', () => {
    const [thought] = events.filter(({ kind }) => kind === 'thinking');
    const unknown: readonly ChatEvent[] = thought === undefined ? [] : [thought, { kind: 'text', text: 'Yes.' }];
    const { output } = openAiResponses.whole([...unknown, { kind: 'finished', reason: 'end' }], head) as {
      output: object[];
    };
    const body = { model: 'a', input: [...output] };
    const { body: text } = rewritten(openAiResponses, body, { model: 'gpt-5.6' });
    expect(JSON.parse(text)).toEqual({ model: 'gpt-5.6', input: output.slice(1) });
  });

  test('gives items of one id ids of their own', async () => {
    const twice: readonly ChatEvent[] = ['one', 'two'].flatMap((text) => [
      { kind: 'thinking', text, id: 'rs_9' },
      { kind: 'thinking', text: '!', id: 'rs_9' },
      { kind: 'thinking-ended', id: 'rs_9' },
    ]);
    const bytes = writtenStream(openAiResponses.stream(head), [...twice, { kind: 'finished', reason: 'end' }]);
    const { output } = await client([bytes]).finalResponse();
    expect(output).toMatchObject([
      { id: 'rs_9', summary: [{ text: 'one!' }] },
      { id: 'rs_k1_1', summary: [{ text: 'two!' }] },
    ]);
  });

  test.each([
    ['length', 'max_output_tokens'],
    ['refusal', 'content_filter'],
  ] as const)('that ends by %s is incomplete, and half a call is not in it', async (reason, said) => {
    const bytes = writtenStream(openAiResponses.stream(head), [...events.slice(0, 10), { kind: 'finished', reason }]);
    const response = await client([bytes]).finalResponse();
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: said } });
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
  });

  test('that fails makes the client throw what happened, and says `response.failed` to those that wait for it', async () => {
    const writer = openAiResponses.stream(head);
    const sent = events.slice(0, 6).map((event) => writer.event(event));
    const last = writer.fail({ kind: 'cut', message: 'It was cut off.' });
    await expect(client([new TextEncoder().encode(sent.join('') + last)]).finalResponse()).rejects.toMatchObject({
      message: 'It was cut off.',
      code: 'upstream_cut',
    });
    expect(last).toContain('event: response.failed');
    expect(last).toContain('"error":{"code":"upstream_cut","message":"It was cut off."}');
  });
});
