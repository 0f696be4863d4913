import type { Conversation, Effort, Tool, ToolResultPart, UserPart } from './conversation.ts';
import { RequestFault } from './dialect.ts';
import type { Lost } from './events.ts';
import { imageOfDataUrl } from './media.ts';
import { deepestNesting, nestsDeeperThan } from './nesting.ts';
import { type Fields, isFields } from './untrusted.ts';

// What the requests of both of OpenAI's dialects have in common, read. `where` is always the path that a fault names.

/** @throws {RequestFault} */
export function wrong(where: string, wanted: string): never {
  throw new RequestFault(`${where} must be ${wanted}.`);
}

export function objectAt(value: unknown, where: string): Fields {
  return isFields(value) ? value : wrong(where, 'an object');
}

export function listAt(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) ? value : wrong(where, 'a list');
}

export function textAt(value: unknown, where: string): string {
  return typeof value === 'string' ? value : wrong(where, 'a string');
}

/** A name or an id. */
export function wordAt(value: unknown, where: string): string {
  return typeof value === 'string' && value !== '' ? value : wrong(where, 'a string that is not empty');
}

export function numberAt(value: unknown, where: string): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : wrong(where, 'a number');
}

export function switchAt(value: unknown, where: string): boolean {
  return typeof value === 'boolean' ? value : wrong(where, 'true or false');
}

/** A value that is passed on as it is, such as a schema. */
export function plainAt(value: unknown, where: string): unknown {
  return nestsDeeperThan(value, deepestNesting) ? wrong(where, `nested at most ${deepestNesting} levels deep`) : value;
}

/** Both dialects take null for a field that is left out. */
export function optional<Value>(
  value: unknown,
  where: string,
  read: (value: unknown, where: string) => Value,
): Value | undefined {
  return value === undefined || value === null ? undefined : read(value, where);
}

/** Tokens; -1 is how clients of local servers say that there is no limit. */
export function limitAt(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null || value === -1) return undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
    ? value
    : wrong(where, 'a whole number of at least 1');
}

export function readSampling(body: Fields): Pick<Conversation, 'temperature' | 'topP'> {
  const temperature = optional(body['temperature'], 'temperature', numberAt);
  const topP = optional(body['top_p'], 'top_p', numberAt);
  return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { topP }) };
}

const effortOfWord: ReadonlyMap<unknown, Effort> = new Map([
  ['none', 'none'],
  ['minimal', 'minimal'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'max'],
  ['max', 'max'],
]);

export function readEffort(value: unknown, where: string, lost: Lost[]): Effort | undefined {
  const word = optional(value, where, textAt);
  const effort = effortOfWord.get(word);
  if (word !== undefined && effort === undefined) lost.push({ where, what: 'an effort of a name that is not known' });
  return effort;
}

/** A schema that the answer is to obey; the part of both dialects that has the same names. */
export function readSchema(format: Fields, where: string): NonNullable<Conversation['output']> {
  const strict = optional(format['strict'], `${where}.strict`, switchAt);
  return {
    kind: 'json-schema',
    name: wordAt(format['name'], `${where}.name`),
    schema: plainAt(format['schema'], `${where}.schema`),
    ...(strict !== undefined && { strict }),
  };
}

/** A function that can be called; the part of both dialects that has the same names. */
export function readFunction(tool: Fields, where: string): Tool {
  const description = optional(tool['description'], `${where}.description`, textAt);
  const parameters = plainAt(tool['parameters'], `${where}.parameters`);
  return {
    name: wordAt(tool['name'], `${where}.name`),
    ...(description !== undefined && { description }),
    parameters: parameters ?? { type: 'object', properties: {} },
  };
}

/** A custom tool. Its `format` is kept as the Responses API writes it, whichever dialect it came in. */
export function readCustomTool(tool: Fields, where: string): Tool {
  const description = optional(tool['description'], `${where}.description`, textAt);
  const format = optional(plainAt(tool['format'], `${where}.format`), `${where}.format`, objectAt);
  // Chat completions put the grammar into an object of its own.
  const flat = isFields(format?.['grammar']) ? { type: 'grammar', ...format['grammar'] } : format;
  return {
    name: wordAt(tool['name'], `${where}.name`),
    ...(description !== undefined && { description }),
    parameters: {},
    custom: flat === undefined ? {} : { format: flat },
  };
}

/** `cacheBreakpoint` where the part asks for one. */
export function breakpointOf(part: Fields): { readonly cacheBreakpoint?: true } {
  return isFields(part['prompt_cache_breakpoint']) ? { cacheBreakpoint: true } : {};
}

export function imagePart(url: string, part: Fields): Extract<UserPart, { kind: 'image' | 'image-url' }> {
  const inline = imageOfDataUrl(url);
  return inline === undefined ? { kind: 'image-url', url } : { kind: 'image', ...inline, ...breakpointOf(part) };
}

/** A file with its content in the request. */
export function documentPart(file: Fields, where: string): Extract<UserPart, { kind: 'document' }> | undefined {
  const data = optional(file['file_data'], `${where}.file_data`, textAt);
  const name = optional(file['filename'], `${where}.filename`, textAt);
  const content = data === undefined ? undefined : documentOfDataUrl(data);
  return content && { kind: 'document', ...content, ...(name !== undefined && name !== '' && { name }) };
}

function documentOfDataUrl(url: string): { readonly mediaType: string; readonly base64: string } | undefined {
  const comma = url.indexOf(',');
  const head = /^data:([a-z]+\/[a-z0-9.+-]+)(?:;[a-z]+=[\w-]+)*;base64$/i.exec(url.slice(0, Math.min(comma, 200)));
  return head?.[1] === undefined ? undefined : { mediaType: head[1].toLowerCase(), base64: url.slice(comma + 1) };
}

/** Stands where a part of a message could not be read into the conversation, and reports it. */
export function lostPart(what: string, where: string, lost: Lost[]): Extract<ToolResultPart, { kind: 'text' }> {
  lost.push({ where, what });
  return { kind: 'text', text: `[Here was ${what}, which could not be passed on.]` };
}

/** The name of a type as it may be shown: what a client writes is not put into sentences as it is. */
export function shownType(type: unknown): string {
  return typeof type === 'string' && /^[\w.-]{1,40}$/.test(type) ? `of type "${type}"` : 'of an unknown type';
}

/** What the system says in the midst of a conversation, where other dialects have no place for it. */
export function midwayInstruction(text: string): UserPart {
  return { kind: 'text', text: `<system>\n${text}\n</system>` };
}

export const midwayInstructionLost =
  'the rank of an instruction in the midst of the conversation; it is said by the user';

/** The most fields that are reported one by one. */
const mostReported = 20;

/**
 * Reports the fields of a body that the conversation cannot hold and that say something.
 *
 * @param carried fields that are read, or that say nothing about the answer
 * @param meanings what is lost with a field; another field is one that only some servers know
 */
export function reportFields(
  body: Fields,
  { carried, meanings }: { readonly carried: ReadonlySet<string>; readonly meanings: ReadonlyMap<string, string> },
  lost: Lost[],
): void {
  let reported = 0;
  for (const name of Object.keys(body)) {
    if (carried.has(name) || saysNothing(name, body[name]) || reported === mostReported) continue;
    reported += 1;
    const known = /^\w{1,64}$/.test(name);
    const what = meanings.get(name) ?? 'a field that other dialects do not have';
    lost.push({ where: known ? name : 'body', what });
  }
}

/** The values by which clients say that they leave it to the server, or that they want nothing. */
function saysNothing(name: string, value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 'auto' || value === 'default') return true;
  // A penalty of zero is none; a seed of zero is a seed.
  if (value === 0) return name !== 'seed';
  if (name === 'verbosity') return value === 'medium';
  if (name === 'modalities') return Array.isArray(value) && value.every((form) => form === 'text');
  return typeof value === 'object' && Object.keys(value).length === 0;
}
