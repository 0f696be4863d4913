import { deltas, stopOf } from './answer.ts';
import { mediaType, openaiError, slices } from './openaiChat.ts';
import { type Json, list, number, type OfferedTool, object, type Prompt, parsed, string, type Turn } from './prompt.ts';
import { type Endpoint, type Frame, type Saying, sse } from './wire.ts';

/** OpenAI's responses, `POST /v1/responses`. */
export const openaiResponses: Endpoint = {
  paths: ['/responses'],
  streamType: 'text/event-stream',
  cache: 'automatic',
  streams: (body) => body['stream'] === true,
  refuse: (body) => (body['input'] === undefined ? "Missing required parameter: 'input'." : undefined),
  read: readResponses,
  whole: (saying) => response(saying, 'completed', items(saying)),
  stream: streamResponses,
  error: openaiError,
  errorFrame: (message) =>
    sse({ type: 'error', sequence_number: 99, code: 'server_error', message, param: null }, 'error'),
};

function response(saying: Saying, status: 'in_progress' | 'completed', output: readonly Json[]): Json {
  const { body, answer, tokens, number: count, created } = saying;
  const input = tokens.input + tokens.cacheRead + tokens.cacheWrite;
  const stop = stopOf(answer);
  const incomplete = status === 'completed' && (stop === 'length' || stop === 'refusal');
  return {
    id: `resp_simulated_${count}`,
    object: 'response',
    created_at: created,
    status: incomplete ? 'incomplete' : status,
    error: null,
    incomplete_details: incomplete ? { reason: stop === 'length' ? 'max_output_tokens' : 'content_filter' } : null,
    model: string(body['model']),
    output,
    parallel_tool_calls: true,
    tools: list(body['tools']),
    usage:
      status === 'in_progress'
        ? null
        : {
            input_tokens: input,
            input_tokens_details: { cached_tokens: tokens.cacheRead },
            output_tokens: tokens.output,
            output_tokens_details: { reasoning_tokens: tokens.reasoning },
            total_tokens: input + tokens.output,
          },
  };
}

/** The finished output items, in order. */
function items({ body, answer, number: count }: Saying): readonly Json[] {
  const sealed = list(body['include']).includes('reasoning.encrypted_content');
  return [
    ...(answer.thinking === undefined
      ? []
      : [
          {
            type: 'reasoning',
            id: `rs_${count}`,
            summary: [{ type: 'summary_text', text: answer.thinking }],
            ...(sealed ? { encrypted_content: `simulated-seal-${count}` } : {}),
          },
        ]),
    ...(answer.text === undefined || answer.text === ''
      ? []
      : [
          {
            type: 'message',
            id: `msg_${count}`,
            status: 'completed',
            role: 'assistant',
            content: [{ type: 'output_text', text: answer.text, annotations: [], logprobs: [] }],
          },
        ]),
    ...(answer.toolCalls ?? []).map((call, index) => ({
      ...(call.custom
        ? { type: 'custom_tool_call', id: `ctc_${count}_${index}`, input: string(call.arguments['input']) }
        : { type: 'function_call', id: `fc_${count}_${index}`, arguments: JSON.stringify(call.arguments) }),
      call_id: `call_${count}_${index}`,
      name: call.name,
      ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
      status: 'completed',
    })),
  ];
}

function* streamResponses(saying: Saying): Iterable<Frame> {
  let sequence = 0;
  const event = (type: string, fields: Json, delta = false): Frame => ({
    text: sse({ type, sequence_number: sequence++, ...fields }, type),
    delta,
  });
  yield event('response.created', { response: response(saying, 'in_progress', []) });
  yield event('response.in_progress', { response: response(saying, 'in_progress', []) });
  const output = items(saying);
  for (const [index, item] of output.entries()) {
    const place = { item_id: item['id'], output_index: index };
    yield event('response.output_item.added', { output_index: index, item: opened(item) });
    if (item['type'] === 'reasoning') yield* streamSummary(place, saying.answer.thinking ?? '', event);
    else if (item['type'] === 'message') yield* streamText(place, saying.answer.text ?? '', event);
    else if (item['type'] === 'custom_tool_call') yield* streamInput(place, item, event);
    else yield* streamArguments(place, item, event);
    yield event('response.output_item.done', { output_index: index, item });
  }
  const stop = stopOf(saying.answer);
  const end = stop === 'length' || stop === 'refusal' ? 'response.incomplete' : 'response.completed';
  yield event(end, { response: response(saying, 'completed', output) });
}

type MakeEvent = (type: string, fields: Json, delta?: boolean) => Frame;

function opened(item: Json): Json {
  if (item['type'] === 'reasoning') return { type: 'reasoning', id: item['id'], summary: [] };
  if (item['type'] === 'message') return { ...item, status: 'in_progress', content: [] };
  return {
    ...item,
    status: 'in_progress',
    ...(item['type'] === 'custom_tool_call' ? { input: '' } : { arguments: '' }),
  };
}

function* streamSummary(place: Json, text: string, event: MakeEvent): Iterable<Frame> {
  const at = { ...place, summary_index: 0 };
  yield event('response.reasoning_summary_part.added', { ...at, part: { type: 'summary_text', text: '' } });
  for (const delta of deltas(text)) yield event('response.reasoning_summary_text.delta', { ...at, delta }, true);
  yield event('response.reasoning_summary_text.done', { ...at, text });
  yield event('response.reasoning_summary_part.done', { ...at, part: { type: 'summary_text', text } });
}

function* streamText(place: Json, text: string, event: MakeEvent): Iterable<Frame> {
  const at = { ...place, content_index: 0 };
  const part = (said: string): Json => ({ type: 'output_text', text: said, annotations: [], logprobs: [] });
  yield event('response.content_part.added', { ...at, part: part('') });
  for (const delta of deltas(text)) yield event('response.output_text.delta', { ...at, delta, logprobs: [] }, true);
  yield event('response.output_text.done', { ...at, text, logprobs: [] });
  yield event('response.content_part.done', { ...at, part: part(text) });
}

function* streamArguments(place: Json, item: Json, event: MakeEvent): Iterable<Frame> {
  const whole = string(item['arguments']);
  for (const delta of slices(whole)) yield event('response.function_call_arguments.delta', { ...place, delta }, true);
  yield event('response.function_call_arguments.done', { ...place, name: item['name'], arguments: whole });
}

function* streamInput(place: Json, item: Json, event: MakeEvent): Iterable<Frame> {
  const input = string(item['input']);
  for (const delta of slices(input)) yield event('response.custom_tool_call_input.delta', { ...place, delta }, true);
  yield event('response.custom_tool_call_input.done', { ...place, input });
}

/** Tools stand on their own, in namespaces, and in items of the conversation. */
function readTools(body: Json, input: readonly Json[]): readonly OfferedTool[] {
  const added = input.filter(({ type }) => type === 'additional_tools').flatMap(({ tools }) => list(tools));
  return [...list(body['tools']), ...added].map(object).flatMap((tool) => {
    if (tool['type'] !== 'namespace') return readTool(tool);
    const namespace = string(tool['name']);
    return list(tool['tools']).flatMap((inner) => readTool(object(inner)).map((read) => ({ ...read, namespace })));
  });
}

function readTool(tool: Json): readonly OfferedTool[] {
  const name = string(tool['name']);
  if (tool['type'] === 'function') return [{ name, schema: object(tool['parameters']) }];
  if (tool['type'] !== 'custom') return [];
  return [{ name, schema: { properties: { input: { type: 'string' } }, required: ['input'] }, custom: true }];
}

function readResponses(body: Json): Prompt {
  const input =
    typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : list(body['input']).map(object);
  const instructions = string(body['instructions']);
  const tools = list(body['tools']).map(object);
  const limit = number(body['max_output_tokens']);
  const effort = object(body['reasoning'])['effort'];
  const schema = object(object(body['text'])['format']);
  const system: readonly Turn[] = instructions === '' ? [] : [{ kind: 'system', text: instructions }];
  return {
    model: string(body['model']),
    turns: [...system, ...input.flatMap(readItem)],
    tools: readTools(body, input),
    ...(schema['type'] === 'json_schema' ? { answerSchema: object(schema['schema']) } : {}),
    ...(limit === undefined ? {} : { maxOutputTokens: limit }),
    stop: [],
    thinking: effort === 'medium' || effort === 'high',
    segments: [instructions, ...tools, ...input].map((piece) => ({ text: JSON.stringify(piece), breakpoint: false })),
  };
}

function readItem(item: Json): readonly Turn[] {
  const type = string(item['type']);
  if (type === 'function_call') {
    return [
      { kind: 'call', id: string(item['call_id']), name: string(item['name']), arguments: parsed(item['arguments']) },
    ];
  }
  if (type === 'custom_tool_call') {
    const input = { input: string(item['input']) };
    return [{ kind: 'call', id: string(item['call_id']), name: string(item['name']), arguments: input }];
  }
  if (type === 'function_call_output' || type === 'custom_tool_call_output')
    return [{ kind: 'result', id: string(item['call_id']), text: textOf(item['output']) }];
  if (type !== '' && type !== 'message') return [];
  const role = string(item['role']);
  const images = list(item['content'])
    .map(object)
    .filter((part) => part['type'] === 'input_image');
  const text = textOf(item['content']);
  const kind = role === 'assistant' ? 'assistant' : role === 'system' || role === 'developer' ? 'system' : 'user';
  return [
    ...images.map((part): Turn => ({ kind: 'image', mediaType: mediaType(string(part['image_url'])) })),
    ...(text === '' ? [] : [{ kind, text } as const]),
  ];
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => string(object(part)['text']))
    .filter((piece) => piece !== '')
    .join('\n');
}
