import type { Fault, FaultKind } from './fault.ts';

/** The error envelope of both of OpenAI's dialects. */
export interface OpenAiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: null;
    readonly code: string;
  };
}

/**
 * A fault as OpenAI's APIs and its clients name it, for an error answer and for an error in a stream. Clients decide by
 * the code whether to try again; `./openai-fault.ts` reads each as what it was.
 */
export function writeOpenAiError({ kind, message }: Fault): OpenAiErrorBody {
  return { error: { message, type: typeOf(kind), param: null, code: codeOf(kind) } };
}

function typeOf(kind: FaultKind): string {
  switch (kind) {
    case 'authentication':
      return 'authentication_error';
    case 'permission':
      return 'permission_error';
    case 'quota':
      return 'insufficient_quota';
    case 'rate-limit':
      return 'rate_limit_error';
    case 'bad-request':
    case 'context-too-long':
    case 'content-refused':
    case 'not-found':
      return 'invalid_request_error';
    case 'overload':
    case 'server':
    case 'network':
    case 'timeout':
    case 'cut':
    case 'malformed':
    case 'cancelled':
      return 'server_error';
    default:
      return kind satisfies never;
  }
}

function codeOf(kind: FaultKind): string {
  switch (kind) {
    case 'authentication':
      return 'invalid_api_key';
    case 'permission':
      return 'permission_error';
    case 'quota':
      return 'insufficient_quota';
    case 'rate-limit':
      return 'rate_limit_exceeded';
    case 'overload':
      return 'slow_down';
    case 'server':
      return 'server_error';
    case 'bad-request':
      return 'bad_request';
    case 'context-too-long':
      return 'context_length_exceeded';
    case 'content-refused':
      return 'content_policy_violation';
    case 'not-found':
      return 'model_not_found';
    case 'network':
      return 'upstream_unreachable';
    case 'timeout':
      return 'request_timeout';
    case 'cut':
      return 'upstream_cut';
    case 'malformed':
      return 'upstream_malformed';
    case 'cancelled':
      return 'cancelled';
    default:
      return kind satisfies never;
  }
}
