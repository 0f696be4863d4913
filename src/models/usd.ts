import type { Price, PriceSource, TokenRates } from './model.ts';
import type { UsdRates } from './overlay.ts';

/** A price as people write it, in the policy and in the providers file: US dollars per million tokens. */
export interface WrittenPrice {
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly cacheReadUsd?: number | undefined;
  readonly cacheWriteUsd?: number | undefined;
  readonly asOf: string;
}

/** One US dollar per million tokens is this many nano-dollars per token. */
const NANO_PER_USD_PER_MILLION = 1_000;

/**
 * Rates in nano-dollars per token. Cached tokens without a price of their own cost what input costs.
 * Rounded to a millionth of a nano-dollar, which takes away what binary fractions add (0.1 × 1.25 × 1,000).
 */
export function ratesOf([input, output, read = input, write = input, longWrite]: UsdRates): TokenRates {
  const nano = (usd: number): number => Math.round(usd * NANO_PER_USD_PER_MILLION * 1e6) / 1e6;
  return {
    input: nano(input),
    output: nano(output),
    cacheRead: nano(read),
    cacheWrite: nano(write),
    ...(longWrite !== undefined && { longCacheWrite: nano(longWrite) }),
  };
}

/** What a price as written comes to never changes, and each decision asks for it several times. */
const made = new WeakMap<WrittenPrice, Price>();

/** A price from the policy, the team or the user. */
export function writtenPrice(written: WrittenPrice, source: PriceSource): Price {
  const before = made.get(written);
  if (before?.source === source) return before;
  const price = priceFrom(written, source);
  made.set(written, price);
  return price;
}

function priceFrom(written: WrittenPrice, source: PriceSource): Price {
  const { inputUsd, outputUsd, cacheReadUsd, cacheWriteUsd, asOf } = written;
  return { rates: ratesOf([inputUsd, outputUsd, cacheReadUsd, cacheWriteUsd]), tiers: [], source, asOf };
}
