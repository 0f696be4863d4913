import { describe, expect, test } from 'vitest';
import type { AnswerHead } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { parseSse } from '../sse.ts';
import { openAiClient, writtenStream } from '../testing/openai-client.ts';
import { openAiChat } from './index.ts';

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
