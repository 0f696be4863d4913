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
import { lostPart, midwayInstruction, midwayInstructionLost } from '../request-losses.ts';
import { type Fields, fieldsOf } from '../untrusted.ts';

export interface ReadMessages {
  readonly system: readonly SystemPart[];
  readonly messages: readonly Message[];
}

interface Reading {
  readonly system: SystemPart[];
  readonly messages: Message[];
  /** The results that came one after the other, which are one message here. */
  results: UserPart[] | undefined;
  /** Calls of the older kind have no id: the one that is waiting for its result, and how many there were. */
  functionCalls: number;
  readonly lost: Lost[];
}

/** The messages of a chat completion. What the system says before anyone else is its instructions. */
export function readMessages(value: unknown, lost: Lost[]): ReadMessages {
  const reading: Reading = { system: [], messages: [], results: undefined, functionCalls: 0, lost };
  for (const [index, item] of listAt(value, 'messages').entries()) {
    const where = `messages[${index}]`;
    readMessage(reading, objectAt(item, where), where);
  }
  return { system: reading.system, messages: reading.messages.map(sameMessage) };
}

function readMessage(reading: Reading, message: Fields, where: string): void {
  const { lost, messages } = reading;
  const role = message['role'];
  if (message['name'] !== undefined && message['name'] !== null && role !== 'function') {
    lost.push({ where: `${where}.name`, what: 'the name of who speaks' });
  }
  if (role !== 'tool' && role !== 'function') reading.results = undefined;
  switch (role) {
    case 'system':
    case 'developer':
      readInstruction(reading, message['content'], where);
      return;
    case 'user':
      messages.push({ role, parts: readSaid(message, where, lost) });
      return;
    case 'assistant':
      messages.push({ role, parts: [...readAnswer(message, where, lost), ...readOlderCall(reading, message, where)] });
      return;
    case 'tool':
      addResult(reading, readToolResult(message, where, lost));
      return;
    case 'function':
      addResult(reading, readResultOf(functionCallId(reading.functionCalls), message, where, lost));
      return;
    default:
      wrong(`${where}.role`, '"system", "developer", "user", "assistant" or "tool"');
  }
}

function readInstruction({ system, messages, lost }: Reading, content: unknown, where: string): void {
  const parts = readTexts(content, `${where}.content`, lost);
  if (messages.length === 0) {
    system.push(...parts.map(({ text, cacheBreakpoint }) => ({ text, ...(cacheBreakpoint && { cacheBreakpoint }) })));
    return;
  }
  lost.push({ where, what: midwayInstructionLost });
  messages.push({ role: 'user', parts: [midwayInstruction(parts.map(({ text }) => text).join('\n'))] });
}

const readSaid = readOnce((message: Fields, where: string, lost: Lost[]): readonly UserPart[] =>
  readContent(message['content'], `${where}.content`, (placed) => readSaidPart(placed, lost)),
);

function readSaidPart(placed: PlacedPart, lost: Lost[]): UserPart {
  const { part, where } = placed;
  switch (part['type']) {
    case 'image_url':
      return imagePart(imageUrl(part, where), placed, fieldsOf(part['image_url'])['detail'], lost);
    case 'file':
      return (
        documentPart(objectAt(part['file'], `${where}.file`), `${where}.file`) ??
        lostPart('a file whose content is not in the request', where, lost)
      );
    default:
      return textPart(placed) ?? unreadPart(placed, lost);
  }
}

/** Some clients write the address where its object belongs. */
function imageUrl(part: Fields, where: string): string {
  const image = part['image_url'];
  if (typeof image === 'string') return image;
  return textAt(objectAt(image, `${where}.image_url`)['url'], `${where}.image_url.url`);
}

const readAnswer = readOnce((message: Fields, where: string, lost: Lost[]): readonly AssistantPart[] => {
  const parts: AssistantPart[] = [];
  const thinking = optional(message['reasoning_content'], `${where}.reasoning_content`, textAt);
  // Nobody says whose thinking it was; no maker that seals its thinking takes it as text.
  if (thinking !== undefined && thinking !== '') parts.push({ kind: 'thinking', text: thinking });
  parts.push(...readTexts(message['content'], `${where}.content`, lost).filter(({ text }) => text !== ''));
  const refusal = optional(message['refusal'], `${where}.refusal`, textAt);
  if (refusal !== undefined && refusal !== '') parts.push({ kind: 'text', text: refusal });
  if (message['audio'] !== undefined && message['audio'] !== null) {
    lost.push({ where: `${where}.audio`, what: 'an answer in sound' });
  }
  const calls = optional(message['tool_calls'], `${where}.tool_calls`, listAt) ?? [];
  for (const [index, call] of calls.entries()) parts.push(readCall(call, `${where}.tool_calls[${index}]`));
  return parts;
});

function readOlderCall(reading: Reading, message: Fields, where: string): readonly AssistantPart[] {
  const functionCall = optional(message['function_call'], `${where}.function_call`, objectAt);
  if (functionCall === undefined) return [];
  reading.functionCalls += 1;
  return [readFunctionCall(functionCallId(reading.functionCalls), functionCall, `${where}.function_call`)];
}

function readCall(value: unknown, where: string): AssistantPart {
  const call = objectAt(value, where);
  const callId = wordAt(call['id'], `${where}.id`);
  if (call['type'] !== 'custom') {
    return readFunctionCall(callId, objectAt(call['function'], `${where}.function`), `${where}.function`);
  }
  const custom = objectAt(call['custom'], `${where}.custom`);
  const name = wordAt(custom['name'], `${where}.custom.name`);
  const input = textAt(custom['input'], `${where}.custom.input`);
  return { kind: 'tool-call', callId, name, arguments: input, custom: true };
}

function readFunctionCall(callId: string, called: Fields, where: string): AssistantPart {
  const given = optional(called['arguments'], `${where}.arguments`, textAt) ?? '';
  return { kind: 'tool-call', callId, name: wordAt(called['name'], `${where}.name`), arguments: given };
}

function functionCallId(count: number): string {
  return `function_call_${count}`;
}

const readToolResult = readOnce((message: Fields, where: string, lost: Lost[]): UserPart => {
  const callId = wordAt(message['tool_call_id'], `${where}.tool_call_id`);
  return readResultOf(callId, message, where, lost);
});

function readResultOf(callId: string, message: Fields, where: string, lost: Lost[]): UserPart {
  const parts = readResult(message['content'], `${where}.content`, (placed) => readSaidPart(placed, lost), lost);
  return { kind: 'tool-result', callId, parts };
}

function addResult(reading: Reading, result: UserPart): void {
  if (reading.results === undefined) {
    reading.results = [result];
    reading.messages.push({ role: 'user', parts: reading.results });
  } else {
    reading.results.push(result);
  }
}
