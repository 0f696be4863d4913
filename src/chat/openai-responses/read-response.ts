import { usageFromOpenAiResponses } from '../../models/usage.ts';
import type { StopReason } from '../conversation.ts';
import type { StreamDecoder } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { StreamCut, StreamFault } from '../fault.ts';
import { readOpenAiError } from '../openai-fault.ts';
import { PendingCalls } from '../pending-calls.ts';
import type { SseEvent } from '../sse.ts';
import { type Fields, fieldsOf, indexOf, isFields, jsonOrUndefined, listOf, textOf } from '../untrusted.ts';

interface Reading {
  readonly calls: PendingCalls;
  /** Output items of which text has been handed on, by their index. */
  readonly heard: Set<string>;
  textKey: string | undefined;
  refused: boolean;
  started: boolean;
  finished: boolean;
}

/** Reads the event stream of a response. Its clean ends are `response.completed` and `response.incomplete`. */
export function readOpenAiResponsesStream(): StreamDecoder {
  const reading: Reading = {
    calls: new PendingCalls(),
    heard: new Set(),
    textKey: undefined,
    refused: false,
    started: false,
    finished: false,
  };
  return {
    push(event) {
      reading.textKey = undefined;
      return reading.finished ? [] : readFrame(reading, frameOf(event));
    },
    textKey: () => reading.textKey,
    end() {
      if (reading.finished) return [];
      throw new StreamCut('The provider ended the stream before the answer was finished.');
    },
  };
}

/** Reads a whole response, as a request without `stream` is answered. Throws a `StreamFault` when it is not one. */
export function readOpenAiResponsesResponse(body: unknown): ChatEvent[] {
  const response = fieldsOf(body);
  const status = response['status'];
  if (isFields(response['error']) && status === undefined) throwReported(response);
  if (!Array.isArray(response['output']) || typeof status !== 'string') {
    throw new StreamFault('malformed', 'The provider answered with something that is not a response.');
  }
  const decoder = readOpenAiResponsesStream();
  const frames: Fields[] = [
    { type: 'response.created', response },
    ...listOf(response['output']).map(
      (item, output_index): Fields => ({
        type: `response.output_item.${isCutShort(response, output_index) ? 'added' : 'done'}`,
        output_index,
        item,
      }),
    ),
    { type: `response.${status}`, response },
  ];
  const events = frames.flatMap((frame) =>
    decoder.push({ event: textOf(frame['type']), data: JSON.stringify(frame), id: '' }),
  );
  return [...events, ...decoder.end()];
}

/** The last item of an answer that was cut short, where it is plain text that does not show that it is half. */
function isCutShort({ status, output }: Fields, index: number): boolean {
  const items = listOf(output);
  return status === 'incomplete' && index === items.length - 1 && fieldsOf(items[index])['type'] === 'custom_tool_call';
}

function frameOf({ data }: SseEvent): Fields {
  const frame = jsonOrUndefined(data);
  if (isFields(frame)) return frame;
  if (data === '' || data.trim() === '[DONE]') return {};
  throw new StreamFault('malformed', 'The provider sent an event that is not a JSON object; the stream was given up.');
}

function readFrame(reading: Reading, frame: Fields): ChatEvent[] {
  const key = String(indexOf(frame['output_index']) ?? textOf(frame['item_id']));
  switch (frame['type']) {
    case 'response.created':
      return start(reading, fieldsOf(frame['response']));
    case 'response.output_item.added':
      return startItem(reading, key, fieldsOf(frame['item']));
    case 'response.output_item.done':
      return endItem(reading, key, fieldsOf(frame['item']));
    case 'response.output_text.delta':
      reading.textKey = 'delta';
      return saying(reading, key, textOf(frame['delta']));
    case 'response.refusal.delta':
      reading.refused = true;
      return saying(reading, key, textOf(frame['delta']));
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_text.delta':
      reading.textKey = 'delta';
      return thinking(reading, key, textOf(frame['item_id']), textOf(frame['delta']));
    case 'response.reasoning_summary_part.added':
      // Each part of a summary is a paragraph of its own.
      return (indexOf(frame['summary_index']) ?? 0) > 0 ? thinking(reading, key, textOf(frame['item_id']), '\n\n') : [];
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      return reading.calls.add(key, textOf(frame['delta']));
    case 'response.completed':
    case 'response.incomplete':
      return finish(reading, fieldsOf(frame['response']));
    case 'response.failed':
      return throwReported(fieldsOf(frame['response']));
    case 'response.cancelled':
      throw new StreamFault('cancelled', 'The provider cancelled the answer.');
    case 'error':
      return throwReported(frame);
    default:
      // Progress of what was not asked for, and repetitions of what has been handed on.
      return [];
  }
}

function start(reading: Reading, response: Fields): ChatEvent[] {
  if (reading.started) throw new StreamFault('malformed', 'The provider started a second answer in one stream.');
  reading.started = true;
  const model = textOf(response['model']);
  const id = textOf(response['id']);
  return [{ kind: 'started', ...(model !== '' && { servedModel: model }), ...(id !== '' && { responseId: id }) }];
}

function startItem({ calls }: Reading, key: string, item: Fields): ChatEvent[] {
  const custom = item['type'] === 'custom_tool_call';
  if (item['type'] !== 'function_call' && !custom) return [];
  const namespace = textOf(item['namespace']);
  return calls.start(key, textOf(item['call_id']), textOf(item['name']), {
    ...(custom && { custom }),
    ...(namespace !== '' && { namespace }),
  });
}

function endItem(reading: Reading, key: string, item: Fields): ChatEvent[] {
  switch (item['type']) {
    case 'function_call':
    case 'custom_tool_call': {
      const started = reading.calls.has(key) ? [] : startItem(reading, key, item);
      const whole = item[item['type'] === 'function_call' ? 'arguments' : 'input'];
      return [...started, ...reading.calls.end(key, textOf(whole))];
    }
    case 'reasoning': {
      const id = textOf(item['id']);
      const sealed = textOf(item['encrypted_content']);
      const unheard = reading.heard.has(key) ? [] : thinking(reading, key, id, thoughtOf(item));
      return [...unheard, { kind: 'thinking-ended', ...(id !== '' && { id }), ...(sealed !== '' && { sealed }) }];
    }
    case 'message':
      return reading.heard.has(key) ? [] : endMessage(reading, key, item);
    default:
      return [];
  }
}

/** A message of which no text came in pieces. */
function endMessage(reading: Reading, key: string, item: Fields): ChatEvent[] {
  return listOf(item['content'])
    .map(fieldsOf)
    .flatMap((part) => {
      if (part['type'] === 'refusal') reading.refused = true;
      return saying(reading, key, textOf(part['text']) || textOf(part['refusal']));
    });
}

function thoughtOf(item: Fields): string {
  const texts = (parts: unknown) => listOf(parts).map((part) => textOf(fieldsOf(part)['text']));
  const summary = texts(item['summary']).join('\n\n');
  return summary === '' ? texts(item['content']).join('\n\n') : summary;
}

function saying({ heard }: Reading, key: string, text: string): ChatEvent[] {
  if (text === '') return [];
  heard.add(key);
  return [{ kind: 'text', text }];
}

function thinking({ heard }: Reading, key: string, id: string, text: string): ChatEvent[] {
  if (text === '') return [];
  heard.add(key);
  return [{ kind: 'thinking', text, ...(id !== '' && { id }) }];
}

function finish(reading: Reading, response: Fields): ChatEvent[] {
  if (!reading.started) throw new StreamFault('malformed', 'The provider ended an answer that it had not started.');
  reading.finished = true;
  const usage = usageFromOpenAiResponses(response['usage'], response['service_tier']);
  const stopped = stopReasonOf(response);
  const cutShort = stopped === 'length' || stopped === 'refusal';
  const calls = reading.calls.finish(cutShort);
  const reason =
    stopped !== 'end' ? stopped : reading.calls.count > 0 ? 'tool-calls' : reading.refused ? 'refusal' : 'end';
  return [...calls, ...(usage === undefined ? [] : [{ kind: 'usage' as const, usage }]), { kind: 'finished', reason }];
}

function stopReasonOf(response: Fields): StopReason {
  switch (fieldsOf(response['incomplete_details'])['reason']) {
    case 'max_output_tokens':
    case 'max_tokens':
      return 'length';
    case 'content_filter':
      return 'refusal';
    default:
      return response['status'] === 'incomplete' ? 'length' : 'end';
  }
}

function throwReported(answer: unknown): never {
  const { kind, message } = readOpenAiError(undefined, answer);
  throw new StreamFault(kind, message);
}
