import type { Conversation } from '../conversation.ts';
import type { ReadRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { readEffort, readParallelCalls, readSchema, readVerbosity } from '../openai-request.ts';
import { limitAt, listAt, objectAt, optional, readSampling, switchAt, textAt, wordAt } from '../request-fields.ts';
import { reportFields, shownType } from '../request-losses.ts';
import type { Fields } from '../untrusted.ts';
import { readItems } from './read-items.ts';
import { readChoice, readTools } from './read-tools.ts';

/** Reads the body of `POST /v1/responses`. @throws {RequestFault} */
export function readOpenAiResponsesRequest(value: unknown): ReadRequest {
  const body = objectAt(value, 'The body');
  const lost: Lost[] = [];
  const stream = optional(body['stream'], 'stream', switchAt) ?? false;
  const instructions = optional(body['instructions'], 'instructions', textAt) ?? '';
  const items = readItems(body['input'], lost);
  const offered = [{ list: body['tools'], where: 'tools' }, ...items.tools];
  const tools = offered.flatMap(({ list, where }) => readTools(list, where, lost));
  const reasoning = optional(body['reasoning'], 'reasoning', objectAt);
  const effort = readEffort(reasoning?.['effort'], 'reasoning.effort', lost);
  const maxOutputTokens = limitAt(body['max_output_tokens'], 'max_output_tokens');
  const text = optional(body['text'], 'text', objectAt) ?? {};
  const output = readFormat(text, lost);
  const verbosity = readVerbosity(text['verbosity'], 'text.verbosity', lost);
  const include = optional(body['include'], 'include', listAt) ?? [];
  if (include.some((wish) => wish !== 'reasoning.encrypted_content')) {
    lost.push({ where: 'include', what: 'details of the answer that only this dialect has' });
  }
  reportFields(body, fields, lost);
  const cacheKey = optional(body['prompt_cache_key'], 'prompt_cache_key', textAt);
  return {
    conversation: {
      system: [...(instructions === '' ? [] : [{ text: instructions }]), ...items.system],
      messages: items.messages,
      ...readChoice(body['tool_choice'], tools, lost),
      ...readParallelCalls(body),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...readSampling(body),
      ...(effort !== undefined && { effort }),
      ...(verbosity !== undefined && { verbosity }),
      ...(output !== undefined && { output }),
    },
    model: wordAt(body['model'], 'model'),
    stream,
    lost,
    ...(cacheKey !== undefined && cacheKey !== '' && { cacheKey }),
  };
}

const stored = 'what was said before, which is stored at the provider; the answer will be wrong without it';

const fields = {
  carried: new Set([
    'model',
    'input',
    'instructions',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'max_output_tokens',
    'temperature',
    'top_p',
    'reasoning',
    'text',
    'include',
    'stream',
    'stream_options',
    'prompt_cache_key',
    'prompt_cache_options',
    'prompt_cache_retention',
  ]),
  meanings: new Map([
    ['previous_response_id', stored],
    ['conversation', stored],
    ['prompt', 'a prompt that is stored at the provider; the answer will be wrong without it'],
    ['background', 'the wish for an answer in the background'],
    ['context_management', 'how the provider shortens a conversation'],
    ['truncation', 'how the provider shortens a conversation'],
    ['max_tool_calls', 'the most calls of the provider’s own tools'],
    ['top_logprobs', 'the wish for the probabilities of tokens'],
    ['moderation', 'moderation by the provider'],
    ['store', 'the wish to store the answer at the provider'],
    ['metadata', 'notes for the provider’s records'],
    ['client_metadata', 'notes for the provider’s records'],
    ['user', 'an id of the user for the provider'],
    ['safety_identifier', 'an id of the user for the provider'],
    ['service_tier', 'the provider’s tier of service'],
  ]),
};

function readFormat(text: Fields, lost: Lost[]): Conversation['output'] {
  const where = 'text.format';
  const format = optional(text['format'], where, objectAt);
  switch (format?.['type']) {
    case undefined:
    case 'text':
      return undefined;
    case 'json_schema':
      return readSchema(format ?? {}, where);
    case 'json_object':
      lost.push({ where, what: 'the wish for JSON without a schema' });
      return undefined;
    default:
      lost.push({ where, what: `a format ${shownType(format?.['type'])}` });
      return undefined;
  }
}
