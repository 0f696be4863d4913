import type { Tool, ToolChoice } from '../conversation.ts';
import type { AnswerForm, ReadRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import {
  fieldsWith,
  readCustomTool,
  readEffort,
  readFormat,
  readFunction,
  readHead,
  readSettings,
  readVerbosity,
} from '../openai-request.ts';
import { readOnce } from '../read-once.ts';
import { limitAt, listAt, objectAt, optional, textAt, wordAt, wrong } from '../request-fields.ts';
import { reportFields, shownType } from '../request-losses.ts';
import { type Fields, fieldsOf } from '../untrusted.ts';
import { readMessages } from './read-messages.ts';

/** Reads the body of `POST /v1/chat/completions`. @throws {RequestFault} */
export function readOpenAiChatRequest(value: unknown): ReadRequest {
  const body = objectAt(value, 'The body');
  const lost: Lost[] = [];
  const { system, messages } = readMessages(body['messages'], lost);
  const declared = readTools(optional(body['tools'], 'tools', listAt) ?? NONE, 'tools', lost);
  const functions = readFunctions(optional(body['functions'], 'functions', listAt) ?? NONE, 'functions', lost);
  const offered = functions.length === 0 ? declared : [...declared, ...functions];
  const { tools, toolChoice } = readChoice(body, offered, lost);
  const maxOutputTokens =
    limitAt(body['max_completion_tokens'], 'max_completion_tokens') ?? limitAt(body['max_tokens'], 'max_tokens');
  const stop = readStop(body['stop']);
  const effort = readEffort(body['reasoning_effort'], 'reasoning_effort', lost);
  const output = readFormat(body['response_format'], { where: 'response_format', within: 'json_schema' }, lost);
  const verbosity = readVerbosity(body['verbosity'], 'verbosity', lost);
  if ((optional(body['n'], 'n', limitAt) ?? 1) > 1) lost.push({ where: 'n', what: 'the wish for several answers' });
  const settings = readSettings(body, lost);
  reportFields(body, fields, lost);
  return {
    conversation: {
      system,
      messages,
      tools,
      ...(toolChoice !== undefined && { toolChoice }),
      ...settings,
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...(stop !== undefined && { stop }),
      ...(effort !== undefined && { effort }),
      ...(verbosity !== undefined && { verbosity }),
      ...(output !== undefined && { output }),
    },
    ...readHead(body),
    lost,
    form: formOf(body),
  };
}

const fields = fieldsWith(
  [
    'messages',
    'functions',
    'function_call',
    'max_completion_tokens',
    'max_tokens',
    'stop',
    'reasoning_effort',
    'response_format',
    'n',
    'verbosity',
  ],
  {
    seed: 'the seed of a repeatable answer',
    logprobs: 'the wish for the probabilities of tokens',
    logit_bias: 'biases for single tokens',
    frequency_penalty: 'a penalty for repeated words',
    presence_penalty: 'a penalty for words that were said',
    prediction: 'a prediction of the answer',
    audio: 'the wish for an answer in sound',
    modalities: 'the wish for an answer in other forms than text',
    web_search_options: 'a search of the web by the provider',
  },
);

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

const NONE: readonly unknown[] = [];

const readTools = readOnce((list: readonly unknown[], place: string, lost: Lost[]): readonly Tool[] => {
  const tools: Tool[] = [];
  for (const [index, item] of list.entries()) {
    const where = `${place}[${index}]`;
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
});

const readFunctions = readOnce((list: readonly unknown[], where: string): readonly Tool[] =>
  list.map((item, index) => readFunction(objectAt(item, `${where}[${index}]`), `${where}[${index}]`)),
);

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
