import { calcPrice } from '@pydantic/genai-prices';
import type { Price, TokenRates } from './model.ts';
import { modelKey } from './modelKey.ts';
import { ratesOf } from './usd.ts';

/** The price library: list prices by seller and model, on a day. */
export interface PriceTable {
  /**
   * The list price of `model` at `seller` (the library's own name for it), or undefined when the library does not have
   * this very model.
   * @param at milliseconds since the epoch: prices change by date, and a few by the hour.
   */
  find(seller: string, model: string, at: number): Price | undefined;
}

type LibraryPrice = NonNullable<ReturnType<typeof calcPrice>>['model_price'];

/** What is stamped on prices from the library. A test compares it with the version that is installed. */
export const genaiPricesVersion = { version: '0.1.8', asOf: '2026-09-23' } as const;

/** Finding a price takes the library 0.1 ms; a decision asks for the same few again and again. */
const MOST_REMEMBERED = 1_000;

/**
 * The price library (480 KB), which the bundles load with the first price that is looked up in it: most models are in our own
 * list. Its look-up falls back on name prefixes; an answer for another model than the one asked for is not taken.
 *
 * @param lacking told once where the library cannot be loaded or read: what it lacks is unpriced. Left out: a look-up throws then
 */
export function genaiPrices(lacking?: (error: unknown) => void): PriceTable {
  let tells = lacking;
  const remembered = new Map<string, Price | undefined>();

  function look(seller: string, model: string, at: number): { price: Price | undefined; lasts: boolean } {
    const found = asked(seller, model, at);
    if (found === null || !isSameModel(model, found.model.id)) return { price: undefined, lasts: true };
    return { price: priceFrom(found.model_price, model), lasts: !Array.isArray(found.model.prices) };
  }

  function asked(seller: string, model: string, at: number): ReturnType<typeof calcPrice> {
    try {
      return calcPrice({}, model, { providerId: seller, timestamp: new Date(at) });
    } catch (error) {
      if (lacking === undefined) throw error;
      tells?.(error);
      tells = undefined;
      return null;
    }
  }

  return {
    find(seller, model, at) {
      const key = `${seller}/${model}`;
      if (remembered.has(key)) return remembered.get(key);
      const { price, lasts } = look(seller, model, at);
      if (lasts) {
        if (remembered.size >= MOST_REMEMBERED) remembered.clear();
        remembered.set(key, price);
      }
      return price;
    },
  };
}

/** Whether two names have the same words and numbers, in any order: `claude-4-5-haiku` is `claude-haiku-4.5`. */
function isSameModel(asked: string, found: string): boolean {
  // The library writes "regional." for every region of Bedrock but the global one.
  const a = modelKey(asked);
  const b = modelKey(found.replace(/^regional\./, 'us.'));
  const words = (key: string): string => key.split('-').sort().join('-');
  return words(a.key) === words(b.key) && a.variant === b.variant && a.key !== '';
}

type Part =
  | number
  | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] };

function priceFrom(listed: LibraryPrice, model: string): Price | undefined {
  // The library has no prices for what is offered for nothing by name, and zeros where it knows none.
  const free = modelKey(model).variant === 'free' ? 0 : undefined;
  const part = (kind: string): Part | undefined => listed[kind] ?? free;
  const [input, output] = [part('input_mtok'), part('output_mtok')];
  if (input === undefined || output === undefined) return undefined;
  const [read, write, longWrite] = [part('cache_read_mtok'), part('cache_write_mtok'), part('cache_write_1h_mtok')];
  const ratesAt = (tokens: number): TokenRates =>
    ratesOf([
      usdAt(input, tokens),
      usdAt(output, tokens),
      read && usdAt(read, tokens),
      write && usdAt(write, tokens),
      longWrite && usdAt(longWrite, tokens),
    ]);
  const base = ratesAt(0);
  if (base.input === 0 && base.output === 0 && free === undefined) return undefined;
  const starts = [input, output, read, write, longWrite].flatMap((kind) =>
    typeof kind === 'object' ? kind.tiers.map((tier) => tier.start) : [],
  );
  const tiers = [...new Set(starts)]
    .sort((a, b) => a - b)
    .map((start) => ({ aboveTokens: start, rates: ratesAt(start + 1) }));
  return { rates: base, tiers, source: 'genai-prices', ...genaiPricesVersion };
}

/** The library's price of one kind of token when the whole input has `tokens` tokens, in US dollars per million. */
function usdAt(part: Part, tokens: number): number {
  if (typeof part === 'number') return part;
  return part.tiers.findLast((tier) => tokens > tier.start)?.price ?? part.base;
}
