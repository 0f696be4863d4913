/** What can go wrong with an answer, told apart because each has its own next step. Providers use the same words. */
export type FaultKind =
  | 'authentication'
  | 'permission'
  | 'quota'
  | 'rate-limit'
  | 'overload'
  | 'server'
  | 'bad-request'
  | 'context-too-long'
  | 'content-refused'
  | 'not-found'
  | 'network'
  | 'timeout'
  | 'cut'
  | 'malformed'
  | 'cancelled';

/** An error answer, read. `message` is the provider's own sentence, shortened and on one line, or one of ours. */
export interface Fault {
  readonly kind: FaultKind;
  readonly message: string;
  /** Milliseconds to wait, where the error itself says so and not only a header. */
  readonly retryAfterMs?: number;
}

/** A stream that cannot go on: the provider reported an error in it, or what it sent cannot be read. */
export class StreamFault extends Error {
  override readonly name: string = 'StreamFault';
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The stream ended before the answer did. Never to be taken for a clean end. */
export class StreamCut extends StreamFault {
  override readonly name = 'StreamCut';

  constructor(message: string) {
    super('cut', message);
  }
}

const longestMessage = 500;

/**
 * The provider's sentence as it may be shown: one line, at most 500 characters, without anything that looks like a key.
 * `fallback` is used when there is none.
 */
export function faultMessage(said: unknown, fallback: string): string {
  if (typeof said !== 'string') return fallback;
  const line = said
    .slice(0, longestMessage * 4)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/\b(?:sk|pk|key|ghp|gho|xox[a-z])[-_][\w-]{8,}/gi, '[key]')
    .replace(/\bBearer\s+(?=\S*\d)\S{8,}/gi, 'Bearer [key]')
    .trim();
  if (line === '') return fallback;
  return line.length > longestMessage ? `${line.slice(0, longestMessage - 1)}…` : line;
}

/** What an HTTP status says by itself, for providers whose error body does not say more. */
export function faultKindOfStatus(status: number): FaultKind {
  switch (status) {
    case 401:
      return 'authentication';
    case 402:
      return 'quota';
    case 403:
      return 'permission';
    case 404:
    case 410:
      return 'not-found';
    case 408:
    case 504:
      return 'timeout';
    case 413:
      return 'context-too-long';
    case 429:
      return 'rate-limit';
    case 503:
    case 529:
      return 'overload';
    default:
      return status >= 500 ? 'server' : 'bad-request';
  }
}
