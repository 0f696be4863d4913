import type { ErrorType } from '@anthropic-ai/sdk/resources/shared';
import type { Fault, FaultKind } from '../fault.ts';

/** The error envelope, which is also the data of an `error` event in a stream. */
export interface WrittenError {
  readonly type: 'error';
  readonly error: { readonly type: ErrorType | 'request_too_large'; readonly message: string };
  readonly request_id: null;
}

const typeOfKind: Readonly<Record<FaultKind, ErrorType>> = {
  authentication: 'authentication_error',
  permission: 'permission_error',
  quota: 'billing_error',
  'rate-limit': 'rate_limit_error',
  overload: 'overloaded_error',
  server: 'api_error',
  'bad-request': 'invalid_request_error',
  'context-too-long': 'invalid_request_error',
  'content-refused': 'invalid_request_error',
  'not-found': 'not_found_error',
  network: 'api_error',
  timeout: 'timeout_error',
  cut: 'api_error',
  malformed: 'api_error',
  cancelled: 'api_error',
};

const typeOfStatus: Readonly<Record<number, WrittenError['error']['type']>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The envelope of an error with this HTTP status, or of one in a stream, where there is none. */
export function writeAnthropicError(status: number | undefined, { kind, message }: Fault): WrittenError {
  const type = (status === undefined ? undefined : typeOfStatus[status]) ?? typeOfKind[kind];
  // Agents shorten their conversation and go on when they are told so in the words of this API.
  const said =
    kind === 'context-too-long' && !/prompt is too long/i.test(message) ? `prompt is too long: ${message}` : message;
  return { type: 'error', error: { type, message: said }, request_id: null };
}
