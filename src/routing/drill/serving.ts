import type { ResolvedTarget } from '../../policy/compiled.ts';
import type { Outcome } from '../decision.ts';
import type { DrillGround } from './rehearsal.ts';

/** Who serves a request: a target, or the editor's own completions, of which nothing is known. */
export interface Serving {
  /** `provider/model`, or `native`. */
  readonly target: string;
  readonly provider?: string;
  readonly maker?: string;
  readonly model?: string;
  /** A stand-in, labelled wherever a person sees it. */
  readonly simulated?: true;
}

/** undefined: nobody. */
export function servingIn(outcome: Outcome, ground: DrillGround): Serving | undefined {
  switch (outcome.kind) {
    case 'routed':
      return servedBy(outcome.target, ground);
    case 'native':
      return { target: 'native' };
    case 'blocked':
    case 'unserved':
      return undefined;
    default:
      return outcome satisfies never;
  }
}

export function servedBy({ target, provider, model }: ResolvedTarget, ground: DrillGround): Serving {
  const maker = ground.model(provider, model)?.maker;
  const simulated = ground.provider(provider)?.simulated === true;
  return {
    target,
    provider,
    model,
    ...(maker === undefined ? {} : { maker }),
    ...(simulated ? { simulated: true } : {}),
  };
}

/** What two targets have in common, so that one failure may take both. */
export type Shared = 'provider' | 'maker' | 'provider and maker';

/** undefined: nothing that is known. */
export function sharedBy(one: Serving, other: Serving): Shared | undefined {
  const provider = one.provider !== undefined && one.provider === other.provider;
  const maker = one.maker !== undefined && one.maker === other.maker;
  if (provider && maker) return 'provider and maker';
  return provider ? 'provider' : maker ? 'maker' : undefined;
}
