import type { CompiledPolicy } from './compiled.ts';
import type { Policy, PolicyMode, PolicyPrice } from './schema.ts';

/** Where a layer came from. */
export type LayerOrigin =
  /** The machine's own baseline, which applies in every folder. */
  | 'managed'
  /** Named by `extends`, directly or by a layer that was. */
  | 'extended'
  /** The repository's file as it is in the working tree, or where it was deleted there, as it is committed. */
  | 'repository'
  /** The repository's file on the default branch: an edit can loosen a rule only by being merged. */
  | 'committed';

/**
 * Which reading of the repository a layer belongs to: the file as it is in the working tree and what that extends, the file
 * as it is committed and what that extends, or both. Where one word decides (a mode, whether overrides are allowed), each
 * reading comes to its own answer and the stricter one holds, so that an edit cannot loosen what is committed.
 */
export type LayerReading = 'working' | 'committed' | 'both';

/** One policy file in force, compiled with its own aliases, modules, ignores and gates: it means what it said. */
export interface PolicyLayer {
  /** Qualifies the ids of its rules (`org:eu-only`); empty for the repository's own file. Unique among the layers. */
  readonly name: string;
  /** Its name in its own folder, where that is another than the request's. */
  readonly ownName?: string;
  readonly origin: LayerOrigin;
  readonly of: LayerReading;
  /** For people: a path, a package, an address. */
  readonly source: string;
  /** False for `committed`: only what forbids counts there, not what it prefers. */
  readonly prefers: boolean;
  /**
   * Of another folder than the request's: what the paths of its files begin with, in the facts of the request. It sees those
   * files alone, by their way from there.
   */
  readonly root?: string;
  /**
   * Of a folder around the request's own: the way from there to the request's, with "/" at its end. Such a layer sees the
   * request's work too, by its way from there. Only beside `root`.
   */
  readonly inside?: string;
  readonly policy: CompiledPolicy;
}

/** Everything in force for a request, the outermost layer first and the repository's own last. Immutable. */
export interface LayeredPolicy {
  /** Of what was in force: the layers' hashes together. */
  readonly hash: string;
  readonly layers: readonly PolicyLayer[];
  /** The strictest of the layers' opinions; `enforce` where none has one. */
  readonly mode: PolicyMode;
}

const STRICTNESS: readonly PolicyMode[] = ['observe', 'warn', 'enforce'];

/** Puts layers together, the outermost first. The hash is the caller's: this floor has no crypto. */
export function layered(layers: readonly PolicyLayer[], hash: string): LayeredPolicy {
  const modes = readingsOf(layers).map((reading) => STRICTNESS.indexOf(modeOf(reading)));
  return { hash, layers, mode: STRICTNESS[Math.max(...modes)] ?? 'enforce' };
}

/** The stricter of two modes. */
export function stricterMode(one: PolicyMode, other: PolicyMode): PolicyMode {
  return STRICTNESS.indexOf(one) < STRICTNESS.indexOf(other) ? other : one;
}

/** The mode of one reading. A machine's baseline that says nothing is enforced: no repository may switch it off. */
export function modeOf(reading: readonly PolicyLayer[]): PolicyMode {
  const opinions = reading.flatMap(
    ({ origin, policy }) => policy.source.mode ?? (origin === 'managed' ? 'enforce' : []),
  );
  return STRICTNESS[Math.max(...opinions.map((mode) => STRICTNESS.indexOf(mode)))] ?? 'enforce';
}

/** The layers of each reading of the repository: one where nothing was edited, else the working tree's and the committed. */
export function readingsOf(layers: readonly PolicyLayer[]): readonly (readonly PolicyLayer[])[] {
  const readings = (['working', 'committed'] as const)
    .filter((reading) => layers.some(({ of }) => of === reading))
    .map((reading) => layers.filter(({ of }) => of === reading || of === 'both'));
  return readings.length === 0 ? [layers] : readings;
}

/** A policy that stands alone. */
export function oneLayer(policy: CompiledPolicy, source = '.routing-policy.json'): LayeredPolicy {
  const layer: PolicyLayer = { name: policy.name, origin: 'repository', of: 'both', source, prefers: true, policy };
  return layered([layer], policy.hash);
}

/** The layer nearest to the work: the repository's own file, where there is one. undefined: no layer prefers anything. */
export function innermost({ layers }: LayeredPolicy): PolicyLayer | undefined {
  return layers.findLast(({ prefers }) => prefers);
}

/**
 * What the policies say that targets cost. Of several prices for one target the outermost holds; and from the first layer
 * on that limits money, inner layers say nothing about prices: who could call a model cheap could get past the limit.
 */
export function pricesIn(layeredPolicy: LayeredPolicy): Prices {
  let prices = knownPrices.get(layeredPolicy);
  if (prices === undefined) {
    prices = allPrices(layeredPolicy);
    knownPrices.set(layeredPolicy, prices);
  }
  return prices;
}

type Prices = NonNullable<Policy['prices']>;

/** Asked for of every target of every decision. */
const knownPrices = new WeakMap<LayeredPolicy, Prices>();

function allPrices({ layers }: LayeredPolicy): Prices {
  const prices = new Map<string, PolicyPrice>();
  for (const { policy } of layers) {
    for (const [target, price] of Object.entries(policy.source.prices ?? {})) {
      if (!prices.has(target)) prices.set(target, price);
    }
    if (limitsMoney(policy)) break;
  }
  return Object.fromEntries(prices);
}

/** Whether any layer has a budget, or a most that a request may cost. */
export function hasMoneyLimits({ layers }: LayeredPolicy): boolean {
  return layers.some(({ policy }) => limitsMoney(policy));
}

/** Whether a rule asks where answers are computed, so that this is as the provider is set up. */
export function hasRegionLimits({ layers }: LayeredPolicy): boolean {
  return layers.some(({ policy }) => policy.constraints.some(({ source }) => source.residency !== undefined));
}

function limitsMoney({ budgets, constraints, classes, default: fallback }: CompiledPolicy): boolean {
  return (
    budgets.length > 0 ||
    constraints.some(({ source }) => source.maxCostUsd !== undefined) ||
    [fallback, ...classes.map(({ route }) => route)].some(({ maxCostUsd }) => maxCostUsd !== undefined)
  );
}

/** What reports may be labelled with. Of two values for one label the outermost holds: a cost centre is the organisation's. */
export function labelsIn({ layers }: LayeredPolicy): Readonly<Record<string, string>> {
  return Object.fromEntries(layers.toReversed().flatMap(({ policy }) => Object.entries(policy.source.labels ?? {})));
}
