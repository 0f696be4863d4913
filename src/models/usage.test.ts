import { describe, expect, it } from 'vitest';
import type { Usage } from './model.ts';
import {
  MOST_TOKENS,
  mergeAnthropicUsage,
  usageFromAnthropic,
  usageFromLlamaCpp,
  usageFromOllama,
  usageFromOpenAiChat,
  usageFromOpenAiResponses,
} from './usage.ts';

const usage = (
  input: number,
  cacheRead: number,
  cacheWrite: number,
  output: number,
  more: Partial<Usage> = {},
): Usage => ({
  inputTokens: input,
  cacheReadTokens: cacheRead,
  cacheWriteTokens: cacheWrite,
  outputTokens: output,
  estimated: false,
  ...more,
});

const cases: [string, (report: unknown) => Usage | undefined, unknown, Usage][] = [
  [
    'Anthropic: input excludes the cache',
    usageFromAnthropic,
    { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 90, cache_creation_input_tokens: 20 },
    usage(10, 90, 20, 5),
  ],
  [
    'Anthropic: writes of both lifetimes',
    usageFromAnthropic,
    {
      input_tokens: 1,
      output_tokens: 2,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
    },
    usage(1, 0, 30, 2, { longCacheWriteTokens: 20 }),
  ],
  [
    'Anthropic: only the split is given',
    usageFromAnthropic,
    { input_tokens: 1, output_tokens: 2, cache_creation: { ephemeral_5m_input_tokens: 7 } },
    usage(1, 0, 7, 2),
  ],
  [
    'Anthropic: nulls in place of counts',
    usageFromAnthropic,
    { input_tokens: 3, output_tokens: 4, cache_read_input_tokens: null, cache_creation_input_tokens: null },
    usage(3, 0, 0, 4),
  ],
  [
    'chat: input includes the cache',
    usageFromOpenAiChat,
    {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 60 },
      completion_tokens_details: { reasoning_tokens: 40 },
    },
    usage(40, 60, 0, 50, { reasoningTokens: 40 }),
  ],
  [
    'chat: cache writes (OpenRouter)',
    usageFromOpenAiChat,
    { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 } },
    usage(10, 60, 30, 5),
  ],
  [
    'chat: DeepSeek names the hits otherwise',
    usageFromOpenAiChat,
    { prompt_tokens: 100, completion_tokens: 5, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 },
    usage(36, 64, 0, 5),
  ],
  [
    'chat: Mistral, no details',
    usageFromOpenAiChat,
    { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 },
    usage(12, 0, 0, 8),
  ],
  [
    'chat: reasoning left out of completion_tokens (xAI)',
    usageFromOpenAiChat,
    { prompt_tokens: 32, completion_tokens: 9, total_tokens: 135, completion_tokens_details: { reasoning_tokens: 94 } },
    usage(32, 0, 0, 103, { reasoningTokens: 94 }),
  ],
  [
    'chat: reasoning seen only in the total (Gemini)',
    usageFromOpenAiChat,
    { prompt_tokens: 10, completion_tokens: 20, total_tokens: 60 },
    usage(10, 0, 0, 50, { reasoningTokens: 30 }),
  ],
  [
    'chat: a total that fits nothing is ignored',
    usageFromOpenAiChat,
    { prompt_tokens: 10, completion_tokens: 20, total_tokens: 999, completion_tokens_details: { reasoning_tokens: 5 } },
    usage(10, 0, 0, 20, { reasoningTokens: 5 }),
  ],
  [
    'chat: more cached than sent is cut',
    usageFromOpenAiChat,
    { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 99, cache_write_tokens: 99 } },
    usage(0, 10, 0, 1),
  ],
  [
    'chat: more reasoning than output is cut',
    usageFromOpenAiChat,
    { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11, completion_tokens_details: { reasoning_tokens: 7 } },
    usage(10, 0, 0, 1, { reasoningTokens: 1 }),
  ],
  [
    'responses',
    usageFromOpenAiResponses,
    {
      input_tokens: 100,
      output_tokens: 20,
      input_tokens_details: { cached_tokens: 80 },
      output_tokens_details: { reasoning_tokens: 12 },
    },
    usage(20, 80, 0, 20, { reasoningTokens: 12 }),
  ],
  ['Ollama', usageFromOllama, { done: true, prompt_eval_count: 30, eval_count: 4 }, usage(30, 0, 0, 4)],
  [
    'llama.cpp',
    usageFromLlamaCpp,
    { tokens_evaluated: 50, tokens_predicted: 6, timings: { cache_n: 40 } },
    usage(10, 40, 0, 6),
  ],
];

describe('usage as providers report it becomes four kinds that do not overlap', () => {
  it.each(cases)('%s', (_, read, report, expected) => {
    expect(read(report)).toEqual(expected);
  });
});

describe('a report that makes no sense is unknown', () => {
  const readers = {
    usageFromAnthropic,
    usageFromLlamaCpp,
    usageFromOllama,
    usageFromOpenAiChat,
    usageFromOpenAiResponses,
  };
  const inputs = ['input_tokens', 'prompt_tokens', 'prompt_eval_count', 'tokens_evaluated'];
  const outputs = ['output_tokens', 'completion_tokens', 'eval_count', 'tokens_predicted'];
  const report = (input: unknown, output: unknown): Record<string, unknown> =>
    Object.fromEntries([...inputs.map((name) => [name, input]), ...outputs.map((name) => [name, output])]);

  describe.each(Object.entries(readers))('%s', (_, read) => {
    it.each([undefined, null, 0, 'text', true, [], [1], {}])('as a whole: %j', (value) => {
      expect(read(value)).toBeUndefined();
    });

    it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1.5, '12', null, MOST_TOKENS + 1, 1e300])(
      'in a count: %j',
      (bad) => {
        expect(read(report(1, 1))).toBeDefined();
        expect(read(report(bad, 1))).toBeUndefined();
        expect(read(report(1, bad))).toBeUndefined();
      },
    );
  });

  it('in a part: the part counts as none', () => {
    const parts = { cache_read_input_tokens: -5, cache_creation_input_tokens: '9', cache_creation: 'no' };
    expect(usageFromAnthropic({ input_tokens: 1, output_tokens: 1, ...parts })).toEqual(usage(1, 0, 0, 1));
  });
});

describe('the reports of one Anthropic stream', () => {
  it('add the output to the input, and a null wipes nothing out', () => {
    const start = { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 };
    const delta = { input_tokens: null, output_tokens: 77 };
    expect(usageFromAnthropic(mergeAnthropicUsage(start, delta))).toEqual(usage(10, 5, 0, 77));
    expect(usageFromAnthropic(mergeAnthropicUsage(undefined, delta))).toBeUndefined();
  });
});
