import type { Price, TokenRates, Usage } from './model.ts';

export const noUsage: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  estimated: false,
};

/** All input of an attempt, in tokens: what a context limit and a price tier look at. */
export function totalInputTokens(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/**
 * The rates that a request of this size pays: a tier applies to the whole request once its total input, cached tokens
 * included, exceeds the tier's limit.
 */
export function ratesFor(price: Price, inputTokens: number): TokenRates {
  return price.tiers.findLast((tier) => inputTokens > tier.aboveTokens)?.rates ?? price.rates;
}

/**
 * What an attempt cost, in whole nano-dollars: each kind of token times its rate, summed, and rounded once at the end,
 * half up. Reasoning is output and already counted there. Exact to a nano-dollar below nine million dollars.
 */
export function costNanoUsd(usage: Usage, price: Price): number {
  const rates = ratesFor(price, totalInputTokens(usage));
  const longWrites = Math.min(usage.longCacheWriteTokens ?? 0, usage.cacheWriteTokens);
  const sum =
    usage.inputTokens * rates.input +
    usage.cacheReadTokens * rates.cacheRead +
    (usage.cacheWriteTokens - longWrites) * rates.cacheWrite +
    longWrites * (rates.longCacheWrite ?? rates.cacheWrite) +
    usage.outputTokens * rates.output;
  return Math.floor(sum + 0.5);
}

/** The sum of two usages; it is an estimate as soon as one of them is. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    ...optionalSum('longCacheWriteTokens', a, b),
    outputTokens: a.outputTokens + b.outputTokens,
    ...optionalSum('reasoningTokens', a, b),
    estimated: a.estimated || b.estimated,
    ...(a.otherPrice || b.otherPrice ? { otherPrice: true as const } : {}),
  };
}

function optionalSum(field: 'longCacheWriteTokens' | 'reasoningTokens', a: Usage, b: Usage): Partial<Usage> {
  if (a[field] === undefined && b[field] === undefined) return {};
  return { [field]: (a[field] ?? 0) + (b[field] ?? 0) };
}
