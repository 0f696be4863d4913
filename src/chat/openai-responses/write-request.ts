import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses';
import type { Conversation, ThinkingPart } from '../conversation.ts';
import type { WrittenRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { openAiSettings } from '../openai-settings.ts';
import { offeredTools, possibleChoice } from '../tools.ts';
import { blank, turnsOf } from '../turns.ts';
import { writeItems } from './write-items.ts';
import { writeChoice, writeTools } from './write-tools.ts';

export interface OpenAiResponsesRequestOptions {
  readonly model: string;
  readonly stream: boolean;
  /** Groups requests whose prompts begin alike, for the provider's cache. */
  readonly cacheKey?: string;
  /** Ask for a summary of the thinking; some models give one to verified organisations only. */
  readonly summaries?: boolean;
}

/** The API answers 400 to a smaller limit. */
export const fewestOutputTokens = 16;

/** The conversation as the body of a request to `POST /v1/responses`. Nothing is stored at the provider. */
export function writeOpenAiResponsesRequest(
  conversation: Conversation,
  { model, stream, cacheKey, summaries = false }: OpenAiResponsesRequestOptions,
): WrittenRequest<ResponseCreateParamsBase> {
  const lost: Lost[] = [];
  const settings = openAiSettings(conversation, model, lost);
  if (conversation.stop !== undefined && conversation.stop.length > 0) {
    lost.push({ where: 'stop', what: 'stop sequences, which this dialect does not have' });
  }
  const offered = offeredTools(conversation.tools, lost);
  const toolChoice = possibleChoice(conversation, offered, lost);
  const keepsThinking = (part: ThinkingPart) => canReturn(part, model);
  const turns = turnsOf(conversation.messages, { keepsThinking, longestCallId: 64, lost });
  const instructions = conversation.system
    .map(({ text }) => text)
    .filter((text) => !blank(text))
    .join('\n\n');
  const reasons = settings.rules.reasons === 'yes';
  const reasoning = {
    ...(settings.effort !== undefined && { effort: settings.effort }),
    ...(reasons && summaries && { summary: 'auto' as const }),
  };
  const text = {
    ...(settings.schema !== undefined && { format: { type: 'json_schema' as const, ...settings.schema } }),
    ...(settings.verbosity !== undefined && { verbosity: settings.verbosity }),
  };
  return {
    body: {
      model,
      ...(instructions !== '' && { instructions }),
      input: writeItems(turns, lost),
      ...(offered.length > 0 && { tools: writeTools(offered, lost) }),
      ...(toolChoice !== undefined && { tool_choice: writeChoice(toolChoice, offered) }),
      ...(offered.length > 0 && conversation.parallelToolCalls === false && { parallel_tool_calls: false }),
      ...(conversation.maxOutputTokens !== undefined && {
        max_output_tokens: Math.max(conversation.maxOutputTokens, fewestOutputTokens),
      }),
      ...(settings.temperature !== undefined && { temperature: settings.temperature }),
      ...(settings.topP !== undefined && { top_p: settings.topP }),
      ...(Object.keys(reasoning).length > 0 && { reasoning }),
      ...(reasons && { include: ['reasoning.encrypted_content' as const] }),
      ...(Object.keys(text).length > 0 && { text }),
      ...(cacheKey !== undefined && { prompt_cache_key: cacheKey }),
      ...settings.notes,
      store: false,
      stream,
    },
    lost,
  };
}

/** Reasoning goes back only to the maker and, where it is known who wrote it, the model; and only whole. */
function canReturn({ maker, model: writer, id, sealed }: ThinkingPart, model: string): boolean {
  const whole = id !== undefined && id !== '' && sealed !== undefined && sealed !== '';
  return maker === 'openai' && (writer === undefined || writer === model) && whole;
}
