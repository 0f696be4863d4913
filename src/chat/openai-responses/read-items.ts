import type { AssistantPart, Message, SystemPart, ToolResultPart, UserPart } from '../conversation.ts';
import type { Lost } from '../events.ts';
import {
  breakpointOf,
  documentPart,
  imagePart,
  listAt,
  lostPart,
  midwayInstruction,
  midwayInstructionLost,
  objectAt,
  optional,
  shownType,
  textAt,
  wordAt,
  wrong,
} from '../openai-request.ts';
import { readSeal } from '../sealed-thinking.ts';
import { type Fields, fieldsOf, listOf, textOf } from '../untrusted.ts';

export interface ReadItems {
  readonly system: readonly SystemPart[];
  readonly messages: readonly Message[];
  /** Lists of tools that came among the items, with their places. */
  readonly tools: readonly { readonly list: unknown; readonly where: string }[];
}

interface Reading {
  readonly system: SystemPart[];
  readonly messages: Message[];
  readonly tools: { readonly list: unknown; readonly where: string }[];
  /** The parts of the message that further items belong to, while nobody else has spoken. */
  answer: AssistantPart[] | undefined;
  results: UserPart[] | undefined;
  readonly lost: Lost[];
}

/** The `input` of a response: a text, or a flat list of items. */
export function readItems(input: unknown, lost: Lost[]): ReadItems {
  if (input === undefined || input === null) return { system: [], messages: [], tools: [] };
  if (typeof input === 'string') {
    return { system: [], messages: [{ role: 'user', parts: [{ kind: 'text', text: input }] }], tools: [] };
  }
  const reading: Reading = { system: [], messages: [], tools: [], answer: undefined, results: undefined, lost };
  if (!Array.isArray(input)) return wrong('input', 'a string or a list of items');
  for (const [index, item] of input.entries()) {
    const where = `input[${index}]`;
    readItem(reading, objectAt(item, where), where);
  }
  return reading;
}

function readItem(reading: Reading, item: Fields, where: string): void {
  const { lost } = reading;
  switch (item['type']) {
    case 'message':
    case undefined:
      readMessage(reading, item, where);
      return;
    case 'function_call':
      addAnswered(reading, {
        kind: 'tool-call',
        callId: wordAt(item['call_id'], `${where}.call_id`),
        name: wordAt(item['name'], `${where}.name`),
        arguments: optional(item['arguments'], `${where}.arguments`, textAt) ?? '',
        ...namespaceOf(item, where),
      });
      return;
    case 'custom_tool_call':
      addAnswered(reading, {
        kind: 'tool-call',
        callId: wordAt(item['call_id'], `${where}.call_id`),
        name: wordAt(item['name'], `${where}.name`),
        arguments: textAt(item['input'], `${where}.input`),
        custom: true,
        ...namespaceOf(item, where),
      });
      return;
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const callId = optional(item['call_id'], `${where}.call_id`, wordAt);
      if (callId === undefined) addResult(reading, lostPart('a result that names no call', where, lost));
      else
        addResult(reading, { kind: 'tool-result', callId, parts: readOutput(item['output'], `${where}.output`, lost) });
      return;
    }
    case 'reasoning':
      addAnswered(reading, readReasoning(item, where));
      return;
    case 'additional_tools':
    case 'tool_search_output':
      reading.tools.push({ list: item['tools'], where: `${where}.tools` });
      return;
    case 'item_reference':
      lost.push({ where, what: 'an item that is stored at the provider; the answer may be wrong without it' });
      return;
    default:
      lost.push({ where, what: `an item ${shownType(item['type'])}` });
  }
}

function namespaceOf(item: Fields, where: string): { readonly namespace?: string } {
  const namespace = optional(item['namespace'], `${where}.namespace`, textAt);
  return namespace === undefined || namespace === '' ? {} : { namespace };
}

function addAnswered(reading: Reading, part: AssistantPart): void {
  reading.results = undefined;
  if (reading.answer === undefined) {
    reading.answer = [];
    reading.messages.push({ role: 'assistant', parts: reading.answer });
  }
  reading.answer.push(part);
}

function addResult(reading: Reading, part: UserPart): void {
  reading.answer = undefined;
  if (reading.results === undefined) {
    reading.results = [];
    reading.messages.push({ role: 'user', parts: reading.results });
  }
  reading.results.push(part);
}

function readMessage(reading: Reading, item: Fields, where: string): void {
  const { system, messages, lost } = reading;
  const at = `${where}.content`;
  switch (item['role']) {
    case 'user':
      endTurn(reading);
      messages.push({ role: 'user', parts: readSaid(item['content'], at, lost) });
      return;
    case 'assistant':
      // Two messages in a row stay two; reasoning before and calls after one are of the same answer.
      if (reading.answer?.some(({ kind }) => kind === 'text')) reading.answer = undefined;
      for (const part of readTexts(item['content'], at, lost)) addAnswered(reading, part);
      return;
    case 'system':
    case 'developer': {
      endTurn(reading);
      const texts = readTexts(item['content'], at, lost);
      if (messages.length === 0) {
        system.push(...texts.map(({ kind: _, ...text }) => text));
      } else {
        lost.push({ where, what: midwayInstructionLost });
        messages.push({ role: 'user', parts: [midwayInstruction(texts.map(({ text }) => text).join('\n'))] });
      }
      return;
    }
    default:
      wrong(`${where}.role`, '"user", "assistant", "system" or "developer"');
  }
}

function endTurn(reading: Reading): void {
  reading.answer = undefined;
  reading.results = undefined;
}

interface ReadText {
  readonly kind: 'text';
  readonly text: string;
  readonly cacheBreakpoint?: true;
}

function contentParts(content: unknown, where: string): { readonly part: Fields; readonly at: string }[] {
  if (!Array.isArray(content)) return wrong(where, 'a string or a list of parts');
  return content.map((item: unknown, index) => {
    const at = `${where}[${index}]`;
    return { part: objectAt(item, at), at };
  });
}

function readTexts(content: unknown, where: string, lost: Lost[]): ReadText[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  return contentParts(content, where).map(({ part, at }) => textPart(part, at) ?? lostPart(whatPart(part), at, lost));
}

function textPart(part: Fields, where: string): ReadText | undefined {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { kind: 'text', text: textAt(part['text'], `${where}.text`), ...breakpointOf(part) };
    case 'refusal':
      return { kind: 'text', text: textAt(part['refusal'], `${where}.refusal`) };
    default:
      return undefined;
  }
}

function whatPart(part: Fields): string {
  return `a part ${shownType(part['type'])}`;
}

function readSaid(content: unknown, where: string, lost: Lost[]): UserPart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  return contentParts(content, where).map(({ part, at }) => readSaidPart(part, at, lost));
}

function readSaidPart(part: Fields, where: string, lost: Lost[]): UserPart {
  switch (part['type']) {
    case 'input_image': {
      const url = optional(part['image_url'], `${where}.image_url`, textAt);
      return url === undefined
        ? lostPart('an image that is stored at the provider', where, lost)
        : imagePart(url, part);
    }
    case 'input_file':
      return documentPart(part, where) ?? lostPart('a file whose content is not in the request', where, lost);
    default:
      return textPart(part, where) ?? lostPart(whatPart(part), where, lost);
  }
}

function readOutput(output: unknown, where: string, lost: Lost[]): ToolResultPart[] {
  if (output === undefined || output === null) return [];
  if (typeof output === 'string') return [{ kind: 'text', text: output }];
  return contentParts(output, where).map(({ part, at }): ToolResultPart => {
    const read = readSaidPart(part, at, lost);
    switch (read.kind) {
      case 'text':
        return { kind: 'text', text: read.text };
      case 'image':
        return { kind: 'image', mediaType: read.mediaType, base64: read.base64 };
      case 'image-url':
        return lostPart('an image given by its address in a result', at, lost);
      default:
        return lostPart('a file in a result', at, lost);
    }
  });
}

function readReasoning(item: Fields, where: string): AssistantPart {
  const summary = paragraphs(optional(item['summary'], `${where}.summary`, listAt));
  const text = summary === '' ? paragraphs(optional(item['content'], `${where}.content`, listAt)) : summary;
  const sealed = optional(item['encrypted_content'], `${where}.encrypted_content`, textAt) ?? '';
  const seal = readSeal(sealed);
  if (seal !== undefined) return { kind: 'thinking', text, ...seal };
  const id = textOf(item['id']);
  // What this dialect's own servers have sealed themselves.
  return { kind: 'thinking', text, ...(id !== '' && { id }), ...(sealed !== '' && { sealed }), maker: 'openai' };
}

function paragraphs(parts: unknown): string {
  return listOf(parts)
    .map((part) => textOf(fieldsOf(part)['text']))
    .join('\n\n');
}
