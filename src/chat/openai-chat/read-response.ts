import { usageFromOpenAiChat } from '../../models/usage.ts';
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
  /** The key of the call that a place in the wire's list of calls stands for now. */
  readonly keyAt: Map<number, string>;
  lastKey: string | undefined;
  textKey: string | undefined;
  thinking: boolean;
  refused: boolean;
  stopReason: StopReason | undefined;
  started: boolean;
  finished: boolean;
}

function newReading(): Reading {
  return {
    calls: new PendingCalls(),
    keyAt: new Map(),
    lastKey: undefined,
    textKey: undefined,
    thinking: false,
    refused: false,
    stopReason: undefined,
    started: false,
    finished: false,
  };
}

/**
 * Reads the chunks of a chat completion. Its clean end is a finish reason; `[DONE]` may follow, as may a chunk with the
 * usage and no choices, so `finished` comes with `[DONE]` or with the end of the stream.
 */
export function readOpenAiChatStream(): StreamDecoder {
  const reading = newReading();
  return {
    push(event) {
      reading.textKey = undefined;
      if (reading.finished) return [];
      if (event.data.trim() === '[DONE]') return finish(reading);
      return readChunk(reading, chunkOf(event), 'delta');
    },
    end: () => (reading.finished ? [] : finish(reading)),
    textKey: () => reading.textKey,
  };
}

/** Reads a whole chat completion. Throws a `StreamFault` when it is not one. */
export function readOpenAiChatResponse(body: unknown): ChatEvent[] {
  const answer = fieldsOf(body);
  if (answer['error'] === undefined && !isFields(listOf(answer['choices'])[0])) {
    throw new StreamFault('malformed', 'The provider answered with something that is not a chat completion.');
  }
  const reading = newReading();
  return [...readChunk(reading, answer, 'message'), ...finish(reading)];
}

function chunkOf({ data }: SseEvent): Fields {
  const chunk = jsonOrUndefined(data);
  if (isFields(chunk)) return chunk;
  if (data === '') return {};
  throw new StreamFault('malformed', 'The provider sent an event that is not a JSON object; the stream was given up.');
}

function readChunk(reading: Reading, chunk: Fields, saidIn: 'delta' | 'message'): ChatEvent[] {
  if (chunk['error'] !== undefined && chunk['error'] !== null) {
    const { kind, message } = readOpenAiError(undefined, chunk);
    throw new StreamFault(kind, message);
  }
  const events: ChatEvent[] = [];
  if (!reading.started && (Array.isArray(chunk['choices']) || isFields(chunk['usage']))) {
    reading.started = true;
    const model = textOf(chunk['model']);
    const id = textOf(chunk['id']);
    events.push({ kind: 'started', ...(model !== '' && { servedModel: model }), ...(id !== '' && { responseId: id }) });
  }
  for (const choice of listOf(chunk['choices']).map(fieldsOf)) {
    // One answer is asked for; a server that sends more has its first one read.
    if ((indexOf(choice['index']) ?? 0) !== 0) continue;
    events.push(...readSaid(reading, fieldsOf(choice[saidIn]), saidIn));
    const reason = stopReasonOf(choice['finish_reason']);
    if (reason !== undefined) reading.stopReason = reason;
  }
  const usage = usageFromOpenAiChat(chunk['usage'], chunk['service_tier']);
  if (usage !== undefined) events.push({ kind: 'usage', usage });
  return events;
}

function readSaid(reading: Reading, said: Fields, saidIn: 'delta' | 'message'): ChatEvent[] {
  const events: ChatEvent[] = [];
  // DeepSeek, Qwen and llama.cpp say `reasoning_content`; OpenRouter, Ollama and newer vLLM say `reasoning`.
  const thought = textOf(said['reasoning_content']);
  const thinking = thought || textOf(said['reasoning']);
  if (thinking !== '') {
    reading.thinking = true;
    reading.textKey = thought === '' ? 'reasoning' : 'reasoning_content';
    events.push({ kind: 'thinking', text: thinking });
  }
  const refusal = textOf(said['refusal']);
  if (refusal !== '') reading.refused = true;
  const text = textOfContent(said['content']) + refusal;
  // A whole answer's calls are whole and in order: two of one id are two.
  const calls = listOf(said['tool_calls']).map((call, index) =>
    saidIn === 'message' ? { ...fieldsOf(call), index } : fieldsOf(call),
  );
  // Clients that still say `functions` are answered so; there is one call at the most.
  if (isFields(said['function_call'])) calls.push({ index: 0, function: said['function_call'] });
  if (reading.thinking && (text !== '' || calls.length > 0)) events.push(...endThinking(reading));
  if (text !== '') events.push({ kind: 'text', text });
  if (text !== '' && text === said['content']) reading.textKey = 'content';
  for (const call of calls) events.push(...readCall(reading, call));
  return events;
}

/** Text is a string; Mistral's thinking models send a list of parts. */
function textOfContent(content: unknown): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map((part) => textOf(fieldsOf(part)['text']))
    .join('');
}

function readCall(reading: Reading, call: Fields): ChatEvent[] {
  const { calls, keyAt } = reading;
  const id = textOf(call['id']);
  const custom = isFields(call['custom']);
  const wrote = fieldsOf(custom ? call['custom'] : call['function']);
  const name = textOf(wrote['name']);
  const place = indexOf(call['index']);
  const events: ChatEvent[] = [];
  let key = place === undefined ? (id === '' ? reading.lastKey : callOf(id, calls)) : keyAt.get(place);
  // Some servers send each call whole and at place 0: a new id with a name is a new call, whatever its place.
  const another = key !== undefined && name !== '' && id !== '' && calls.callIdOf(key) !== id;
  if (key === undefined || another) {
    key = String(calls.count);
    events.push(...calls.start(key, id, name, custom ? { custom } : {}));
    if (place !== undefined) keyAt.set(place, key);
  }
  reading.lastKey = key;
  const given = wrote[custom ? 'input' : 'arguments'];
  // Ollama's older versions send the arguments as an object.
  events.push(...calls.add(key, isFields(given) ? JSON.stringify(given) : textOf(given)));
  return events;
}

function callOf(id: string, calls: PendingCalls): string | undefined {
  for (let key = 0; key < calls.count; key++) if (calls.callIdOf(String(key)) === id) return String(key);
  return undefined;
}

function endThinking(reading: Reading): ChatEvent[] {
  reading.thinking = false;
  return [{ kind: 'thinking-ended' }];
}

function finish(reading: Reading): ChatEvent[] {
  const { stopReason, calls, refused } = reading;
  if (stopReason === undefined) {
    throw new StreamCut('The provider ended the stream before the answer was finished.');
  }
  reading.finished = true;
  const events: ChatEvent[] = reading.thinking ? endThinking(reading) : [];
  const handedOn = calls.finish(stopReason === 'length' || stopReason === 'refusal');
  // Servers differ in what they call the end of an answer that calls tools.
  const reason =
    refused && handedOn.length === 0
      ? 'refusal'
      : stopReason === 'end' && handedOn.length > 0
        ? 'tool-calls'
        : stopReason;
  return [...events, ...handedOn, { kind: 'finished', reason }];
}

function stopReasonOf(reason: unknown): StopReason | undefined {
  switch (reason) {
    case 'length':
    case 'model_length':
    case 'max_tokens':
      return 'length';
    case 'tool_calls':
    case 'function_call':
      return 'tool-calls';
    case 'content_filter':
      return 'refusal';
    case 'error':
    case 'insufficient_system_resource':
    case 'aborted':
      throw new StreamFault('server', `The provider stopped the answer with the reason "${reason}".`);
    default:
      return typeof reason === 'string' && reason !== '' ? 'end' : undefined;
  }
}
