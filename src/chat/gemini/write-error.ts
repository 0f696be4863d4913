import type { Fault } from '../fault.ts';

/** Google's name for an HTTP status (google.rpc.Code). */
function nameOf(status: number): string {
  switch (status) {
    case 400:
    case 413:
      return 'INVALID_ARGUMENT';
    case 401:
      return 'UNAUTHENTICATED';
    case 402:
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
    case 410:
      return 'NOT_FOUND';
    case 408:
    case 504:
      return 'DEADLINE_EXCEEDED';
    case 409:
      return 'ABORTED';
    case 429:
      return 'RESOURCE_EXHAUSTED';
    case 499:
      return 'CANCELLED';
    case 503:
    case 529:
      return 'UNAVAILABLE';
    default:
      return status >= 500 ? 'INTERNAL' : 'FAILED_PRECONDITION';
  }
}

/** The error envelope, with when to come back where that is known. */
export function geminiError(status: number, { message, retryAfterMs }: Fault): unknown {
  return {
    error: {
      code: status,
      message,
      status: nameOf(status),
      ...(retryAfterMs !== undefined && {
        details: [
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(retryAfterMs / 1000)}s` },
        ],
      }),
    },
  };
}

/** The status that an error within a stream names: its HTTP status has been sent and was 200. */
export function statusOfFault({ kind }: Fault): number {
  switch (kind) {
    case 'authentication':
      return 401;
    case 'permission':
      return 403;
    case 'not-found':
      return 404;
    case 'quota':
    case 'rate-limit':
      return 429;
    case 'bad-request':
    case 'context-too-long':
    case 'content-refused':
      return 400;
    case 'overload':
      return 503;
    case 'timeout':
      return 504;
    case 'cancelled':
      return 499;
    case 'server':
    case 'network':
    case 'cut':
    case 'malformed':
      return 500;
    default:
      return kind satisfies never;
  }
}
