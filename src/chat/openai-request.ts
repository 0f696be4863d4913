import type { Conversation, Effort, Tool } from './conversation.ts';
import type { Lost } from './events.ts';
import { objectAt, optional, plainAt, switchAt, textAt, wordAt } from './request-fields.ts';
import { type Fields, isFields } from './untrusted.ts';
import { verbosityLost } from './wishes.ts';

// Settings and tools that requests of both of OpenAI's dialects have in common, read.

const effortOfWord: ReadonlyMap<unknown, Effort> = new Map([
  ['none', 'none'],
  ['minimal', 'minimal'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'max'],
  ['max', 'max'],
]);

/** undefined for what is no effort that is known. */
export function effortOf(word: unknown): Effort | undefined {
  return effortOfWord.get(word);
}

export function readEffort(value: unknown, where: string, lost: Lost[]): Effort | undefined {
  const word = optional(value, where, textAt);
  const effort = effortOf(word);
  if (word !== undefined && effort === undefined) lost.push({ where, what: 'an effort of a name that is not known' });
  return effort;
}

/** How wordy the answer should be; medium is what a model does untold. */
export function readVerbosity(value: unknown, where: string, lost: Lost[]): Conversation['verbosity'] {
  const word = optional(value, where, textAt);
  if (word === 'low' || word === 'high') return word;
  if (word !== undefined && word !== 'medium') lost.push({ where, what: verbosityLost });
  return undefined;
}

/** What both dialects call alike: `{ parallelToolCalls: false }` where calls are to come one at a time. */
export function readParallelCalls(body: Fields): Pick<Conversation, 'parallelToolCalls'> {
  return body['parallel_tool_calls'] === false ? { parallelToolCalls: false } : {};
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
    ...(tool['strict'] === true && { strict: true }),
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
