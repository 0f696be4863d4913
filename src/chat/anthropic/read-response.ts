import { mergeAnthropicUsage, usageFromAnthropic } from '../../models/usage.ts';
import type { StopReason } from '../conversation.ts';
import type { StreamDecoder } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { StreamCut, StreamFault } from '../fault.ts';
import { PendingCalls } from '../pending-calls.ts';
import type { SseEvent } from '../sse.ts';
import { type Fields, fieldsOf, indexOf, isFields, jsonOrUndefined, listOf, textOf } from '../untrusted.ts';
import { readAnthropicError } from './read-error.ts';
import { usualDelta } from './usual-delta.ts';

type OpenBlock =
  | { readonly kind: 'text' | 'other' }
  | { readonly kind: 'tool-call'; readonly key: string }
  | { readonly kind: 'thinking'; signature: string; sealed?: string };

interface Reading {
  readonly calls: PendingCalls;
  readonly blocks: Map<number, OpenBlock>;
  usage: unknown;
  textKey: string | undefined;
  stopReason: StopReason | undefined;
  started: boolean;
  finished: boolean;
}

/** Reads the event stream of a message. Its clean end is `message_stop`, and nothing else. */
export function readAnthropicStream(): StreamDecoder {
  const reading: Reading = {
    calls: new PendingCalls(),
    blocks: new Map(),
    usage: undefined,
    textKey: undefined,
    stopReason: undefined,
    started: false,
    finished: false,
  };
  return {
    push(event) {
      reading.textKey = undefined;
      return reading.finished ? [] : readFrame(reading, usualDelta(event.data) ?? frameOf(event));
    },
    textKey: () => reading.textKey,
    end() {
      if (reading.finished) return [];
      throw new StreamCut('The provider ended the stream before the answer was finished.');
    },
  };
}

/** Reads a whole message, as a request without `stream` is answered. Throws a `StreamFault` when it is not one. */
export function readAnthropicResponse(body: unknown): ChatEvent[] {
  const message = fieldsOf(body);
  if (message['type'] === 'error') throwReported(body);
  if (!Array.isArray(message['content']) || typeof message['stop_reason'] !== 'string') {
    throw new StreamFault('malformed', 'The provider answered with something that is not a message.');
  }
  const decoder = readAnthropicStream();
  const frames: Fields[] = [
    { type: 'message_start', message },
    ...listOf(message['content']).flatMap((block, index): Fields[] => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: message['stop_reason'] } },
    { type: 'message_stop' },
  ];
  return frames.flatMap((frame) => decoder.push({ event: textOf(frame['type']), data: JSON.stringify(frame), id: '' }));
}

function frameOf({ event, data }: SseEvent): Fields {
  const frame = jsonOrUndefined(data);
  if (isFields(frame)) return frame;
  // Some gateways send the marker of another dialect, or an empty keep-alive, between frames.
  if (data === '' || data === '[DONE]' || event === 'ping') return {};
  throw new StreamFault('malformed', 'The provider sent an event that is not a JSON object; the stream was given up.');
}

function readFrame(reading: Reading, frame: Fields): ChatEvent[] {
  switch (frame['type']) {
    case 'message_start':
      return startMessage(reading, fieldsOf(frame['message']));
    case 'content_block_start':
      return startBlock(reading, indexIn(frame), fieldsOf(frame['content_block']));
    case 'content_block_delta':
      return continueBlock(reading, indexIn(frame), fieldsOf(frame['delta']));
    case 'content_block_stop':
      return stopBlock(reading, indexIn(frame));
    case 'message_delta':
      reading.stopReason = stopReasonOf(fieldsOf(frame['delta'])['stop_reason']) ?? reading.stopReason;
      return frame['usage'] === undefined ? [] : readUsage(reading, frame['usage']);
    case 'message_stop':
      return stopMessage(reading);
    case 'error':
      return throwReported(frame);
    default:
      // `ping`, and what newer versions may add.
      return [];
  }
}

function startMessage(reading: Reading, message: Fields): ChatEvent[] {
  if (reading.started) throw new StreamFault('malformed', 'The provider started a second message in one stream.');
  reading.started = true;
  const model = textOf(message['model']);
  const id = textOf(message['id']);
  return [
    { kind: 'started', ...(model !== '' && { servedModel: model }), ...(id !== '' && { responseId: id }) },
    ...readUsage(reading, message['usage']),
  ];
}

function startBlock(reading: Reading, index: number, block: Fields): ChatEvent[] {
  switch (block['type']) {
    case 'text':
      reading.blocks.set(index, { kind: 'text' });
      return saying('text', textOf(block['text']));
    case 'thinking':
      reading.blocks.set(index, { kind: 'thinking', signature: textOf(block['signature']) });
      return saying('thinking', textOf(block['thinking']));
    case 'redacted_thinking':
      reading.blocks.set(index, { kind: 'thinking', signature: '', sealed: textOf(block['data']) });
      return [];
    case 'tool_use': {
      const key = String(index);
      reading.blocks.set(index, { kind: 'tool-call', key });
      const started = reading.calls.start(key, textOf(block['id']), textOf(block['name']));
      // A streamed call starts with an empty input, and its pieces follow; a whole one carries it.
      const input = block['input'];
      const given = isFields(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : '';
      return [...started, ...reading.calls.add(key, given)];
    }
    default:
      // Tools that run on the provider's side are never asked for; their blocks are not ours to hand on.
      reading.blocks.set(index, { kind: 'other' });
      return [];
  }
}

function continueBlock(reading: Reading, index: number, delta: Fields): ChatEvent[] {
  const block = reading.blocks.get(index);
  switch (delta['type']) {
    case 'text_delta':
      reading.textKey = 'text';
      return saying('text', textOf(delta['text']));
    case 'thinking_delta':
      reading.textKey = 'thinking';
      return saying('thinking', textOf(delta['thinking']));
    case 'signature_delta':
      if (block?.kind === 'thinking') block.signature += textOf(delta['signature']);
      return [];
    case 'input_json_delta':
      if (block?.kind === 'other') return [];
      return reading.calls.add(String(index), textOf(delta['partial_json']));
    default:
      return [];
  }
}

function stopBlock(reading: Reading, index: number): ChatEvent[] {
  const block = reading.blocks.get(index);
  if (block === undefined) return [];
  reading.blocks.delete(index);
  switch (block.kind) {
    case 'text':
    case 'other':
      return [];
    case 'thinking': {
      const { signature, sealed } = block;
      return [
        { kind: 'thinking-ended', ...(signature !== '' && { signature }), ...(sealed !== undefined && { sealed }) },
      ];
    }
    case 'tool-call':
      return reading.calls.end(block.key);
    default:
      return block satisfies never;
  }
}

function stopMessage(reading: Reading): ChatEvent[] {
  if (!reading.started || reading.stopReason === undefined) {
    throw new StreamCut('The provider ended the answer without saying why.');
  }
  reading.finished = true;
  const cutShort = reading.stopReason === 'length' || reading.stopReason === 'refusal';
  return [...reading.calls.finish(cutShort), { kind: 'finished', reason: reading.stopReason }];
}

function readUsage(reading: Reading, reported: unknown): ChatEvent[] {
  reading.usage = mergeAnthropicUsage(reading.usage, reported);
  const usage = usageFromAnthropic(reading.usage);
  return usage === undefined ? [] : [{ kind: 'usage', usage }];
}

function stopReasonOf(reason: unknown): StopReason | undefined {
  switch (reason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
    // A turn that goes on when it is sent back, which only happens with tools at the provider's side: not the end of it.
    case 'pause_turn':
      return 'length';
    case 'tool_use':
      return 'tool-calls';
    case 'stop_sequence':
      return 'stop-sequence';
    case 'refusal':
      return 'refusal';
    default:
      // `end_turn`, and reasons yet to come.
      return typeof reason === 'string' ? 'end' : undefined;
  }
}

function saying(kind: 'text' | 'thinking', text: string): ChatEvent[] {
  return text === '' ? [] : [{ kind, text }];
}

function indexIn(frame: Fields): number {
  return indexOf(frame['index']) ?? 0;
}

function throwReported(frame: unknown): never {
  const { kind, message } = readAnthropicError(undefined, frame);
  throw new StreamFault(kind, message);
}
