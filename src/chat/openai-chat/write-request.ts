import type {
  ChatCompletionCreateParamsBase,
  ChatCompletionFunctionTool,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions/completions';
import type { Conversation, ToolChoice } from '../conversation.ts';
import type { WrittenRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { asFunctionTools } from '../function-tools.ts';
import { isStrict, openAiSettings } from '../openai-settings.ts';
import { type OfferedTool, offeredTools, possibleChoice } from '../tools.ts';
import { blank, turnsOf } from '../turns.ts';
import { writeMessages } from './write-messages.ts';

export interface OpenAiChatRequestOptions {
  readonly model: string;
  readonly stream: boolean;
  /** `max_tokens` for compatible servers that lag; `max_completion_tokens` when left out. */
  readonly maxTokensField?: 'max_completion_tokens' | 'max_tokens';
  readonly systemRole?: 'system' | 'developer';
  /** Groups requests whose prompts begin alike, for OpenAI's cache. Not for compatible servers. */
  readonly cacheKey?: string;
  /** The maker whose models want their thinking back as `reasoning_content`, such as `deepseek`. */
  readonly returnsReasoningOf?: string;
}

/** The longest id of a tool call in this dialect. */
const longestCallId = 40;
const mostStops = 4;

/** The conversation as the body of a request to `POST /v1/chat/completions`, of OpenAI or a server like it. */
export function writeOpenAiChatRequest(
  given: Conversation,
  options: OpenAiChatRequestOptions,
): WrittenRequest<ChatCompletionCreateParamsBase> {
  const { model, stream, maxTokensField = 'max_completion_tokens', systemRole = 'system' } = options;
  const { cacheKey, returnsReasoningOf } = options;
  const lost: Lost[] = [];
  const conversation = asFunctionTools(given);
  const settings = openAiSettings(conversation, model, lost);
  const stop = stopSequences(conversation, settings.rules.reasons !== 'yes', lost);
  const offered = offeredTools(conversation.tools, lost);
  const toolChoice = possibleChoice(conversation, offered, lost);
  const turns = turnsOf(conversation.messages, {
    keepsThinking: ({ maker, sealed }) => maker !== undefined && maker === returnsReasoningOf && sealed === undefined,
    longestCallId,
    lost,
  });
  const system = conversation.system
    .map(({ text }) => text)
    .filter((text) => !blank(text))
    .join('\n\n');
  return {
    body: {
      model,
      messages: [
        ...(system === '' ? [] : [{ role: systemRole, content: system }]),
        ...writeMessages(turns, { returnsReasoning: returnsReasoningOf !== undefined, lost }),
      ],
      ...(offered.length > 0 && {
        tools: offered.map((one) => writeTool(one, lost)),
      }),
      ...(toolChoice !== undefined && { tool_choice: written(toolChoice) }),
      ...(offered.length > 0 && conversation.parallelToolCalls === false && { parallel_tool_calls: false }),
      ...(conversation.maxOutputTokens !== undefined && { [maxTokensField]: conversation.maxOutputTokens }),
      ...(settings.temperature !== undefined && { temperature: settings.temperature }),
      ...(settings.topP !== undefined && { top_p: settings.topP }),
      ...(settings.effort !== undefined && { reasoning_effort: settings.effort }),
      ...(settings.verbosity !== undefined && { verbosity: settings.verbosity }),
      ...(stop.length > 0 && { stop }),
      ...(settings.schema !== undefined && {
        response_format: { type: 'json_schema' as const, json_schema: settings.schema },
      }),
      ...(cacheKey !== undefined && { prompt_cache_key: cacheKey }),
      ...settings.notes,
      stream,
      ...(stream && { stream_options: { include_usage: true } }),
    },
    lost,
  };
}

function writeTool(offered: OfferedTool, lost: Lost[]): ChatCompletionFunctionTool {
  const { name, description = '' } = offered.tool;
  return {
    type: 'function',
    function: {
      name,
      ...(description !== '' && { description }),
      parameters: { ...offered.schema },
      ...(isStrict(offered, lost) && { strict: true }),
    },
  };
}

function written(choice: ToolChoice): ChatCompletionToolChoiceOption {
  return choice.kind === 'tool' ? { type: 'function', function: { name: choice.name } } : choice.kind;
}

function stopSequences({ stop = [] }: Conversation, accepted: boolean, lost: Lost[]): string[] {
  const usable = accepted ? stop.filter((sequence) => sequence !== '').slice(0, mostStops) : [];
  if (usable.length < stop.length) {
    lost.push({
      where: 'stop',
      what: accepted ? `stop sequences beyond ${mostStops}, or empty ones` : 'stop sequences, which this model refuses',
    });
  }
  return usable;
}
