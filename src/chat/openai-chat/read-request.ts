import type { Conversation, Tool, ToolChoice } from '../conversation.ts';
import type { AnswerForm, ReadRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import {
  readCustomTool,
  readEffort,
  readFunction,
  readParallelCalls,
  readSchema,
  readVerbosity,
} from '../openai-request.ts';
import {
  limitAt,
  listAt,
  objectAt,
  optional,
  readSampling,
  switchAt,
  textAt,
  wordAt,
  wrong,
} from '../request-fields.ts';
import { reportFields, shownType } from '../request-losses.ts';
import { type Fields, fieldsOf } from '../untrusted.ts';
import { readMessages } from './read-messages.ts';

/** Reads the body of `POST /v1/chat/completions`. @throws {RequestFault} */
export function readOpenAiChatRequest(value: unknown): ReadRequest {
  const body = objectAt(value, 'The body');
  const lost: Lost[] = [];
  const stream = optional(body['stream'], 'stream', switchAt) ?? false;
  const { system, messages } = readMessages(body['messages'], lost);
  const offered = [...readTools(body, lost), ...readFunctions(body)];
  const { tools, toolChoice } = readChoice(body, offered, lost);
  const maxOutputTokens =
    limitAt(body['max_completion_tokens'], 'max_completion_tokens') ?? limitAt(body['max_tokens'], 'max_tokens');
  const stop = readStop(body['stop']);
  const effort = readEffort(body['reasoning_effort'], 'reasoning_effort', lost);
  const output = readFormat(body, lost);
  const verbosity = readVerbosity(body['verbosity'], 'verbosity', lost);
  if ((optional(body['n'], 'n', limitAt) ?? 1) > 1) lost.push({ where: 'n', what: 'the wish for several answers' });
  reportFields(body, fields, lost);
  const cacheKey = optional(body['prompt_cache_key'], 'prompt_cache_key', textAt);
  return {
    conversation: {
      system,
      messages,
      tools,
      ...(toolChoice !== undefined && { toolChoice }),
      ...readParallelCalls(body),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...readSampling(body),
      ...(stop !== undefined && { stop }),
      ...(effort !== undefined && { effort }),
      ...(verbosity !== undefined && { verbosity }),
      ...(output !== undefined && { output }),
    },
    model: wordAt(body['model'], 'model'),
    stream,
    lost,
    form: formOf(body),
    ...(cacheKey !== undefined && cacheKey !== '' && { cacheKey }),
  };
}

const fields = {
  carried: new Set([
    'model',
    'messages',
    'tools',
    'tool_choice',
    'functions',
    'function_call',
    'max_completion_tokens',
    'max_tokens',
    'temperature',
    'top_p',
    'stop',
    'reasoning_effort',
    'response_format',
    'n',
    'parallel_tool_calls',
    'verbosity',
    'stream',
    'stream_options',
    'prompt_cache_key',
    'prompt_cache_options',
    'prompt_cache_retention',
  ]),
  meanings: new Map([
    ['seed', 'the seed of a repeatable answer'],
    ['logprobs', 'the wish for the probabilities of tokens'],
    ['top_logprobs', 'the wish for the probabilities of other tokens'],
    ['logit_bias', 'biases for single tokens'],
    ['frequency_penalty', 'a penalty for repeated words'],
    ['presence_penalty', 'a penalty for words that were said'],
    ['prediction', 'a prediction of the answer'],
    ['audio', 'the wish for an answer in sound'],
    ['modalities', 'the wish for an answer in other forms than text'],
    ['web_search_options', 'a search of the web by the provider'],
    ['moderation', 'moderation by the provider'],
    ['store', 'the wish to store the answer at the provider'],
    ['metadata', 'notes for the provider’s records'],
    ['user', 'an id of the user for the provider'],
    ['safety_identifier', 'an id of the user for the provider'],
    ['service_tier', 'the provider’s tier of service'],
  ]),
};

function formOf(body: Fields): AnswerForm {
  const usageChunk = fieldsOf(body['stream_options'])['include_usage'] === true;
  const functionCall = Array.isArray(body['functions']) && !Array.isArray(body['tools']);
  return { ...(usageChunk && { usageChunk }), ...(functionCall && { functionCall }) };
}

function readStop(stop: unknown): readonly string[] | undefined {
  if (stop === undefined || stop === null) return undefined;
  if (typeof stop === 'string') return [stop];
  return listAt(stop, 'stop').map((sequence, index) => textAt(sequence, `stop[${index}]`));
}

function readTools(body: Fields, lost: Lost[]): Tool[] {
  const tools: Tool[] = [];
  for (const [index, item] of (optional(body['tools'], 'tools', listAt) ?? []).entries()) {
    const where = `tools[${index}]`;
    const tool = objectAt(item, where);
    switch (tool['type']) {
      case 'function': {
        const offered = objectAt(tool['function'], `${where}.function`);
        tools.push(readFunction(offered, `${where}.function`));
        break;
      }
      case 'custom':
        tools.push(readCustomTool(objectAt(tool['custom'], `${where}.custom`), `${where}.custom`));
        break;
      default:
        lost.push({ where, what: `a tool ${shownType(tool['type'])}` });
    }
  }
  return tools;
}

function readFunctions(body: Fields): Tool[] {
  const functions = optional(body['functions'], 'functions', listAt) ?? [];
  return functions.map((item, index) => readFunction(objectAt(item, `functions[${index}]`), `functions[${index}]`));
}

interface Choice {
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
}

function readChoice(body: Fields, tools: readonly Tool[], lost: Lost[]): Choice {
  const choice = body['tool_choice'] ?? body['function_call'];
  if (choice === undefined || choice === null) return { tools };
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { tools, toolChoice: { kind: choice } };
  if (typeof choice === 'string') return wrong('tool_choice', '"auto", "none", "required" or an object');
  const where = body['tool_choice'] === undefined || body['tool_choice'] === null ? 'function_call' : 'tool_choice';
  const chosen = objectAt(choice, where);
  switch (chosen['type']) {
    case 'function':
    case 'custom': {
      const kind = chosen['type'];
      const name = wordAt(objectAt(chosen[kind], `${where}.${kind}`)['name'], `${where}.${kind}.name`);
      return { tools, toolChoice: { kind: 'tool', name } };
    }
    case 'allowed_tools':
      return readAllowed(objectAt(chosen['allowed_tools'], `${where}.allowed_tools`), tools, `${where}.allowed_tools`);
    case undefined:
      return { tools, toolChoice: { kind: 'tool', name: wordAt(chosen['name'], `${where}.name`) } };
    default:
      lost.push({ where, what: `a choice of tools ${shownType(chosen['type'])}` });
      return { tools };
  }
}

/** Other dialects have no list of what is allowed among what is offered: only what is allowed is offered. */
function readAllowed(allowed: Fields, tools: readonly Tool[], where: string): Choice {
  const names = new Set(
    listAt(allowed['tools'], `${where}.tools`).map((item, index) => {
      const tool = objectAt(item, `${where}.tools[${index}]`);
      return fieldsOf(tool['function'])['name'] ?? fieldsOf(tool['custom'])['name'] ?? tool['name'];
    }),
  );
  const kind = allowed['mode'] === 'required' ? 'required' : 'auto';
  return { tools: tools.filter(({ name }) => names.has(name)), toolChoice: { kind } };
}

function readFormat(body: Fields, lost: Lost[]): Conversation['output'] {
  const where = 'response_format';
  const format = optional(body[where], where, objectAt);
  switch (format?.['type']) {
    case undefined:
    case 'text':
      return undefined;
    case 'json_schema':
      return readSchema(objectAt(format?.['json_schema'], `${where}.json_schema`), `${where}.json_schema`);
    case 'json_object':
      lost.push({ where, what: 'the wish for JSON without a schema' });
      return undefined;
    default:
      lost.push({ where, what: `a format ${shownType(format?.['type'])}` });
      return undefined;
  }
}
