import { deltas, type Stop, stopOf } from './answer.ts';
import { slices } from './openaiChat.ts';
import { type Json, list, number, object, type Prompt, string, type Turn } from './prompt.ts';
import type { Tokens } from './usage.ts';
import { type Endpoint, type Frame, type Saying, sse } from './wire.ts';

/** Anthropic's messages, `POST /v1/messages`. */
export const anthropicMessages: Endpoint = {
  paths: ['/messages'],
  streamType: 'text/event-stream',
  cache: 'breakpoints',
  streams: (body) => body['stream'] === true,
  refuse: (body, headers) => {
    if (headers['anthropic-version'] === undefined) return 'anthropic-version: header is required';
    if (number(body['max_tokens']) === undefined) return 'max_tokens: Field required';
    const sampling = ['temperature', 'top_p', 'top_k'].find((name) => body[name] !== undefined);
    // That version of the interface dropped the sampling parameters; the older one still takes them.
    if (sampling !== undefined && headers['anthropic-version'] === '2026-10-21') {
      return `${sampling}: Extra inputs are not permitted`;
    }
    return undefined;
  },
  read: readMessages,
  whole: (saying) => ({
    ...message(saying),
    content: blocks(saying),
    stop_reason: stopReason(stopOf(saying.answer)),
    usage: usage(saying.tokens, saying.tokens.output),
  }),
  stream: streamMessages,
  error: anthropicError,
  errorFrame: (text) => sse({ type: 'error', error: { type: 'overloaded_error', message: text } }, 'error'),
};

function message({ body, number: count }: Saying): Json {
  return {
    id: `msg_simulated_${count}`,
    type: 'message',
    role: 'assistant',
    model: string(body['model']),
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
}

function blocks({ answer, number: count }: Saying): readonly Json[] {
  return [
    ...(answer.thinking === undefined
      ? []
      : [{ type: 'thinking', thinking: answer.thinking, signature: `simulated-signature-${count}` }]),
    ...(answer.text === undefined || answer.text === '' ? [] : [{ type: 'text', text: answer.text }]),
    ...(answer.toolCalls ?? []).map((call, index) => ({
      type: 'tool_use',
      id: `toolu_${count}_${index}`,
      name: call.name,
      input: call.arguments,
    })),
  ];
}

function* streamMessages(saying: Saying): Iterable<Frame> {
  const event = (data: Json, delta = false): Frame => ({ text: sse(data, string(data['type'])), delta });
  yield event({ type: 'message_start', message: { ...message(saying), usage: usage(saying.tokens, 1) } });
  yield event({ type: 'ping' });
  for (const [index, block] of blocks(saying).entries()) {
    const change = (delta: Json): Frame => event({ type: 'content_block_delta', index, delta }, true);
    if (block['type'] === 'thinking') {
      yield event({
        type: 'content_block_start',
        index,
        content_block: { type: 'thinking', thinking: '', signature: '' },
      });
      for (const thinking of deltas(string(block['thinking']))) yield change({ type: 'thinking_delta', thinking });
      yield change({ type: 'signature_delta', signature: block['signature'] });
    } else if (block['type'] === 'text') {
      yield event({ type: 'content_block_start', index, content_block: { type: 'text', text: '' } });
      for (const text of deltas(string(block['text']))) yield change({ type: 'text_delta', text });
    } else {
      yield event({ type: 'content_block_start', index, content_block: { ...block, input: {} } });
      for (const piece of slices(JSON.stringify(block['input']))) {
        yield change({ type: 'input_json_delta', partial_json: piece });
      }
    }
    yield event({ type: 'content_block_stop', index });
  }
  yield event({
    type: 'message_delta',
    delta: { stop_reason: stopReason(stopOf(saying.answer)), stop_sequence: null },
    usage: usage(saying.tokens, saying.tokens.output),
  });
  yield event({ type: 'message_stop' });
}

function stopReason(stop: Stop): string {
  switch (stop) {
    case 'end':
      return 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'tool-calls':
      return 'tool_use';
    case 'stop-sequence':
      return 'stop_sequence';
    case 'refusal':
      return 'refusal';
  }
}

/** Anthropic's `input_tokens` leaves out what was read from or written to the cache. */
function usage(tokens: Tokens, output: number): Json {
  return {
    input_tokens: tokens.input,
    cache_read_input_tokens: tokens.cacheRead,
    cache_creation_input_tokens: tokens.cacheWrite,
    cache_creation: { ephemeral_5m_input_tokens: tokens.cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
  };
}

/** Also reads the body of `count_tokens`, which is the same. */
export function readMessages(body: Json): Prompt {
  const system = typeof body['system'] === 'string' ? [{ type: 'text', text: body['system'] }] : list(body['system']);
  const tools = list(body['tools']).map(object);
  const messages = list(body['messages']).map(object);
  const limit = number(body['max_tokens']);
  const thinking = object(body['thinking'])['type'];
  const format = object(object(body['output_config'])['format'] ?? body['output_format']);
  const contents = messages.flatMap((turn) => content(turn['content']).map((part) => ({ role: turn['role'], part })));
  const pieces = [...tools, ...system.map(object), ...contents.map(({ part }) => part)];
  return {
    model: string(body['model']),
    turns: [
      ...system.map((part): Turn => ({ kind: 'system', text: string(object(part)['text']) })),
      ...contents.flatMap(({ role, part }) => readPart(role === 'assistant' ? 'assistant' : 'user', part)),
    ],
    tools: tools.map((tool) => ({ name: string(tool['name']), schema: object(tool['input_schema']) })),
    ...(limit === undefined ? {} : { maxOutputTokens: limit }),
    stop: list(body['stop_sequences']).map(string),
    thinking: thinking === 'enabled' || thinking === 'adaptive',
    ...(format['type'] === 'json_schema' ? { answerSchema: object(format['schema']) } : {}),
    segments: pieces.map(({ cache_control, ...piece }) => ({
      text: JSON.stringify(piece),
      breakpoint: cache_control !== undefined && cache_control !== null,
    })),
  };
}

function content(value: unknown): readonly Json[] {
  return typeof value === 'string' ? [{ type: 'text', text: value }] : list(value).map(object);
}

function readPart(role: 'user' | 'assistant', part: Json): readonly Turn[] {
  switch (part['type']) {
    case 'text':
      return [{ kind: role, text: string(part['text']) }];
    case 'image':
      return [{ kind: 'image', mediaType: string(object(part['source'])['media_type']) || 'by address' }];
    case 'tool_use':
      return [{ kind: 'call', id: string(part['id']), name: string(part['name']), arguments: object(part['input']) }];
    case 'tool_result': {
      const text = content(part['content'])
        .map((piece) => string(piece['text']))
        .join('\n');
      return [{ kind: 'result', id: string(part['tool_use_id']), text }];
    }
    default:
      return [];
  }
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/** Anthropic's error envelope. */
export function anthropicError(status: number, code: string | undefined, message: string): Json {
  return {
    type: 'error',
    error: { type: code ?? errorTypes[status] ?? 'api_error', message },
    request_id: 'req_simulated',
  };
}
