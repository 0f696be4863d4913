import type { Usage } from './model.ts';
import { isDearTier } from './tier.ts';

/**
 * Readers of what providers report about tokens, one for each shape. Every one returns the four exclusive kinds of
 * {@link Usage}, or undefined when the report is missing or makes no sense, so that the caller estimates instead. What a
 * provider reports is untrusted: a count is a whole number between 0 and {@link MOST_TOKENS}, or it is not a count.
 */

/** No request has more tokens than this; a larger count is a fault, and would spoil sums of money. */
export const MOST_TOKENS = 1_000_000_000;

type Report = Readonly<Record<string, unknown>>;

function reportOf(value: unknown): Report | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Report) : undefined;
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MOST_TOKENS
    ? value
    : undefined;
}

function firstCount(...values: readonly unknown[]): number | undefined {
  for (const value of values) {
    const count = countOf(value);
    if (count !== undefined) return count;
  }
  return undefined;
}

/**
 * `usage` of an Anthropic message. Its `input_tokens` leaves out what was read from and written to a cache; cache
 * writes come as one sum and, in newer answers, split by how long they live.
 */
export function usageFromAnthropic(usage: unknown): Usage | undefined {
  const report = reportOf(usage);
  const inputTokens = countOf(report?.['input_tokens']);
  const outputTokens = countOf(report?.['output_tokens']);
  if (report === undefined || inputTokens === undefined || outputTokens === undefined) return undefined;
  const writes = reportOf(report['cache_creation']);
  const short = countOf(writes?.['ephemeral_5m_input_tokens']) ?? 0;
  const long = countOf(writes?.['ephemeral_1h_input_tokens']) ?? 0;
  // The sum is the older field and the one that all compatible endpoints fill.
  const cacheWriteTokens = Math.max(countOf(report['cache_creation_input_tokens']) ?? 0, short + long);
  const reasoningTokens = countOf(reportOf(report['output_tokens_details'])?.['thinking_tokens']);
  return {
    inputTokens,
    cacheReadTokens: countOf(report['cache_read_input_tokens']) ?? 0,
    cacheWriteTokens,
    ...(long > 0 && { longCacheWriteTokens: long }),
    outputTokens,
    ...reasoningPart(reasoningTokens, outputTokens),
    estimated: false,
    ...pricePart(report['speed']),
  };
}

/**
 * Two reports of one Anthropic stream as one: `message_start` brings the input, each `message_delta` the output so far
 * and sometimes everything again. Later values win where they are values; a null does not wipe out a count.
 */
export function mergeAnthropicUsage(earlier: unknown, later: unknown): unknown {
  const merged: Record<string, unknown> = { ...reportOf(earlier) };
  for (const [field, value] of Object.entries(reportOf(later) ?? {})) {
    if (value !== null && value !== undefined) merged[field] = value;
  }
  return merged;
}

/**
 * `usage` of an OpenAI chat completion, and of the many servers that speak its dialect (Azure, OpenRouter, xAI,
 * DeepSeek, Mistral, Gemini's compatible endpoint, vLLM, LM Studio, Ollama). `prompt_tokens` includes cached tokens.
 * Where `total_tokens` exceeds prompt plus completion by the reasoning, the server left reasoning out of
 * `completion_tokens` (xAI, Gemini): it is output all the same and is added back. `tier` is the answer's `service_tier`.
 */
export function usageFromOpenAiChat(usage: unknown, tier?: unknown): Usage | undefined {
  const report = reportOf(usage);
  const prompt = countOf(report?.['prompt_tokens']);
  const completion = countOf(report?.['completion_tokens']);
  if (report === undefined || prompt === undefined || completion === undefined) return undefined;
  const details = reportOf(report['prompt_tokens_details']);
  const reported = countOf(reportOf(report['completion_tokens_details'])?.['reasoning_tokens']);
  const total = countOf(report['total_tokens']) ?? 0;
  const excess = total - prompt - completion;
  const leftOut = excess > 0 && (reported === undefined || reported === excess) ? excess : 0;
  return inclusive({
    input: prompt,
    cacheRead: firstCount(details?.['cached_tokens'], report['prompt_cache_hit_tokens'], report['num_cached_tokens']),
    cacheWrite: countOf(details?.['cache_write_tokens']),
    output: completion + leftOut,
    reasoning: reported ?? (leftOut > 0 ? leftOut : undefined),
    tier,
  });
}

/** `usage` of an OpenAI response (`/v1/responses`). `input_tokens` includes cached tokens. */
export function usageFromOpenAiResponses(usage: unknown, tier?: unknown): Usage | undefined {
  const report = reportOf(usage);
  const input = countOf(report?.['input_tokens']);
  const output = countOf(report?.['output_tokens']);
  if (report === undefined || input === undefined || output === undefined) return undefined;
  const details = reportOf(report['input_tokens_details']);
  return inclusive({
    input,
    cacheRead: countOf(details?.['cached_tokens']),
    cacheWrite: countOf(details?.['cache_write_tokens']),
    output,
    reasoning: countOf(reportOf(report['output_tokens_details'])?.['reasoning_tokens']),
    tier,
  });
}

/**
 * `usageMetadata` of a Gemini answer. `promptTokenCount` includes cached tokens and leaves out what the provider's own
 * tools brought; `candidatesTokenCount` leaves out the thoughts, and is missing until something has been said.
 */
export function usageFromGemini(usage: unknown): Usage | undefined {
  const report = reportOf(usage);
  const prompt = countOf(report?.['promptTokenCount']);
  if (report === undefined || prompt === undefined) return undefined;
  const thoughts = countOf(report['thoughtsTokenCount']);
  return inclusive({
    input: prompt + (countOf(report['toolUsePromptTokenCount']) ?? 0),
    cacheRead: countOf(report['cachedContentTokenCount']),
    output: (countOf(report['candidatesTokenCount']) ?? 0) + (thoughts ?? 0),
    reasoning: thoughts,
    tier: report['serviceTier'] ?? report['trafficType'],
  });
}

/**
 * The last line of an Ollama answer (`/api/generate`, `/api/chat`), which carries the counts itself. It leaves out
 * `prompt_eval_count` when the whole prompt was cached; the size is then unknown, not zero.
 */
export function usageFromOllama(body: unknown): Usage | undefined {
  const report = reportOf(body);
  const input = countOf(report?.['prompt_eval_count']);
  const output = countOf(report?.['eval_count']);
  if (input === undefined || output === undefined) return undefined;
  return inclusive({ input, output });
}

/** The last part of a llama.cpp answer (`/infill`, `/completion`). `tokens_evaluated` is the whole prompt. */
export function usageFromLlamaCpp(body: unknown): Usage | undefined {
  const report = reportOf(body);
  const input = countOf(report?.['tokens_evaluated']);
  const output = countOf(report?.['tokens_predicted']);
  if (input === undefined || output === undefined) return undefined;
  return inclusive({ input, cacheRead: countOf(reportOf(report?.['timings'])?.['cache_n']), output });
}

/** Usage from a report whose input includes what was cached; parts larger than the whole are cut to it. */
function inclusive(report: {
  readonly input: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly output: number;
  readonly reasoning?: number | undefined;
  readonly tier?: unknown;
}): Usage {
  const cacheReadTokens = Math.min(report.cacheRead ?? 0, report.input);
  const cacheWriteTokens = Math.min(report.cacheWrite ?? 0, report.input - cacheReadTokens);
  return {
    inputTokens: report.input - cacheReadTokens - cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: report.output,
    ...reasoningPart(report.reasoning, report.output),
    estimated: false,
    ...pricePart(report.tier),
  };
}

function pricePart(tier: unknown): { readonly otherPrice?: true } {
  return isDearTier(tier) ? { otherPrice: true } : {};
}

function reasoningPart(reasoning: number | undefined, output: number): { readonly reasoningTokens?: number } {
  return reasoning === undefined ? {} : { reasoningTokens: Math.min(reasoning, output) };
}
