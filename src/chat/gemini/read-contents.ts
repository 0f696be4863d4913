import type { AssistantPart, Message, ThinkingPart, ToolResultPart, UserPart } from '../conversation.ts';
import { RequestFault } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { imageOfDataUrl } from '../media.ts';
import { deepestNesting, nestsDeeperThan } from '../nesting.ts';
import { messageLikeBefore } from '../read-once.ts';
import { reportParts } from '../request-losses.ts';
import { readSeal } from '../sealed-thinking.ts';
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../untrusted.ts';
import { either, realSignature } from './wire.ts';

interface OpenCall {
  readonly callId: string;
  readonly name: string;
  answered: boolean;
}

interface Reading {
  readonly lost: Lost[];
  /** The calls of the model's last contents. A result without an id is for the first of its name that has none yet. */
  open: OpenCall[];
  /** Calls so far, for the ids of those that come without: the same each time, so that a prompt cache still matches. */
  count: number;
}

/** A request's `contents` as messages. Throws a {@link RequestFault} where they are none. */
export function readContents(contents: unknown, lost: Lost[]): Message[] {
  if (!Array.isArray(contents)) throw new RequestFault('contents: a list of contents is wanted here.');
  const reading: Reading = { lost, open: [], count: 0 };
  const messages: Message[] = [];
  /** What each begins with. */
  const sources: Fields[] = [];
  let answer: Answer | undefined;
  for (const [index, content] of contents.entries()) {
    const where = `contents[${index}]`;
    if (!isFields(content)) throw new RequestFault(`${where}: an object is wanted here.`);
    const { role } = content;
    const model = role === 'model';
    // The older form of a result has a role of its own.
    if (!model && role !== undefined && role !== 'user' && role !== 'function') {
      throw new RequestFault(`${where}.role: only "user" and "model" can be here.`);
    }
    const parts = partsOf(content['parts'], `${where}.parts`);
    if (model) {
      if (answer === undefined) {
        answer = { parts: [], thought: undefined };
        messages.push({ role: 'assistant', parts: answer.parts });
        sources.push(content);
        reading.open = [];
      }
      readAnswered(parts, `${where}.parts`, answer, reading);
    } else {
      if (answer !== undefined) endThought(answer, undefined);
      answer = undefined;
      const said = parts.flatMap((part, at) => readSaid(part, `${where}.parts[${at}]`, reading));
      messages.push({ role: 'user', parts: said });
      sources.push(content);
    }
  }
  if (answer !== undefined) endThought(answer, undefined);
  return messages.map((message, at) => messageLikeBefore(sources[at] ?? message, message));
}

/** An answer of the model's. SDKs keep each chunk of a stream as a content of its own: contents in a row are one. */
interface Answer {
  readonly parts: AssistantPart[];
  /** Thinking is open until something else is said; its signature stands on that, or on a thought of its own. */
  thought: string | undefined;
}

function endThought(answer: Answer, signature: string | undefined): void {
  if (answer.thought !== undefined || signature !== undefined) {
    answer.parts.push(thinkingPart(answer.thought ?? '', signature));
  }
  answer.thought = undefined;
}

/** A list of parts; each is an object, or text alone, as SDKs allow. */
export function partsOf(value: unknown, where: string): readonly Fields[] {
  if (value === undefined || value === null) return [];
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return parts.map((part, index) => {
    if (isFields(part)) return part;
    if (typeof part === 'string') return { text: part };
    throw new RequestFault(`${where}[${index}]: an object is wanted here.`);
  });
}

function readAnswered(parts: readonly Fields[], where: string, answer: Answer, reading: Reading): void {
  for (const [index, part] of parts.entries()) {
    const text = textOf(part['text']);
    const signature = realSignature(either(part, 'thoughtSignature', 'thought_signature'));
    if (part['thought'] === true) {
      answer.thought = (answer.thought ?? '') + text;
      if (signature !== undefined) endThought(answer, signature);
      continue;
    }
    const call = either(part, 'functionCall', 'function_call');
    if (text === '' && !isFields(call) && signature === undefined) {
      if (!('text' in part)) reading.lost.push({ where: `${where}[${index}]`, what: whatIs(part) });
      continue;
    }
    endThought(answer, signature);
    if (text !== '') addText(answer.parts, text);
    if (isFields(call)) answer.parts.push(readCall(call, `${where}[${index}]`, reading));
  }
}

/** Pieces of one text are one part. */
function addText(parts: AssistantPart[], text: string): void {
  const last = parts.at(-1);
  if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + text };
  else parts.push({ kind: 'text', text });
}

function thinkingPart(text: string, signature: string | undefined): ThinkingPart {
  if (signature === undefined) return { kind: 'thinking', text, maker: 'google' };
  return { kind: 'thinking', text, ...(readSeal(signature) ?? { signature, maker: 'google' }) };
}

function readCall(call: Fields, where: string, reading: Reading): AssistantPart {
  const name = textOf(call['name']);
  const args = call['args'];
  if (nestsDeeperThan(args, deepestNesting)) throw new RequestFault(`${where}.functionCall.args: nested too deeply.`);
  reading.count += 1;
  const callId = textOf(call['id']) || `call_${reading.count}`;
  reading.open.push({ callId, name, answered: false });
  return { kind: 'tool-call', callId, name, arguments: isFields(args) ? JSON.stringify(args) : '{}' };
}

function readSaid(part: Fields, where: string, reading: Reading): readonly UserPart[] {
  const text = part['text'];
  if (typeof text === 'string') return [{ kind: 'text', text }];
  reportParts(part, where, PART_LOSSES, reading.lost);
  const inline = either(part, 'inlineData', 'inline_data');
  if (isFields(inline)) return [readBlob(inline, where, reading.lost)];
  const file = either(part, 'fileData', 'file_data');
  if (isFields(file)) return [readFile(file, where, reading.lost)];
  const response = either(part, 'functionResponse', 'function_response');
  if (isFields(response)) return [readResult(response, where, reading)];
  reading.lost.push({ where, what: whatIs(part) });
  return [];
}

const PART_LOSSES = {
  mediaResolution: 'how closely an image is to be looked at',
  media_resolution: 'how closely an image is to be looked at',
  videoMetadata: 'which part of a recording is meant',
  video_metadata: 'which part of a recording is meant',
} as const;

function whatIs(part: Fields): string {
  const kind = Object.keys(part).find((key) => !/^(?:thought|video|media|part)/.test(key));
  return kind === undefined ? 'an empty part' : `a part of the kind "${kind.slice(0, 40)}"`;
}

function readBlob(blob: Fields, where: string, lost: Lost[]): UserPart {
  const mediaType = textOf(either(blob, 'mimeType', 'mime_type')).toLowerCase();
  const base64 = textOf(blob['data']);
  if (mediaType.startsWith('image/')) return { kind: 'image', mediaType, base64 };
  if (/^(?:audio|video)\//.test(mediaType)) {
    lost.push({ where, what: `media of type ${mediaType.slice(0, 40)}` });
    return { kind: 'text', text: '[A recording could not be passed on.]' };
  }
  const name = textOf(either(blob, 'displayName', 'display_name'));
  return { kind: 'document', mediaType, base64, ...(name !== '' && { name }) };
}

function readFile(file: Fields, where: string, lost: Lost[]): UserPart {
  const url = textOf(either(file, 'fileUri', 'file_uri'));
  const mediaType = textOf(either(file, 'mimeType', 'mime_type')).toLowerCase();
  const isImage = mediaType === '' || mediaType.startsWith('image/');
  // Files that were given to Google before can only be read there.
  const kept = /^https:\/\/generativelanguage\.googleapis\.com\//.test(url);
  if (url.startsWith('https://') && isImage && !kept) return { kind: 'image-url', url };
  if (imageOfDataUrl(url) !== undefined) return { kind: 'image-url', url };
  lost.push({ where, what: 'a file that stands elsewhere' });
  return { kind: 'text', text: '[A file could not be passed on.]' };
}

function readResult(result: Fields, where: string, { open, lost }: Reading): UserPart {
  const id = textOf(result['id']);
  const name = textOf(result['name']);
  const response = result['response'];
  if (nestsDeeperThan(response, deepestNesting)) {
    throw new RequestFault(`${where}.functionResponse.response: nested too deeply.`);
  }
  const call =
    open.find(({ callId, answered }) => !answered && callId === id) ??
    (id === '' ? open.find((other) => !other.answered && other.name === name) : undefined);
  if (call !== undefined) call.answered = true;
  reportParts(result, `${where}.functionResponse`, RESULT_LOSSES, lost);
  const { text, failed } = readResponse(fieldsOf(response));
  const images = listOf(result['parts']).flatMap((part, index): ToolResultPart[] => {
    reportParts(fieldsOf(part), `${where}.functionResponse.parts[${index}]`, PART_LOSSES, lost);
    const blob = fieldsOf(either(fieldsOf(part), 'inlineData', 'inline_data'));
    const mediaType = textOf(either(blob, 'mimeType', 'mime_type')).toLowerCase();
    if (mediaType.startsWith('image/')) return [{ kind: 'image', mediaType, base64: textOf(blob['data']) }];
    lost.push({ where: `${where}.functionResponse.parts[${index}]`, what: 'a part of a result that is no image' });
    return [];
  });
  return {
    kind: 'tool-result',
    callId: call?.callId ?? id,
    parts: [...(text === '' ? [] : [{ kind: 'text' as const, text }]), ...images],
    ...(failed && { failed }),
  };
}

const RESULT_LOSSES = {
  willContinue: 'that more of a result is to come',
  will_continue: 'that more of a result is to come',
  scheduling: 'when the model should hear of a result',
} as const;

/** `output` or `error` alone hold what a tool said; any other object is what it said. */
function readResponse(response: Fields): { readonly text: string; readonly failed: boolean } {
  const keys = Object.keys(response);
  const only = keys.length === 1 ? keys[0] : undefined;
  if (only !== 'output' && only !== 'error') {
    return { text: keys.length === 0 ? '' : JSON.stringify(response), failed: false };
  }
  const said = response[only];
  return { text: typeof said === 'string' ? said : JSON.stringify(said), failed: only === 'error' };
}
