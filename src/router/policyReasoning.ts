import type { Price } from '../models/model.ts';
import type { Memo } from '../policy/analysis/memo.ts';
import type { Finding } from '../policy/finding.ts';
import { innermost, type LayeredPolicy } from '../policy/layers.ts';
import type { RequestKind } from '../policy/schema.ts';
import { analysePolicy } from '../routing/analysis/analyse.ts';
import type { ProviderFacts, State } from '../routing/state.ts';
import type { RepositoryListing } from './repositoryListing.ts';
import { usualOutputTokens } from './world.ts';

/** What a door knows of the world around a policy. */
export interface ReasoningGround extends Pick<State, 'model' | 'attestations'> {
  /** undefined: no such provider is configured or well known. */
  provider(id: string): ProviderFacts | undefined;
  /** By the policy's own prices first; undefined: unpriced. */
  price(provider: string, model: string): Price | undefined;
  /** Left out where there are no files to look at. */
  readonly listing?: RepositoryListing | undefined;
  /** Of the policy file, in its repository; left out outside of one. */
  readonly path?: string | undefined;
}

/** What even a small request of each kind sends, in tokens (its instructions and a few lines), and what a large one does. */
const usualInputTokens: Readonly<Record<RequestKind, { readonly low: number; readonly high: number }>> = {
  completion: { low: 100, high: 4_000 },
  chat: { low: 300, high: 50_000 },
  edit: { low: 500, high: 50_000 },
  agent: { low: 2_000, high: 150_000 },
  plan: { low: 1_000, high: 150_000 },
  'commit-message': { low: 200, high: 20_000 },
  title: { low: 50, high: 2_000 },
  review: { low: 500, high: 100_000 },
};

/** What reasoning shows of a sound policy with all that is known around it: the same words at every door. */
export function reasonAbout(layers: LayeredPolicy, ground: ReasoningGround, memo: Memo): readonly Finding[] {
  const policy = innermost(layers)?.policy;
  if (policy === undefined) return [];
  const { listing, path, attestations } = ground;
  return analysePolicy(
    policy,
    {
      layers,
      targets: {
        maker: (provider, model) => ground.model(provider, model)?.maker,
        provider: (id) => ground.provider(id),
      },
      costs: {
        price: (provider, model) => ground.price(provider, model),
        tokens: (kind) => ({ input: usualInputTokens[kind], output: usualOutputTokens[kind] }),
      },
      attested: { attestations, model: (provider, model) => ground.model(provider, model) },
      ...(listing === undefined ? {} : { files: listing.files }),
      ...(listing?.ownersOf === undefined ? {} : { ownersOf: listing.ownersOf }),
      ...(path === undefined ? {} : { policyPath: path }),
    },
    memo,
  );
}
