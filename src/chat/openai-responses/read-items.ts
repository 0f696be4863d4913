import type { AssistantPart, Message, SystemPart, UserPart } from '../conversation.ts';
import type { Lost } from '../events.ts';
import {
  documentPart,
  imagePart,
  type PlacedPart,
  readContent,
  readResult,
  readTexts,
  textPart,
  unreadPart,
} from '../openai-parts.ts';
import { readOnce, sameMessage } from '../read-once.ts';
import { listAt, objectAt, optional, textAt, wordAt, wrong } from '../request-fields.ts';
import { lostPart, midwayInstruction, midwayInstructionLost, reportParts, shownType } from '../request-losses.ts';
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
  const { system, messages, tools } = reading;
  return { system, messages: messages.map(sameMessage), tools };
}

function readItem(reading: Reading, item: Fields, where: string): void {
  const { lost } = reading;
  switch (item['type']) {
    case 'message':
    case undefined:
      readMessage(reading, item, where);
      return;
    case 'function_call':
    case 'custom_tool_call':
      addAnswered(reading, readCall(item, where, lost));
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      addResult(reading, readOutput(item, where, lost));
      return;
    case 'reasoning':
      addAnswered(reading, readReasoning(item, where, lost));
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

const readCall = readOnce((item: Fields, where: string, lost: Lost[]): AssistantPart => {
  reportParts(item, where, CALL_LOSSES, lost);
  const callId = wordAt(item['call_id'], `${where}.call_id`);
  const name = wordAt(item['name'], `${where}.name`);
  if (item['type'] === 'custom_tool_call') {
    const input = textAt(item['input'], `${where}.input`);
    return { kind: 'tool-call', callId, name, arguments: input, custom: true, ...namespaceOf(item, where) };
  }
  const given = optional(item['arguments'], `${where}.arguments`, textAt) ?? '';
  return { kind: 'tool-call', callId, name, arguments: given, ...namespaceOf(item, where) };
});

const readOutput = readOnce((item: Fields, where: string, lost: Lost[]): UserPart => {
  reportParts(item, where, CALL_LOSSES, lost);
  const callId = optional(item['call_id'], `${where}.call_id`, wordAt);
  if (callId === undefined) return lostPart('a result that names no call', where, lost);
  const parts = readResult(item['output'], `${where}.output`, (placed) => readSaidPart(placed, lost), lost);
  return { kind: 'tool-result', callId, parts };
});

const CALL_LOSSES = { caller: 'that a tool was called by a program of the model’s and not by itself' } as const;
const PHASE_LOST = 'which of the earlier texts were comments and which the answer';

/** What stands beside the texts of an earlier answer. Clients write a phase to each of them: it is told once. */
function reportAnswered(item: Fields, where: string, lost: Lost[]): void {
  if (typeof item['phase'] === 'string' && !lost.some(({ what }) => what === PHASE_LOST)) {
    lost.push({ where: `${where}.phase`, what: PHASE_LOST });
  }
  for (const [index, part] of listOf(item['content']).entries()) {
    const at = `${where}.content[${index}]`;
    reportParts(fieldsOf(part), at, { annotations: 'what an earlier answer says of its sources' }, lost);
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
      messages.push({ role: 'user', parts: readSaid(item, where, lost) });
      return;
    case 'assistant':
      // Two messages in a row stay two; reasoning before and calls after one are of the same answer.
      if (reading.answer?.some(({ kind }) => kind === 'text')) reading.answer = undefined;
      reportAnswered(item, where, lost);
      for (const part of readAnswered(item, where, lost)) addAnswered(reading, part);
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

const readSaid = readOnce((item: Fields, where: string, lost: Lost[]): readonly UserPart[] =>
  readContent(item['content'], `${where}.content`, (placed) => readSaidPart(placed, lost)),
);

const readAnswered = readOnce((item: Fields, where: string, lost: Lost[]): readonly AssistantPart[] =>
  readTexts(item['content'], `${where}.content`, lost),
);

function readSaidPart(placed: PlacedPart, lost: Lost[]): UserPart {
  const { part, where } = placed;
  switch (part['type']) {
    case 'input_image': {
      const url = optional(part['image_url'], `${where}.image_url`, textAt);
      return url === undefined
        ? lostPart('an image that is stored at the provider', where, lost)
        : imagePart(url, placed, part['detail'], lost);
    }
    case 'input_file':
      return documentPart(part, where) ?? lostPart('a file whose content is not in the request', where, lost);
    default:
      return textPart(placed) ?? unreadPart(placed, lost);
  }
}

const readReasoning = readOnce((item: Fields, where: string): AssistantPart => {
  const summary = paragraphs(optional(item['summary'], `${where}.summary`, listAt));
  const text = summary === '' ? paragraphs(optional(item['content'], `${where}.content`, listAt)) : summary;
  const sealed = optional(item['encrypted_content'], `${where}.encrypted_content`, textAt) ?? '';
  const seal = readSeal(sealed);
  if (seal !== undefined) return { kind: 'thinking', text, ...seal };
  const id = textOf(item['id']);
  // What this dialect's own servers have sealed themselves.
  return { kind: 'thinking', text, ...(id !== '' && { id }), ...(sealed !== '' && { sealed }), maker: 'openai' };
});

function paragraphs(parts: unknown): string {
  return listOf(parts)
    .map((part) => textOf(fieldsOf(part)['text']))
    .join('\n\n');
}
