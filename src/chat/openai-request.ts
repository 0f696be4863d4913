import type { Conversation, Effort, Tool } from './conversation.ts';
import type { ReadRequest } from './dialect.ts';
import type { Lost } from './events.ts';
import { noteFields, readNotes } from './provider-notes.ts';
import { objectAt, optional, plainAt, readSampling, switchAt, textAt, wordAt } from './request-fields.ts';
import { reportParts, shownType } from './request-losses.ts';
import { type Fields, fieldsOf, isFields } from './untrusted.ts';
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

/** The settings that both dialects call alike; calls that are to come one at a time among them. */
export function readSettings(
  body: Fields,
  lost: Lost[],
): Pick<Conversation, 'temperature' | 'topP' | 'parallelToolCalls' | 'notes'> {
  const notes = readNotes(body, lost);
  if (fieldsOf(body['prompt_cache_options'])['prewarm'] === true) {
    lost.push({ where: 'prompt_cache_options.prewarm', what: 'the wish only to prepare a cache, without an answer' });
  }
  return {
    ...readSampling(body),
    ...(body['parallel_tool_calls'] === false && { parallelToolCalls: false }),
    ...(Object.keys(notes).length > 0 && { notes }),
  };
}

/** What both dialects say of a request beside its conversation. */
export function readHead(body: Fields): Pick<ReadRequest, 'model' | 'stream' | 'cacheKey'> {
  const stream = optional(body['stream'], 'stream', switchAt) ?? false;
  const cacheKey = optional(body['prompt_cache_key'], 'prompt_cache_key', textAt);
  return {
    model: wordAt(body['model'], 'model'),
    stream,
    ...(cacheKey !== undefined && cacheKey !== '' && { cacheKey }),
  };
}

const carriedByBoth = [
  'model',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'temperature',
  'top_p',
  'stream',
  'stream_options',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  ...noteFields,
];

/** The fields of one of the dialects, to be reported by `reportFields`. */
export function fieldsWith(carried: readonly string[], meanings: Readonly<Record<string, string>>) {
  return {
    carried: new Set([...carriedByBoth, ...carried]),
    meanings: new Map([
      ['top_logprobs', 'the wish for the probabilities of tokens'],
      ['moderation', 'moderation by the provider'],
      ['store', 'the wish to store the answer at the provider'],
      ...Object.entries(meanings),
    ]),
  };
}

/**
 * The format of an answer: text, or JSON that obeys a schema.
 * @param where the field that it stands in
 * @param within the field of the format that a schema stands in with its name, where there is one
 */
export function readFormat(
  value: unknown,
  { where, within }: { readonly where: string; readonly within?: string },
  lost: Lost[],
): Conversation['output'] {
  const format = optional(value, where, objectAt);
  switch (format?.['type']) {
    case undefined:
    case 'text':
      return undefined;
    case 'json_schema': {
      if (within === undefined) return readSchema(format ?? {}, where, lost);
      return readSchema(objectAt(format?.[within], `${where}.${within}`), `${where}.${within}`, lost);
    }
    case 'json_object':
      lost.push({ where, what: 'the wish for JSON without a schema' });
      return undefined;
    default:
      lost.push({ where, what: `a format ${shownType(format?.['type'])}` });
      return undefined;
  }
}

/** The part of both dialects that has the same names. */
function readSchema(format: Fields, where: string, lost: Lost[]): NonNullable<Conversation['output']> {
  reportParts(format, where, { description: 'what a format of the answer is for' }, lost);
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
