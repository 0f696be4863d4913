import type { Conversation, Effort, Message, Tool, ToolChoice } from '../conversation.ts';
import type { ReadRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { readOnce } from '../read-once.ts';
import {
  limitAt,
  listAt,
  numberAt,
  objectAt,
  optional,
  plainAt,
  readSampling,
  switchAt,
  textAt,
  wordAt,
  wrong,
} from '../request-fields.ts';
import { reportFields, reportParts, shownType } from '../request-losses.ts';
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../untrusted.ts';
import { breakpointOf, readMessages, readSystem } from './read-messages.ts';

/**
 * Reads the body of `POST /v1/messages`, under any version of the API and with its betas. `max_tokens` may be missing, as
 * it is where tokens are only to be counted.
 *
 * @throws {RequestFault}
 */
export function readAnthropicRequest(value: unknown): ReadRequest {
  const body = objectAt(value, 'The body');
  const lost: Lost[] = [];
  const model = wordAt(body['model'], 'model');
  const stream = optional(body['stream'], 'stream', switchAt) ?? false;
  const system = optional(body['system'], 'system', (given, where) => readSystem(given, where, lost)) ?? [];
  const messages = readMessages(body['messages'], lost);
  const tools = readTools(optional(body['tools'], 'tools', listAt) ?? NO_TOOLS, 'tools', lost);
  const toolChoice = optional(body['tool_choice'], 'tool_choice', readChoice);
  const maxOutputTokens = limitAt(body['max_tokens'], 'max_tokens');
  const stop = optional(body['stop_sequences'], 'stop_sequences', listAt)?.map((sequence, index) =>
    textAt(sequence, `stop_sequences[${index}]`),
  );
  const effort = readEffort(body, lost);
  const output = readFormat(body);
  reportParts(fieldsOf(body['output_config']), 'output_config', { task_budget: 'the budget of a task' }, lost);
  reportFields(body, fields, lost);
  const cacheKey = sessionOf(textOf(fieldsOf(body['metadata'])['user_id']));
  return {
    conversation: {
      system,
      messages: isFields(body['cache_control']) ? withLastBreakpoint(messages) : messages,
      tools,
      ...(toolChoice !== undefined && { toolChoice }),
      ...(fieldsOf(body['tool_choice'])['disable_parallel_tool_use'] === true && { parallelToolCalls: false }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...readSampling(body),
      ...(stop !== undefined && stop.length > 0 && { stop }),
      ...(effort !== undefined && { effort }),
      ...(output !== undefined && { output }),
    },
    model,
    stream,
    lost,
    ...(cacheKey !== undefined && { cacheKey }),
  };
}

const fields = {
  carried: new Set([
    'model',
    'messages',
    'system',
    'tools',
    'tool_choice',
    'max_tokens',
    'temperature',
    'top_p',
    'stop_sequences',
    'stream',
    'thinking',
    'output_config',
    'output_format',
    'cache_control',
  ]),
  meanings: new Map([
    ['top_k', 'a choice among the likeliest words only'],
    ['metadata', 'notes for the provider’s records'],
    ['service_tier', 'the provider’s tier of service'],
    ['speed', 'the wish for a faster answer'],
    ['fallbacks', 'other models that the provider asks by itself'],
    ['fallback_credit_token', 'a credit for what another model refused'],
    ['billing_policy', 'who is billed'],
    ['compaction', 'the wish for a summary of the conversation'],
    ['thread', 'a conversation that the provider keeps; the answer may be wrong without it'],
    ['inference_geo', 'where the provider should compute the answer'],
    ['container', 'a container at the provider'],
    ['mcp_servers', 'tools that the provider would call'],
    ['context_management', 'how the provider should shorten the conversation'],
    ['diagnostics', 'the wish to be told why a cache was missed'],
    ['user_profile_id', 'a user’s profile at the provider'],
    ['workspace_id', 'a workspace at the provider'],
  ]),
};

/** Claude Code names the session in the user's id. Of other clients it is the user, who has many conversations. */
function sessionOf(userId: string): string | undefined {
  return /session(?:_id)?["':_\s]{1,6}([0-9a-f-]{36})\b/.exec(userId.slice(0, 1000))?.[1];
}

/** A breakpoint for the whole request stands at the last block that can have one. */
function withLastBreakpoint(messages: readonly Message[]): readonly Message[] {
  const last = messages.at(-1);
  const part = last?.parts.at(-1);
  if (last?.role !== 'user' || (part?.kind !== 'text' && part?.kind !== 'tool-result')) return messages;
  const parts = [...last.parts.slice(0, -1), { ...part, cacheBreakpoint: true }];
  return [...messages.slice(0, -1), { role: 'user', parts }];
}

const NO_TOOLS: readonly unknown[] = [];

const readTools = readOnce((list: readonly unknown[], where: string, lost: Lost[]): readonly Tool[] =>
  list.flatMap((item, index) => readTool(item, `${where}[${index}]`, lost)),
);

function readTool(item: unknown, where: string, lost: Lost[]): readonly Tool[] {
  const tool = objectAt(item, where);
  const type = tool['type'] ?? 'custom';
  if (type !== 'custom') {
    lost.push({ where, what: `a tool of the provider's own, ${shownType(type)}` });
    return [];
  }
  if (tool['defer_loading'] === true) {
    lost.push({ where: `${where}.defer_loading`, what: 'the wish to load a tool only when it is searched for' });
  }
  if (listOf(tool['input_examples']).length > 0) {
    lost.push({ where: `${where}.input_examples`, what: 'examples of calls' });
  }
  reportParts(tool, where, { allowed_callers: 'who may call a tool beside the model' }, lost);
  const description = optional(tool['description'], `${where}.description`, textAt);
  return [
    {
      name: wordAt(tool['name'], `${where}.name`),
      ...(description !== undefined && { description }),
      parameters: plainAt(tool['input_schema'], `${where}.input_schema`) ?? { type: 'object', properties: {} },
      ...(tool['strict'] === true && { strict: true }),
      ...breakpointOf(tool),
    },
  ];
}

function readChoice(value: unknown, where: string): ToolChoice {
  const choice = objectAt(value, where);
  switch (choice['type']) {
    case 'auto':
    case 'none':
      return { kind: choice['type'] };
    case 'any':
      return { kind: 'required' };
    case 'tool':
      return { kind: 'tool', name: wordAt(choice['name'], `${where}.name`) };
    default:
      return wrong(`${where}.type`, '"auto", "any", "tool" or "none"');
  }
}

const effortOfLevel: ReadonlyMap<unknown, Effort> = new Map([
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'max'],
  ['max', 'max'],
]);

/** Thinking that is switched off is no effort, whatever the level says, which then only means the length of answers. */
function readEffort(body: Fields, lost: Lost[]): Effort | undefined {
  const thinking = optional(body['thinking'], 'thinking', objectAt);
  const level = optional(
    optional(body['output_config'], 'output_config', objectAt)?.['effort'],
    'output_config.effort',
    textAt,
  );
  const effort = effortOfLevel.get(level);
  if (level !== undefined && effort === undefined) {
    lost.push({ where: 'output_config.effort', what: 'an effort of a name that is not known' });
  }
  if (thinking?.['display'] === 'omitted') {
    lost.push({ where: 'thinking.display', what: 'the wish not to be shown the thinking' });
  }
  switch (thinking?.['type']) {
    case 'disabled':
    case 'between_tools':
      if (effort !== undefined) {
        lost.push({ where: 'output_config.effort', what: `effort "${effort}" beside thinking that is switched off` });
      }
      return 'none';
    case 'enabled':
      return effort ?? effortOfBudget(numberAt(thinking['budget_tokens'], 'thinking.budget_tokens'));
    default:
      return effort;
  }
}

/** The budgets are those that clients use for the words "think", "think hard" and "think harder". */
function effortOfBudget(tokens: number): Effort {
  if (tokens <= 4_096) return 'low';
  if (tokens <= 16_384) return 'medium';
  return tokens < 32_768 ? 'high' : 'max';
}

/** `output_format` is what the field was called in its beta. */
function readFormat(body: Fields): Conversation['output'] {
  const format =
    optional(fieldsOf(body['output_config'])['format'], 'output_config.format', objectAt) ??
    optional(body['output_format'], 'output_format', objectAt);
  if (format === undefined) return undefined;
  if (format['type'] !== 'json_schema') wrong('output_config.format.type', '"json_schema"');
  return { kind: 'json-schema', name: 'answer', schema: plainAt(format['schema'], 'output_config.format.schema') };
}
