import { type Calibration, tokenRange } from '../models/calibration.ts';
import { findModel } from '../models/catalogue.ts';
import type { PriceTable } from '../models/genaiPrices.ts';
import type { Price } from '../models/model.ts';
import { priceOf } from '../models/prices.ts';
import { type LayeredPolicy, pricesIn } from '../policy/layers.ts';
import type { RequestKind } from '../policy/schema.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderSetting } from '../providers/settings.ts';
import type { State } from '../routing/state.ts';

/** Where the world is looked up while a decision is made. Nothing here waits: what takes time was fetched before. */
export interface World {
  now(): number;
  provider(id: string): Provider | undefined;
  setting(id: string): ProviderSetting | undefined;
  /** Why a provider or target is left alone now, in a sentence. */
  unhealthy(provider: string, model: string): string | undefined;
  /** The price library. */
  readonly priceTable: PriceTable | undefined;
  readonly calibration: Calibration;
  readonly trusted: boolean;
  readonly defaultTarget: string | undefined;
}

export interface StateRequest {
  readonly kind: RequestKind;
  readonly policy: LayeredPolicy | undefined;
  /** Input tokens as estimated for any model. */
  readonly estimatedTokens: number;
  /** How many tokens the request lets its answer have, where it says so. */
  readonly maxOutputTokens?: number | undefined;
  /** By budget id, in nano-dollars. */
  readonly spent: State['spent'];
  readonly uncounted?: State['uncounted'];
  /** What a person said when a budget asked, by budget id. */
  readonly answers?: State['answers'];
  readonly taskSpentNanoUsd: number;
  readonly session?: State['session'];
  readonly override?: State['override'];
}

/**
 * What an answer of each kind usually takes, in tokens, for the range of an estimate: the first and ninth tenth of what
 * such answers are known to be, rounded generously. Actuals replace it once the answer is there.
 */
export const usualOutputTokens: Readonly<Record<RequestKind, State['outputTokens']>> = {
  completion: { low: 5, high: 160 },
  chat: { low: 100, high: 2_000 },
  edit: { low: 100, high: 4_000 },
  agent: { low: 100, high: 4_000 },
  plan: { low: 300, high: 6_000 },
  'commit-message': { low: 20, high: 300 },
  title: { low: 5, high: 60 },
  review: { low: 200, high: 4_000 },
};

/** A model's price at a provider in force now. */
export function priceNow(
  world: World,
  policy: LayeredPolicy | undefined,
  provider: string,
  model: string,
): Price | undefined {
  return priceOf(provider, model, {
    at: world.now(),
    provider: (id) => {
      const setting = world.setting(id);
      const facts = world.provider(id)?.facts();
      return setting && facts
        ? { host: facts.host, local: facts.local, simulated: facts.simulated, prices: setting.prices }
        : undefined;
    },
    // A stranger's policy may narrow; it may not say what this person's money is worth.
    policy: world.trusted && policy ? pricesIn(policy) : undefined,
    table: world.priceTable,
  });
}

/**
 * What an answer may take, in tokens, for a request that says how long it may be. A chat's client states a limit that is
 * far from what answers take, so only a lower one counts; whoever has a text gone on with means the length that is stated.
 */
function outputTokensOf(kind: RequestKind, most: number | undefined): State['outputTokens'] {
  const usual = usualOutputTokens[kind];
  if (most === undefined || (most > usual.high && kind !== 'completion')) return usual;
  return { low: Math.min(usual.low, most), high: most };
}

/** The world as one decision sees it. */
export function createState(world: World, request: StateRequest): State {
  const { policy, kind } = request;
  return {
    now: world.now(),
    provider: (id) => world.provider(id)?.facts(),
    model: (_provider, model) => findModel(model),
    price: (provider, model) => priceNow(world, policy, provider, model),
    unhealthy: (provider, model) => world.unhealthy(provider, model),
    spent: request.spent,
    uncounted: request.uncounted,
    taskSpentNanoUsd: request.taskSpentNanoUsd,
    // No file in a repository attests anything yet; a constraint that asks for it then removes, and says why.
    attestations: [],
    outputTokens: outputTokensOf(kind, request.maxOutputTokens),
    inputTokens: (_provider, model) => tokenRange(world.calibration, model, request.estimatedTokens),
    trusted: world.trusted,
    answers: request.answers,
    session: request.session,
    override: request.override,
    userDefault: world.defaultTarget,
  };
}
