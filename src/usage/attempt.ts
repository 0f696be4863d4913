import type { RequestKind } from '../policy/schema.ts';

/** Where a request came from. */
export type Surface =
  | 'completion'
  | 'chat'
  | 'agent'
  | 'inline-chat'
  | 'utility'
  | 'extension'
  | 'participant'
  | 'gateway'
  | 'cli';

/**
 * How an attempt ended. `served` is delivered in full; `accepted` and `rejected` are completions that a person judged;
 * `shown` is one that nobody has judged yet.
 */
export type AttemptOutcome =
  | 'served'
  | 'shown'
  | 'accepted'
  | 'rejected'
  | 'cancelled'
  | 'failed'
  | 'cut'
  | 'blocked'
  | 'unserved';

/** One call on one model, or one refusal: a row of the ledger. It has no text and no paths. */
export interface Attempt {
  /** {@link ./timedId.ts timedId}. */
  readonly id: string;
  /** One for all attempts of one request. */
  readonly requestId: string;
  readonly taskId?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly surface: Surface;
  readonly kind: RequestKind;
  readonly class: string;
  /** The rule that decided: a class id, a constraint id or a budget id. */
  readonly rule: string;
  readonly policyHash: string;
  /** The model that the client asked for, where it asked for one. */
  readonly requestedModel?: string;
  readonly provider?: string;
  readonly model?: string;
  /** What the provider says it served. */
  readonly servedModel?: string;
  /** 0 for the first candidate. */
  readonly place: number;
  /** The target that failed before this one, when this is a fallback. */
  readonly fallbackFrom?: string;
  readonly inputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
  readonly usageEstimated?: boolean;
  /** undefined: unpriced, which is not zero. */
  readonly costNanoUsd?: number;
  readonly priceSource?: string;
  readonly priceAsOf?: string;
  readonly latencyMs?: number;
  readonly firstTokenMs?: number;
  readonly outcome: AttemptOutcome;
  /** One of the provider failure kinds, never a text. */
  readonly failure?: string;
  readonly simulated?: boolean;
  /** The repository, as a keyed hash that only this machine can make: {@link ./repoKey.ts repoKey}. */
  readonly repoKey?: string;
  /** The team that the developer is configured to belong to. */
  readonly team?: string;
  /** A keyed hash of the conversation that it belongs to. */
  readonly conversation?: string;
  /** What sent the request, as a policy's `client` clause names it. */
  readonly client?: string;
  readonly billing?: 'metered' | 'pool' | 'seat';
  /** What the provider will ask for it, as it is billed; undefined like {@link costNanoUsd}. */
  readonly billedNanoUsd?: number;
  /** The trial that the request took part in, and on which side. */
  readonly trial?: string;
  readonly arm?: 'trial' | 'control';
  /** Who asked for the model instead of the policy's own choice. */
  readonly overridden?: 'person' | 'client';
}
