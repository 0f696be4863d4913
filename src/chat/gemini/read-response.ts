import { usageFromGemini } from '../../models/usage.ts';
import type { StopReason } from '../conversation.ts';
import type { StreamDecoder } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { faultMessage, StreamCut, StreamFault } from '../fault.ts';
import { deepestNesting, nestsDeeperThan } from '../nesting.ts';
import { PendingCalls } from '../pending-calls.ts';
import type { SseEvent } from '../sse.ts';
import { type Fields, fieldsOf, indexOf, isFields, jsonOrUndefined, listOf, textOf } from '../untrusted.ts';
import { readGeminiError } from './read-error.ts';

interface Reading {
  readonly calls: PendingCalls;
  /** Put into the ids of calls that come without: unlike in another answer of the same conversation. */
  responseId: string;
  thinking: boolean;
  stopReason: StopReason | undefined;
  started: boolean;
  finished: boolean;
}

function newReading(): Reading {
  return {
    calls: new PendingCalls(),
    responseId: '',
    thinking: false,
    stopReason: undefined,
    started: false,
    finished: false,
  };
}

/**
 * Reads the chunks of a streamed answer. Its clean end is a finish reason: with the usage beside it the answer is over,
 * else at the end of the stream.
 */
export function readGeminiStream(): StreamDecoder {
  const reading = newReading();
  return {
    push(event) {
      return reading.finished ? [] : readChunk(reading, chunkOf(event));
    },
    end: () => (reading.finished ? [] : finish(reading)),
  };
}

/** Reads a whole answer: one body, or the list of chunks that a stream without `alt=sse` is. Throws a `StreamFault`. */
export function readGeminiResponse(body: unknown): ChatEvent[] {
  const chunks = Array.isArray(body) ? body.map(fieldsOf) : [fieldsOf(body)];
  if (!chunks.some((chunk) => 'candidates' in chunk || 'promptFeedback' in chunk || 'error' in chunk)) {
    throw new StreamFault('malformed', 'The provider answered with something that is not generated content.');
  }
  const reading = newReading();
  const events = chunks.flatMap((chunk) => (reading.finished ? [] : readChunk(reading, chunk)));
  return reading.finished ? events : [...events, ...finish(reading)];
}

function chunkOf({ data }: SseEvent): Fields {
  const chunk = jsonOrUndefined(data);
  if (isFields(chunk)) return chunk;
  // Some gateways send the marker of another dialect, or an empty keep-alive, between chunks.
  if (data === '' || data === '[DONE]') return {};
  throw new StreamFault('malformed', 'The provider sent an event that is not a JSON object; the stream was given up.');
}

function readChunk(reading: Reading, chunk: Fields): ChatEvent[] {
  if (isFields(chunk['error'])) {
    const { kind, message } = readGeminiError(undefined, chunk);
    throw new StreamFault(kind, message);
  }
  const events: ChatEvent[] = [];
  if (!reading.started && ('candidates' in chunk || 'usageMetadata' in chunk || 'promptFeedback' in chunk)) {
    events.push(start(reading, chunk));
  }
  refuseBlocked(chunk);
  for (const candidate of listOf(chunk['candidates']).map(fieldsOf)) {
    // One answer is asked for; of more, the first is read.
    if ((indexOf(candidate['index']) ?? 0) !== 0) continue;
    for (const part of listOf(fieldsOf(candidate['content'])['parts']))
      events.push(...readPart(reading, fieldsOf(part)));
    reading.stopReason = stopReasonOf(candidate) ?? reading.stopReason;
  }
  const usage = usageFromGemini(chunk['usageMetadata']);
  if (usage !== undefined) events.push({ kind: 'usage', usage });
  if (reading.stopReason !== undefined && usage !== undefined) events.push(...finish(reading));
  return events;
}

function start(reading: Reading, chunk: Fields): ChatEvent {
  reading.started = true;
  const model = textOf(chunk['modelVersion']);
  reading.responseId = textOf(chunk['responseId']);
  return {
    kind: 'started',
    ...(model !== '' && { servedModel: model }),
    ...(reading.responseId !== '' && { responseId: reading.responseId }),
  };
}

/** A prompt that was blocked has no answer at all. */
function refuseBlocked(chunk: Fields): void {
  const feedback = fieldsOf(chunk['promptFeedback']);
  const reason = feedback['blockReason'];
  if (typeof reason !== 'string' || reason === '') return;
  const said = faultMessage(feedback['blockReasonMessage'], 'It gave no other reason.');
  throw new StreamFault('content-refused', `The provider blocked the prompt (${faultMessage(reason, '')}). ${said}`);
}

function readPart(reading: Reading, part: Fields): ChatEvent[] {
  const signature = textOf(part['thoughtSignature']);
  const text = textOf(part['text']);
  if (part['thought'] === true) {
    const events: ChatEvent[] = [];
    if (text !== '') {
      reading.thinking = true;
      events.push({ kind: 'thinking', text });
    }
    return signature === '' ? events : [...events, ...endThinking(reading, signature)];
  }
  const call = isFields(part['functionCall']) ? part['functionCall'] : undefined;
  const events: ChatEvent[] = [];
  // The signature of what was thought stands on what was said next.
  if (signature !== '') events.push(...endThinking(reading, signature));
  else if (reading.thinking && (text !== '' || call !== undefined)) events.push(...endThinking(reading));
  if (text !== '') events.push({ kind: 'text', text });
  // What the provider's own tools did is not ours to hand on.
  if (call !== undefined) events.push(...readCall(reading, call));
  return events;
}

/** A call comes whole, and often without an id. */
function readCall({ calls, responseId }: Reading, call: Fields): ChatEvent[] {
  const key = String(calls.count);
  const made = responseId === '' ? '' : `call_${responseId.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 24)}_${key}`;
  const args = call['args'];
  if (nestsDeeperThan(args, deepestNesting)) {
    throw new StreamFault('malformed', 'The provider sent a tool call whose arguments are nested too deeply.');
  }
  return [
    ...calls.start(key, textOf(call['id']) || made, textOf(call['name'])),
    ...calls.add(key, isFields(args) ? JSON.stringify(args) : '{}'),
    ...calls.end(key),
  ];
}

function endThinking(reading: Reading, signature?: string): ChatEvent[] {
  reading.thinking = false;
  return [{ kind: 'thinking-ended', ...(signature !== undefined && { signature }) }];
}

function finish(reading: Reading): ChatEvent[] {
  const { stopReason, calls } = reading;
  if (stopReason === undefined) {
    throw new StreamCut('The provider ended the stream before the answer was finished.');
  }
  reading.finished = true;
  const reason = stopReason === 'end' && calls.count > 0 ? 'tool-calls' : stopReason;
  return [...(reading.thinking ? endThinking(reading) : []), { kind: 'finished', reason }];
}

function stopReasonOf({ finishReason, finishMessage }: Fields): StopReason | undefined {
  switch (finishReason) {
    case 'MAX_TOKENS':
      return 'length';
    case 'SAFETY':
    case 'RECITATION':
    case 'LANGUAGE':
    case 'BLOCKLIST':
    case 'PROHIBITED_CONTENT':
    case 'SPII':
    case 'IMAGE_SAFETY':
    case 'IMAGE_PROHIBITED_CONTENT':
    case 'IMAGE_RECITATION':
      return 'refusal';
    case 'MALFORMED_FUNCTION_CALL':
    case 'UNEXPECTED_TOOL_CALL':
    case 'TOO_MANY_TOOL_CALLS':
    case 'MALFORMED_RESPONSE':
    case 'OTHER': {
      const said = faultMessage(finishMessage, '');
      throw new StreamFault(
        'server',
        `The provider stopped the answer with the reason "${finishReason}"${said === '' ? '.' : `: ${said}`}`,
      );
    }
    case 'FINISH_REASON_UNSPECIFIED':
      return undefined;
    default:
      // `STOP`, also at a stop sequence, and reasons yet to come.
      return typeof finishReason === 'string' && finishReason !== '' ? 'end' : undefined;
  }
}
