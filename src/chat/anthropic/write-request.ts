import type {
  MessageCreateParamsBase,
  OutputConfig,
  TextBlockParam,
  Tool,
  ToolChoice,
} from '@anthropic-ai/sdk/resources/messages/messages';
import type { Conversation, Tool as NeutralTool, ThinkingPart } from '../conversation.ts';
import type { WrittenRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { asFunctionTools } from '../function-tools.ts';
import { isPlainSchema } from '../strict-schema.ts';
import { offeredTools, possibleChoice } from '../tools.ts';
import { blank, turnsOf } from '../turns.ts';
import { isFields } from '../untrusted.ts';
import { reportWishes, strictLost } from '../wishes.ts';
import { CacheBreakpoints } from './cache-breakpoints.ts';
import { type ModelRules, modelRules } from './model-rules.ts';
import { chooseThinking } from './thinking.ts';
import { writeMessages } from './write-messages.ts';

/** The body of `POST /v1/messages`; temperature and top_p only exist under versions before 2026-10-21. */
export type AnthropicRequest = MessageCreateParamsBase & { temperature?: number; top_p?: number };

export interface AnthropicRequestOptions {
  readonly model: string;
  readonly stream: boolean;
  /** The `anthropic-version` that will be sent with it. */
  readonly version?: string;
  /** `max_tokens`, which the API wants, when the conversation sets none. */
  readonly defaultMaxTokens?: number;
}

export const currentAnthropicVersion = '2026-10-21';

/** The conversation as the body of a request to the Anthropic Messages API. */
export function writeAnthropicRequest(
  given: Conversation,
  { model, stream, version = currentAnthropicVersion, defaultMaxTokens = 32_000 }: AnthropicRequestOptions,
): WrittenRequest<AnthropicRequest> {
  const lost: Lost[] = [];
  const conversation = asFunctionTools(given);
  const breakpoints = new CacheBreakpoints();
  const rules = modelRules(model);
  const offered = offeredTools(conversation.tools, lost);
  const { toolChoice, thinking, effort } = chooseThinking(
    conversation,
    possibleChoice(conversation, offered, lost),
    rules,
    lost,
  );

  const tools = offered.map(({ tool, schema, where }) =>
    breakpoints.note<Tool>(
      {
        name: tool.name,
        ...(tool.description !== undefined && tool.description !== '' && { description: tool.description }),
        input_schema: { ...schema, type: 'object' },
        ...(isStrict(tool, schema, where, lost) && { strict: true }),
      },
      tool.cacheBreakpoint,
      where,
    ),
  );
  const system = conversation.system.flatMap(({ text, cacheBreakpoint }, index) =>
    blank(text) ? [] : [breakpoints.note<TextBlockParam>({ type: 'text', text }, cacheBreakpoint, `system[${index}]`)],
  );
  const keepsThinking = (part: ThinkingPart) => canReturn(part, model);
  const turns = turnsOf(conversation.messages, { keepsThinking, longestCallId: 64, lost });
  const messages = writeMessages(turns, { lost, breakpoints });
  breakpoints.mark(lost);

  const stop = stopSequences(conversation, lost);
  reportWishes(
    conversation,
    { singleCalls: true, strictTools: true, verbosity: false, details: false, notes: false },
    lost,
  );
  const format = outputFormat(conversation, lost);
  const outputConfig: OutputConfig = {
    ...(effort !== undefined && { effort }),
    ...(format !== undefined && { format }),
  };
  return {
    body: {
      model,
      max_tokens: conversation.maxOutputTokens ?? defaultMaxTokens,
      ...(tools.length > 0 && { tools }),
      ...(tools.length > 0 && toolChoiceOf(toolChoice, conversation)),
      ...(system.length > 0 && { system }),
      messages,
      ...(thinking !== undefined && { thinking }),
      ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
      ...(stop.length > 0 && { stop_sequences: stop }),
      ...sampling(conversation, version, rules, lost),
      stream,
    },
    lost,
  };
}

/** Calls of a tool can be held to a schema of the plain kind; another would have the whole request refused. */
function isStrict({ strict }: NeutralTool, schema: unknown, where: string, lost: Lost[]): boolean {
  if (strict !== true) return false;
  if (isPlainSchema(schema)) return true;
  lost.push({ where: `${where}.strict`, what: strictLost });
  return false;
}

/** Calls one at a time are a part of the choice here. */
function toolChoiceOf(
  choice: ToolChoice | undefined,
  { parallelToolCalls }: Conversation,
): { readonly tool_choice?: ToolChoice } {
  if (parallelToolCalls !== false || choice?.type === 'none')
    return choice === undefined ? {} : { tool_choice: choice };
  return { tool_choice: { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true } };
}

/** Thinking goes back only to the maker and, where it is known who wrote it, the model; and only as it was given. */
function canReturn({ maker, model: writer, signature, sealed }: ThinkingPart, model: string): boolean {
  const whole = (signature !== undefined && signature !== '') || (sealed !== undefined && sealed !== '');
  return maker === 'anthropic' && (writer === undefined || writer === model) && whole;
}

function stopSequences({ stop = [] }: Conversation, lost: Lost[]): string[] {
  const accepted = stop.filter((sequence) => !blank(sequence));
  if (accepted.length < stop.length) lost.push({ where: 'stop', what: 'a stop sequence of white space alone' });
  return accepted;
}

function outputFormat({ output }: Conversation, lost: Lost[]): OutputConfig['format'] | undefined {
  if (output === undefined) return undefined;
  if (isFields(output.schema)) return { type: 'json_schema', schema: { ...output.schema } };
  lost.push({ where: 'output.schema', what: 'a schema that is not an object' });
  return undefined;
}

function sampling(
  { temperature, topP }: Conversation,
  version: string,
  rules: ModelRules,
  lost: Lost[],
): { temperature?: number; top_p?: number } {
  if (temperature === undefined && topP === undefined) return {};
  // Versions are dates, so they compare as text.
  if (version >= currentAnthropicVersion || !rules.sampling) {
    lost.push({ where: 'temperature', what: 'temperature and top_p, which this model or API version refuses' });
    return {};
  }
  if (temperature === undefined) return topP === undefined ? {} : { top_p: topP };
  if (topP !== undefined) lost.push({ where: 'topP', what: 'top_p, which cannot be set beside temperature' });
  return { temperature: Math.min(temperature, 1) };
}
