import type { ModelRecord, Price } from '../models/model.ts';
import type { Attestation, ProviderFacts, State } from './state.ts';

/** What is known of the world where nobody is asked: a policy's own tests, a request that is only thought of. */
export interface Ground {
  /** Milliseconds since the epoch, for `until`. */
  readonly now: number;
  /** The catalogue; of what it knows only the maker counts, because every target is assumed to be capable. */
  model(provider: string, model: string): ModelRecord | undefined;
  price(provider: string, model: string): Price | undefined;
  /** Where its data stays and for how long, for constraints that ask. Left out or undefined: nothing of this is known. */
  provider?(id: string): ProviderFacts | undefined;
  /** Left out: none. */
  readonly attestations?: readonly Attestation[];
}

/** The state in which every target is reachable, capable and healthy, nothing is spent and nobody is distrusted. */
export function everythingWorks(ground: Ground): State {
  return {
    now: ground.now,
    provider: (id) => ({ id, ...ground.provider?.(id), usable: true, serves: { chat: true, completion: true } }),
    model: (provider, model) => capable(ground.model(provider, model)),
    price: (provider, model) => ground.price(provider, model),
    unhealthy: () => undefined,
    spent: {},
    taskSpentNanoUsd: 0,
    attestations: ground.attestations ?? [],
    outputTokens: { low: 200, high: 4000 },
    inputTokens: () => undefined,
    trusted: true,
  };
}

/** The model without its limits. */
function capable(model: ModelRecord | undefined): ModelRecord | undefined {
  if (model === undefined) return undefined;
  const { contextTokens: _context, retired: _retired, ...rest } = model;
  const completion = model.completion === 'none' ? 'prompted' : model.completion;
  return { ...rest, tools: true, images: true, chat: true, completion };
}
