/** Streams as the providers send them, after the event types of their SDKs; the texts are ours. */
export type Dialect = 'anthropic' | 'openai-chat' | 'openai-responses' | 'gemini';

export interface Recording {
  readonly dialect: Dialect;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** From this byte on, the answer is whole, whatever follows. */
  readonly wholeFrom: number;
}

type Frame = Readonly<Record<string, unknown>>;

function named(frames: readonly Frame[]): string[] {
  return frames.map((frame) => `event: ${String(frame['type'])}\ndata: ${JSON.stringify(frame)}\n\n`);
}

function unnamed(chunks: readonly Frame[]): string[] {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
}

function recording(dialect: Dialect, name: string, whole: readonly string[], after: readonly string[] = []): Recording {
  const encoder = new TextEncoder();
  return {
    dialect,
    name,
    bytes: encoder.encode([...whole, ...after].join('')),
    wholeFrom: encoder.encode(whole.join('')).length,
  };
}

const anthropicStart = {
  type: 'message_start',
  message: {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-5-5',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: 21,
      cache_read_input_tokens: 1800,
      cache_creation_input_tokens: 200,
      cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 0 },
      output_tokens: 1,
    },
  },
};

export const anthropicTools = recording(
  'anthropic',
  'thinking, text and two tool calls',
  named([
    anthropicStart,
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Die Prüfung ' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'zuerst. 🦊' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQB' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'CkgI' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'redacted_thinking', data: 'c2VhbGVk' } },
    { type: 'content_block_stop', index: 1 },
    { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: 'Reading both files — ' } },
    { type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: 'naïve first.' } },
    { type: 'content_block_stop', index: 2 },
    {
      type: 'content_block_start',
      index: 3,
      content_block: { type: 'tool_use', id: 'toolu_a', name: 'read', input: {} },
    },
    { type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: '' } },
    { type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: '{"path":"src/' } },
    { type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: 'ä.ts"}' } },
    { type: 'content_block_stop', index: 3 },
    {
      type: 'content_block_start',
      index: 4,
      content_block: { type: 'tool_use', id: 'toolu_b', name: 'list', input: {} },
    },
    { type: 'content_block_stop', index: 4 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { input_tokens: null, output_tokens: 97, output_tokens_details: { thinking_tokens: 30 } },
    },
    { type: 'message_stop' },
  ]),
);

export const anthropicText = recording(
  'anthropic',
  'plain text',
  named([
    anthropicStart,
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ]),
);

function chunk(delta: Frame, finishReason: string | null = null): Frame {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'gpt-6-sol-2026-09-01',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    usage: null,
  };
}

const chatUsage = {
  ...chunk({}),
  choices: [],
  usage: {
    prompt_tokens: 2021,
    completion_tokens: 64,
    total_tokens: 2085,
    prompt_tokens_details: { cached_tokens: 1800 },
    completion_tokens_details: { reasoning_tokens: 12 },
  },
};

function call(index: number, piece: { id?: string; name?: string; arguments?: string }): Frame {
  const { id, ...wrote } = piece;
  return { index, ...(id !== undefined && { id, type: 'function' }), function: wrote };
}

export const chatTools = recording(
  'openai-chat',
  'interleaved tool calls with usage after',
  unnamed([
    chunk({ role: 'assistant', content: '', refusal: null }),
    chunk({ content: 'Reading — ' }),
    chunk({ content: 'both. 🦊' }),
    chunk({ tool_calls: [call(0, { id: 'call_a', name: 'read', arguments: '' })] }),
    chunk({ tool_calls: [call(0, { arguments: '{"path":' })] }),
    chunk({ tool_calls: [call(1, { id: 'call_b', name: 'list', arguments: '' })] }),
    chunk({ tool_calls: [call(1, { arguments: '{"dir' }), call(0, { arguments: '"src/ä.ts"' })] }),
    chunk({ tool_calls: [call(1, { arguments: '":"."}' })] }),
    chunk({ tool_calls: [call(0, { arguments: '}' })] }),
    chunk({}, 'tool_calls'),
  ]),
  [...unnamed([chatUsage]), 'data: [DONE]\n\n'],
);

export const chatReasoning = recording(
  'openai-chat',
  'reasoning of a compatible server',
  unnamed([
    chunk({ role: 'assistant', content: null, reasoning_content: 'Erst ' }),
    chunk({ content: null, reasoning_content: 'prüfen.' }),
    chunk({ content: 'Done.' }),
    chunk({}, 'stop'),
  ]),
  [...unnamed([chatUsage]), 'data: [DONE]\n\n'],
);

const response = {
  id: 'resp_1',
  object: 'response',
  model: 'gpt-6-sol',
  status: 'in_progress',
  output: [],
  usage: null,
  incomplete_details: null,
  error: null,
};

const reasoningItem = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [
    { type: 'summary_text', text: 'Erst prüfen.' },
    { type: 'summary_text', text: 'Dann lesen.' },
  ],
  encrypted_content: 'gAAA',
};
const messageItem = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Reading both. 🦊', annotations: [] }],
};
const callItems = [
  {
    type: 'function_call',
    id: 'fc_1',
    call_id: 'call_a',
    name: 'read',
    arguments: '{"path":"src/ä.ts"}',
    status: 'completed',
  },
  { type: 'function_call', id: 'fc_2', call_id: 'call_b', name: 'list', arguments: '{}', status: 'completed' },
] as const;

const responseUsage = {
  input_tokens: 2021,
  input_tokens_details: { cached_tokens: 1800, cache_write_tokens: 0 },
  output_tokens: 64,
  output_tokens_details: { reasoning_tokens: 12 },
  total_tokens: 2085,
};

export const wholeResponse = {
  ...response,
  status: 'completed',
  output: [reasoningItem, messageItem, ...callItems],
  usage: responseUsage,
};

export const responsesTools = recording(
  'openai-responses',
  'reasoning, text and two tool calls at once',
  named([
    { type: 'response.created', sequence_number: 0, response },
    { type: 'response.in_progress', sequence_number: 1, response },
    { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs_1', summary: [] } },
    { type: 'response.reasoning_summary_part.added', item_id: 'rs_1', output_index: 0, summary_index: 0 },
    {
      type: 'response.reasoning_summary_text.delta',
      item_id: 'rs_1',
      output_index: 0,
      summary_index: 0,
      delta: 'Erst ',
    },
    {
      type: 'response.reasoning_summary_text.delta',
      item_id: 'rs_1',
      output_index: 0,
      summary_index: 0,
      delta: 'prüfen.',
    },
    { type: 'response.reasoning_summary_part.added', item_id: 'rs_1', output_index: 0, summary_index: 1 },
    {
      type: 'response.reasoning_summary_text.delta',
      item_id: 'rs_1',
      output_index: 0,
      summary_index: 1,
      delta: 'Dann lesen.',
    },
    { type: 'response.output_item.done', output_index: 0, item: reasoningItem },
    {
      type: 'response.output_item.added',
      output_index: 1,
      item: { ...messageItem, status: 'in_progress', content: [] },
    },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, content_index: 0, delta: 'Reading ' },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, content_index: 0, delta: 'both. 🦊' },
    {
      type: 'response.output_text.done',
      item_id: 'msg_1',
      output_index: 1,
      content_index: 0,
      text: 'Reading both. 🦊',
    },
    { type: 'response.output_item.done', output_index: 1, item: messageItem },
    {
      type: 'response.output_item.added',
      output_index: 2,
      item: { ...callItems[0], arguments: '', status: 'in_progress' },
    },
    {
      type: 'response.output_item.added',
      output_index: 3,
      item: { ...callItems[1], arguments: '', status: 'in_progress' },
    },
    { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 2, delta: '{"path":' },
    { type: 'response.function_call_arguments.delta', item_id: 'fc_2', output_index: 3, delta: '{}' },
    { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 2, delta: '"src/ä.ts"}' },
    {
      type: 'response.function_call_arguments.done',
      item_id: 'fc_1',
      output_index: 2,
      arguments: callItems[0].arguments,
    },
    { type: 'response.output_item.done', output_index: 2, item: callItems[0] },
    { type: 'response.output_item.done', output_index: 3, item: callItems[1] },
    { type: 'response.completed', response: wholeResponse },
  ]),
);

function geminiChunk(parts: readonly Frame[], more: Frame = {}, candidate: Frame = {}): Frame {
  return {
    candidates: [{ content: { parts, role: 'model' }, index: 0, ...candidate }],
    usageMetadata: { promptTokenCount: 2021, cachedContentTokenCount: 1800, totalTokenCount: 2021, ...more },
    modelVersion: 'gemini-3.8-flash',
    responseId: 'zSYJ5C',
  };
}

const geminiEnd = { candidatesTokenCount: 52, thoughtsTokenCount: 12, totalTokenCount: 2085 };

export const geminiTools = recording(
  'gemini',
  'thoughts, text and two tool calls at once',
  unnamed([
    geminiChunk([{ text: 'Erst ', thought: true }]),
    geminiChunk([{ text: 'prüfen. 🦊', thought: true }], { thoughtsTokenCount: 12 }),
    geminiChunk([{ text: 'Reading ' }]),
    geminiChunk([
      { text: 'both.' },
      { functionCall: { name: 'read', args: { path: 'src/ä.ts' } }, thoughtSignature: 'CiEB' },
      { functionCall: { id: 'fc_2', name: 'list' } },
    ]),
    geminiChunk([{ text: '', thoughtSignature: 'Cgw=' }], geminiEnd, { finishReason: 'STOP' }),
  ]),
);

export const geminiText = recording(
  'gemini',
  'text whose usage comes after its end',
  unnamed([
    geminiChunk([{ text: 'Grüße ' }]),
    { candidates: [{ content: { parts: [{ text: '🦊' }] }, finishReason: 'MAX_TOKENS' }] },
  ]),
  unnamed([{ usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4 } }]),
);

export const recordings: readonly Recording[] = [
  anthropicTools,
  anthropicText,
  chatTools,
  chatReasoning,
  responsesTools,
  geminiTools,
  geminiText,
];

/** A stream of frames that tests make up as they need. */
export function streamOf(dialect: Dialect, frames: readonly Frame[]): string {
  return (dialect === 'openai-chat' || dialect === 'gemini' ? unnamed(frames) : named(frames)).join('');
}

export const anthropicOpening: Frame = anthropicStart;
export const chatChunk = chunk;
export const chatCall = call;
export const geminiPiece = geminiChunk;
