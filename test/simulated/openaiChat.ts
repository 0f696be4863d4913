import { deltas, type Stop, stopOf } from './answer.ts';
import { type Json, list, number, object, type Prompt, parsed, string, type Turn } from './prompt.ts';
import type { Tokens } from './usage.ts';
import { type Endpoint, type Frame, type Saying, sse } from './wire.ts';

/** OpenAI's chat completions, `POST /v1/chat/completions`. */
export const openaiChat: Endpoint = {
  paths: ['/chat/completions'],
  streamType: 'text/event-stream',
  cache: 'automatic',
  streams: (body) => body['stream'] === true,
  refuse: (body) => (list(body['messages']).length === 0 ? "Missing required parameter: 'messages'." : undefined),
  read: readChat,
  whole: ({ body, answer, tokens, number: count, created }) => ({
    id: `chatcmpl-simulated-${count}`,
    object: 'chat.completion',
    created,
    model: string(body['model']),
    system_fingerprint: 'simulated',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.text ?? null,
          refusal: null,
          ...(answer.thinking === undefined ? {} : { reasoning_content: answer.thinking }),
          ...((answer.toolCalls ?? []).length === 0
            ? {}
            : {
                tool_calls: (answer.toolCalls ?? []).map((call, index) => ({
                  id: `call_${count}_${index}`,
                  type: 'function',
                  function: { name: call.name, arguments: JSON.stringify(call.arguments) },
                })),
              }),
        },
        logprobs: null,
        finish_reason: finishReason(stopOf(answer)),
      },
    ],
    usage: chatUsage(tokens),
  }),
  stream: streamChat,
  error: openaiError,
  errorFrame: (message) => sse({ error: { message, type: 'server_error', code: null, param: null } }),
};

function* streamChat({ body, answer, tokens, number: count, created }: Saying): Iterable<Frame> {
  const base = {
    id: `chatcmpl-simulated-${count}`,
    object: 'chat.completion.chunk',
    created,
    model: string(body['model']),
    system_fingerprint: 'simulated',
  };
  const wantsUsage = object(body['stream_options'])['include_usage'] === true;
  const chunk = (delta: Json, isDelta: boolean, finish: string | null = null): Frame => ({
    text: sse({
      ...base,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(wantsUsage ? { usage: null } : {}),
    }),
    delta: isDelta,
  });
  yield chunk({ role: 'assistant', content: '' }, false);
  for (const piece of deltas(answer.thinking ?? '')) yield chunk({ reasoning_content: piece }, true);
  for (const piece of deltas(answer.text ?? '')) yield chunk({ content: piece }, true);
  for (const [index, call] of (answer.toolCalls ?? []).entries()) {
    const id = `call_${count}_${index}`;
    yield chunk({ tool_calls: [{ index, id, type: 'function', function: { name: call.name, arguments: '' } }] }, false);
    for (const piece of slices(JSON.stringify(call.arguments))) {
      yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] }, true);
    }
  }
  yield chunk({}, false, finishReason(stopOf(answer)));
  if (wantsUsage) yield { text: sse({ ...base, choices: [], usage: chatUsage(tokens) }), delta: false };
  yield { text: sse('[DONE]'), delta: false };
}

/** JSON text in pieces, as models stream the arguments of a tool call. */
export function slices(text: string): readonly string[] {
  return text.match(/[\s\S]{1,24}/g) ?? [];
}

function finishReason(stop: Stop): string {
  switch (stop) {
    case 'end':
    case 'stop-sequence':
      return 'stop';
    case 'length':
      return 'length';
    case 'tool-calls':
      return 'tool_calls';
    case 'refusal':
      return 'content_filter';
  }
}

/** OpenAI counts cached tokens among the prompt's, and reasoning among the completion's. */
function chatUsage(tokens: Tokens): Json {
  const prompt = tokens.input + tokens.cacheRead + tokens.cacheWrite;
  return {
    prompt_tokens: prompt,
    completion_tokens: tokens.output,
    total_tokens: prompt + tokens.output,
    prompt_tokens_details: { cached_tokens: tokens.cacheRead, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: tokens.reasoning, audio_tokens: 0 },
  };
}

function readChat(body: Json): Prompt {
  const messages = list(body['messages']).map(object);
  const tools = list(body['tools']).map(object);
  const limit = number(body['max_completion_tokens']) ?? number(body['max_tokens']);
  const effort = body['reasoning_effort'];
  const format = object(body['response_format']);
  return {
    model: string(body['model']),
    turns: messages.flatMap(readMessage),
    tools: tools.map((tool) => {
      const described = object(tool['function']);
      return { name: string(described['name']), schema: object(described['parameters']) };
    }),
    ...(limit === undefined ? {} : { maxOutputTokens: limit }),
    stop: typeof body['stop'] === 'string' ? [body['stop']] : list(body['stop']).map(string),
    thinking: effort === 'medium' || effort === 'high',
    ...(format['type'] === 'json_schema' ? { answerSchema: object(object(format['json_schema'])['schema']) } : {}),
    segments: [...tools, ...messages].map((piece) => ({ text: JSON.stringify(piece), breakpoint: false })),
  };
}

function readMessage(message: Json): readonly Turn[] {
  const role = string(message['role']);
  const parts =
    typeof message['content'] === 'string' ? [{ type: 'text', text: message['content'] }] : list(message['content']);
  const text = parts
    .map((part) => string(object(part)['text']))
    .filter((piece) => piece !== '')
    .join('\n');
  if (role === 'tool') return [{ kind: 'result', id: string(message['tool_call_id']), text }];
  const images = parts.map(object).filter((part) => part['type'] === 'image_url');
  const calls = list(message['tool_calls']).map(object);
  const kind = role === 'assistant' ? 'assistant' : role === 'system' || role === 'developer' ? 'system' : 'user';
  return [
    ...images.map((part): Turn => ({ kind: 'image', mediaType: mediaType(string(object(part['image_url'])['url'])) })),
    ...(text === '' ? [] : [{ kind, text } as const]),
    ...calls.map((call): Turn => {
      const made = object(call['function']);
      return { kind: 'call', id: string(call['id']), name: string(made['name']), arguments: parsed(made['arguments']) };
    }),
  ];
}

export function mediaType(url: string): string {
  return /^data:([^;,]+)/.exec(url)?.[1] ?? 'by address';
}

const errorTypes: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ['invalid_request_error', null],
  401: ['invalid_request_error', 'invalid_api_key'],
  402: ['insufficient_quota', 'insufficient_quota'],
  403: ['permission_error', 'permission_denied'],
  404: ['invalid_request_error', 'model_not_found'],
  413: ['invalid_request_error', 'context_length_exceeded'],
  429: ['rate_limit_error', 'rate_limit_exceeded'],
};

/** OpenAI's error envelope. */
export function openaiError(status: number, code: string | undefined, message: string): Json {
  const [type, usual] = errorTypes[status] ?? ['server_error', null];
  return { error: { message, type, param: null, code: code ?? usual } };
}
