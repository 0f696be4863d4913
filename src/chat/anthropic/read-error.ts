import { type Fault, type FaultKind, faultKindOfStatus, faultMessage } from '../fault.ts';
import { isMissingObject } from '../missing-object.ts';
import { fieldsOf, jsonOrUndefined } from '../untrusted.ts';

const kindOfType: Readonly<Record<string, FaultKind>> = {
  authentication_error: 'authentication',
  permission_error: 'permission',
  billing_error: 'quota',
  rate_limit_error: 'rate-limit',
  overloaded_error: 'overload',
  api_error: 'server',
  timeout_error: 'timeout',
  not_found_error: 'not-found',
  request_too_large: 'context-too-long',
};

const tooLongSaid =
  /prompt is too long|exceeds? (?:the )?(?:model's )?(?:maximum )?context|context (?:window|length)|input is too long/i;
const noCreditSaid = /credit balance|spend limit|usage limit/i;

/**
 * What an error answer of the Messages API means. `status` is the HTTP status, or undefined for an `error` event in a
 * stream; `body` is its text or its parsed JSON.
 */
export function readAnthropicError(status: number | undefined, body: unknown): Fault {
  const error = fieldsOf(fieldsOf(typeof body === 'string' ? jsonOrUndefined(body) : body)['error']);
  const fallback = status === undefined ? 'The provider reported an error.' : `The provider answered ${status}.`;
  const message = faultMessage(error['message'], fallback);
  return { kind: kindOf(status, error['type'], fieldsOf(error['details'])['error_code'], message), message };
}

function kindOf(status: number | undefined, type: unknown, code: unknown, message: string): FaultKind {
  if (typeof code === 'string' && /spend_limit|billing/.test(code)) return 'quota';
  const byType = typeof type === 'string' && Object.hasOwn(kindOfType, type) ? kindOfType[type] : undefined;
  const kind = byType ?? (status === undefined ? 'server' : faultKindOfStatus(status));
  // The API names these causes in words only.
  if (type === 'invalid_request_error' || kind === 'bad-request') {
    if (tooLongSaid.test(message)) return 'context-too-long';
    if (noCreditSaid.test(message)) return 'quota';
    return 'bad-request';
  }
  return kind === 'not-found' && isMissingObject(message) ? 'bad-request' : kind;
}
