import { findRow } from './catalogue.ts';
import type { PriceTable } from './genaiPrices.ts';
import type { Price, TokenRates } from './model.ts';
import { modelKey } from './modelKey.ts';
import type { OverlayRow } from './overlay.ts';
import { findSeller, priceListOfMaker } from './seller.ts';
import { ratesOf, type WrittenPrice, writtenPrice } from './usd.ts';

/** What a price depends on in a configured provider. */
export interface PricedProvider {
  /** The host of its endpoint, where it has one. */
  readonly host?: string | undefined;
  /** On this machine: what is served there costs nothing. */
  readonly local?: boolean | undefined;
  readonly simulated?: boolean | undefined;
  /** By model; the provider entry's own prices. */
  readonly prices?: Readonly<Record<string, WrittenPrice>> | undefined;
}

/** Everything that prices are looked up in. Each layer wins over those below it. */
export interface PriceLayers {
  /** Milliseconds since the epoch: which day's prices. */
  readonly at: number;
  /** undefined: no such provider is configured. Its own prices are the user's. */
  provider?(id: string): PricedProvider | undefined;
  /** By `provider/model`. */
  readonly user?: Readonly<Record<string, WrittenPrice>> | undefined;
  readonly policy?: Readonly<Record<string, WrittenPrice>> | undefined;
  readonly team?: Readonly<Record<string, WrittenPrice>> | undefined;
  /** The price library. */
  readonly table?: PriceTable | undefined;
}

/**
 * What a model costs at a provider, from the first that knows: user or machine, policy, team, a local provider's
 * nothing, our overlay, the price library. undefined is *unpriced*, which is never zero.
 *
 * The overlay holds makers' list prices. They apply wherever a closed model is served, because resellers pass them on
 * and a contract is written down as a price of one's own; a model with open weights costs what its seller says, so its
 * maker's price applies at the maker alone.
 */
export function priceOf(provider: string, model: string, layers: PriceLayers): Price | undefined {
  const configured = layers.provider?.(provider);
  const own = written(configured?.prices, model);
  if (own) return writtenPrice(own, configured?.simulated === true ? 'simulated' : 'user');
  const target = `${provider}/${model}`;
  const users = written(layers.user, target);
  if (users) return writtenPrice(users, 'user');
  const policys = written(layers.policy, target);
  if (policys) return writtenPrice(policys, 'policy');
  const teams = written(layers.team, target);
  if (teams) return writtenPrice(teams, 'team');
  // A stand-in without a price of its own has none: the price of the model that it plays would be a fiction.
  if (configured?.simulated === true) return undefined;
  if (configured?.local === true || target === 'local/workspace-copy') return freeOn(layers.at);
  return listPrice(provider, model, configured?.host, layers);
}

function listPrice(provider: string, model: string, host: string | undefined, layers: PriceLayers): Price | undefined {
  const name = modelKey(model);
  const row = findRow(name);
  const seller = findSeller(provider, host);
  const isClosed = row !== undefined && row.openWeights !== true;
  const atMaker = row !== undefined && seller?.maker === row.maker;
  if (row?.usd && name.variant === undefined && (isClosed || atMaker)) {
    return overlayPrice(row, row.usd, seller?.id === 'bedrock' && name.region !== 'global');
  }
  const sold = seller?.priceListId && layers.table?.find(seller.priceListId, model, layers.at);
  if (sold) return sold;
  const maker = isClosed && name.variant === undefined ? priceListOfMaker(row.maker) : undefined;
  return maker && row ? layers.table?.find(maker, row.id, layers.at) : undefined;
}

/** Amazon Bedrock asks a tenth more for a request that stays in a region. */
const regionalShare = 1.1;

/** What our own list says never changes. */
const [listed, listedInRegion] = [new Map<OverlayRow, Price>(), new Map<OverlayRow, Price>()];

function overlayPrice(row: OverlayRow, usd: NonNullable<OverlayRow['usd']>, isRegional: boolean): Price {
  const made = isRegional ? listedInRegion : listed;
  const price = made.get(row) ?? scaledPrice(row, usd, isRegional ? regionalShare : 1);
  made.set(row, price);
  return price;
}

function scaledPrice(row: OverlayRow, usd: NonNullable<OverlayRow['usd']>, share: number): Price {
  const scaled = (rates: typeof usd): TokenRates => {
    const [input, output, read, write, longWrite] = rates;
    const times = (rate: number | undefined): number | undefined => (rate === undefined ? undefined : rate * share);
    return ratesOf([input * share, output * share, times(read), times(write), times(longWrite)]);
  };
  return {
    rates: scaled(usd),
    tiers: (row.above ?? []).map(({ tokens, usd: above }) => ({ aboveTokens: tokens, rates: scaled(above) })),
    source: 'overlay',
    asOf: row.asOf,
  };
}

function freeOn(at: number): Price {
  const asOf = new Date(at).toISOString().slice(0, 10);
  return { rates: ratesOf([0, 0]), tiers: [], source: 'local', asOf };
}

/** Written prices by spelling; a policy's are asked for at every decision and never change. */
const indexes = new WeakMap<object, ReadonlyMap<string, WrittenPrice>>();

/** An entry as written, else under another spelling of the same model at the same provider. */
function written(prices: Readonly<Record<string, WrittenPrice>> | undefined, target: string): WrittenPrice | undefined {
  if (prices === undefined) return undefined;
  if (Object.hasOwn(prices, target)) return prices[target];
  let index = indexes.get(prices);
  if (index === undefined) {
    index = new Map(Object.entries(prices).map(([name, price]) => [spelling(name), price]));
    indexes.set(prices, index);
  }
  return index.size === 0 ? undefined : index.get(spelling(target));
}

function spelling(target: string): string {
  const slash = target.indexOf('/');
  const { key, variant, region } = modelKey(target);
  return JSON.stringify([target.slice(0, Math.max(slash, 0)), key, variant, region]);
}
