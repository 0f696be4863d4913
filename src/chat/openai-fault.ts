import { type Fault, type FaultKind, faultKindOfStatus, faultMessage } from './fault.ts';
import { isMissingObject } from './missing-object.ts';
import { fieldsOf, isFields, jsonOrUndefined } from './untrusted.ts';

/** Codes and types of errors of OpenAI's APIs, and of servers that speak its dialects. */
const kindOfCode: Readonly<Record<string, FaultKind>> = {
  context_length_exceeded: 'context-too-long',
  exceed_context_size_error: 'context-too-long',
  string_above_max_length: 'context-too-long',
  insufficient_quota: 'quota',
  billing_not_active: 'quota',
  billing_hard_limit_reached: 'quota',
  credit_balance_exhausted: 'quota',
  usage_limit_exceeded: 'quota',
  usage_limit_reached: 'quota',
  project_spend_limit_exceeded: 'quota',
  organization_spend_limit_exceeded: 'quota',
  organization_usage_limit_exceeded: 'quota',
  rate_limit_exceeded: 'rate-limit',
  rate_limit_error: 'rate-limit',
  tokens: 'rate-limit',
  requests: 'rate-limit',
  server_overloaded: 'overload',
  overloaded_error: 'overload',
  slow_down: 'overload',
  invalid_api_key: 'authentication',
  authentication_error: 'authentication',
  invalid_authentication: 'authentication',
  permission_error: 'permission',
  data_residency_mismatch: 'permission',
  model_not_found: 'not-found',
  not_found_error: 'not-found',
  DeploymentNotFound: 'not-found',
  content_filter: 'content-refused',
  content_policy_violation: 'content-refused',
  image_content_policy_violation: 'content-refused',
  invalid_prompt: 'content-refused',
  bio_policy: 'content-refused',
  cyber_policy: 'content-refused',
  misalignment_policy_violation: 'content-refused',
  request_timeout: 'timeout',
  server_error: 'server',
  internal_error: 'server',
  // As `./openai-error.ts` writes them, for one gateway behind another.
  bad_request: 'bad-request',
  upstream_unreachable: 'network',
  upstream_cut: 'cut',
  upstream_malformed: 'malformed',
  cancelled: 'cancelled',
};

const tooLongSaid =
  /context (?:length|window|size)|maximum context|prompt is too long|input is too long|too many tokens|exceeds? the (?:model's )?(?:maximum|available) context/i;

/**
 * What an error answer in either of OpenAI's dialects means; compatible servers vary its shape. `status` is the HTTP
 * status, or undefined for an error in a stream; `body` is its text or its parsed JSON.
 */
export function readOpenAiError(status: number | undefined, body: unknown): Fault {
  const parsed = typeof body === 'string' ? jsonOrUndefined(body) : body;
  // Some servers wrap the error in a list, or give a sentence in place of the object.
  const answer = fieldsOf(Array.isArray(parsed) ? parsed[0] : parsed);
  const error = isFields(answer['error']) ? answer['error'] : answer;
  const said = error['message'] ?? answer['error'] ?? answer['detail'];
  const fallback = status === undefined ? 'The provider reported an error.' : `The provider answered ${status}.`;
  const message = faultMessage(said, fallback);
  const kind = kindOf(status, error['code'], error['type'], message);
  const isOwn = kind === 'not-found' && isMissingObject(message, error['param']);
  return { kind: isOwn ? 'bad-request' : kind, message };
}

/** The kind of an error, by its code, else its type, else its HTTP status; a sentence about the context wins over both. */
function kindOf(status: number | undefined, code: unknown, type: unknown, message: string): FaultKind {
  for (const word of [code, type]) {
    const kind = typeof word === 'string' && Object.hasOwn(kindOfCode, word) ? kindOfCode[word] : undefined;
    if (kind !== undefined) return kind;
  }
  // Servers also put the HTTP status into the error itself.
  const kind = faultKindOfStatus(status ?? (typeof code === 'number' && code >= 400 && code < 600 ? code : 500));
  return (kind === 'bad-request' || kind === 'server') && tooLongSaid.test(message) ? 'context-too-long' : kind;
}
