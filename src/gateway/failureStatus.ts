import type { FaultKind } from '../chat/fault.ts';
import type { ProviderFailure } from '../providers/failure.ts';

/** The status of a failure that no provider gave one to. */
function statusOfKind(kind: FaultKind): number {
  switch (kind) {
    case 'authentication':
      return 401;
    case 'permission':
      return 403;
    case 'quota':
      return 402;
    case 'rate-limit':
      return 429;
    case 'overload':
      return 503;
    case 'bad-request':
    case 'context-too-long':
    case 'content-refused':
      return 400;
    case 'not-found':
      return 404;
    case 'timeout':
      return 504;
    case 'server':
    case 'network':
    case 'cut':
    case 'malformed':
      return 502;
    case 'cancelled':
      return 499;
    default:
      return kind satisfies never;
  }
}

/** What a client is told of a failure beside its words. */
export function failureHead({
  kind,
  status,
  retryAfterMs,
}: Pick<ProviderFailure, 'kind' | 'status' | 'retryAfterMs'>): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
} {
  const isError = status !== undefined && status >= 400 && status <= 599;
  return {
    status: isError ? status : statusOfKind(kind),
    headers: retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) },
  };
}
