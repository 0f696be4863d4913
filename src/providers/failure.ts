import type { FaultKind } from '../chat/fault.ts';

/** What went wrong with a provider, told apart because each has its own next step. */
export type FailureKind = FaultKind;

/** A provider's error as it stood, for a client that speaks the same dialect. */
export interface RefusedAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Headers that clients read, such as `retry-after`, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most the first 64 KB, without the key. */
  readonly body: string;
}

/** A failure of one attempt. `message` says what happened and where, without keys, bodies or paths. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly kind: FailureKind;
  readonly provider: string;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;
  /** Milliseconds that the provider asked to wait. */
  readonly retryAfterMs: number | undefined;
  /** Where a provider refused a request that was passed through. */
  readonly refusal: RefusedAnswer | undefined;

  constructor(
    kind: FailureKind,
    provider: string,
    message: string,
    options: {
      status?: number | undefined;
      retryAfterMs?: number | undefined;
      refusal?: RefusedAnswer | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.provider = provider;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.refusal = options.refusal;
  }
  /** The same, for whoever cannot use the provider's own answer. */
  withoutRefusal(): ProviderFailure {
    const { kind, provider, message, status, retryAfterMs, cause } = this;
    return this.refusal ? new ProviderFailure(kind, provider, message, { status, retryAfterMs, cause }) : this;
  }
}
