import { ratesFor } from '../models/cost.ts';
import type { ModelRecord, Price, TokenRates } from '../models/model.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import type { CostEstimate } from './decision.ts';
import type { State } from './state.ts';

/** What a request of unknown size is taken for where two prices have to be compared: tokens in and out of a usual turn. */
const TYPICAL = { input: 10_000, output: 1_000 } as const;

/**
 * The cost of one request on one target, as a range in nano-dollars that the real cost lies in: the low end reads all
 * input from the cache and answers briefly, the high end writes all of it to the cache and answers at length.
 */
export function estimateCost(
  target: ResolvedTarget,
  model: ModelRecord | undefined,
  state: Pick<State, 'price' | 'inputTokens' | 'outputTokens'>,
): CostEstimate {
  const price = state.price(target.provider, target.model);
  if (price === undefined) return { kind: 'unpriced' };
  if (isFree(price)) return { kind: 'priced', lowNanoUsd: 0, highNanoUsd: 0, price };
  const input = state.inputTokens(target.provider, target.model);
  if (input === undefined) return { kind: 'unknown-size', price };
  const cap = Math.min(target.maxOutputTokens ?? Infinity, model?.maxOutputTokens ?? Infinity);
  const low = ratesFor(price, input.low);
  const high = ratesFor(price, input.high);
  return {
    kind: 'priced',
    lowNanoUsd: Math.floor(
      input.low * Math.min(low.input, low.cacheRead) + Math.min(state.outputTokens.low, cap) * low.output,
    ),
    highNanoUsd: Math.ceil(
      input.high * Math.max(high.input, high.cacheWrite) + Math.min(state.outputTokens.high, cap) * high.output,
    ),
    price,
  };
}

/** Whether nothing is charged, whatever the size. */
export function isFree({ rates, tiers }: Price): boolean {
  return isNothing(rates) && tiers.every((tier) => isNothing(tier.rates));
}

function isNothing({ input, output, cacheRead, cacheWrite }: TokenRates): boolean {
  return input === 0 && output === 0 && cacheRead === 0 && cacheWrite === 0;
}

/** Whether a target costs nothing; an unpriced one is not known to. */
export function costsNothing(cost: CostEstimate): boolean {
  return cost.kind !== 'unpriced' && isFree(cost.price);
}

/**
 * A number to compare two costs by: the high end where both ends are known, else what a usual turn costs at list price.
 * undefined: unpriced, so not comparable.
 */
export function comparableCost(cost: CostEstimate): number | undefined {
  switch (cost.kind) {
    case 'priced':
      return cost.highNanoUsd;
    case 'unknown-size': {
      const { input, output } = cost.price.rates;
      return TYPICAL.input * input + TYPICAL.output * output;
    }
    case 'unpriced':
      return undefined;
  }
}
