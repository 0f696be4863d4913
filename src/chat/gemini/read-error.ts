import { type Fault, type FaultKind, faultKindOfStatus, faultMessage } from '../fault.ts';
import { isMissingObject } from '../missing-object.ts';
import { type Fields, fieldsOf, indexOf, jsonOrUndefined, listOf, textOf } from '../untrusted.ts';

/** The names of Google's error codes (google.rpc.Code) that mean something of their own here. */
const kindOfName: Readonly<Record<string, FaultKind>> = {
  UNAUTHENTICATED: 'authentication',
  PERMISSION_DENIED: 'permission',
  NOT_FOUND: 'not-found',
  RESOURCE_EXHAUSTED: 'rate-limit',
  UNAVAILABLE: 'overload',
  DEADLINE_EXCEEDED: 'timeout',
  INTERNAL: 'server',
  UNKNOWN: 'server',
  DATA_LOSS: 'server',
};

const tooLongSaid =
  /exceeds the maximum number of tokens|input token count|context (?:length|window)|request payload size exceeds/i;
const badKeySaid = /api[ _]key (?:not valid|expired|not found|is invalid)|API_KEY_INVALID/i;
const noCreditSaid = /credits? (?:are|is) depleted|prepayment|billing (?:account|is|to be)|enable billing/i;
const longestWaitMs = 24 * 60 * 60 * 1000;

/**
 * What an error answer of the Gemini API means. `status` is the HTTP status, or undefined for an error in a stream;
 * `body` is its text or its parsed JSON. A stream that is a JSON array has its error in a list.
 */
export function readGeminiError(status: number | undefined, body: unknown): Fault {
  const parsed = typeof body === 'string' ? jsonOrUndefined(body) : body;
  const error = fieldsOf(fieldsOf(Array.isArray(parsed) ? parsed[0] : parsed)['error']);
  const fallback = status === undefined ? 'The provider reported an error.' : `The provider answered ${status}.`;
  const message = faultMessage(error['message'], fallback);
  const details = listOf(error['details']).slice(0, 20).map(fieldsOf);
  const retryAfterMs = retryDelayMs(details);
  return {
    kind: kindOf(status, error, details, message),
    message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function kindOf(status: number | undefined, error: Fields, details: readonly Fields[], message: string): FaultKind {
  const name = textOf(error['status']);
  const reasons = details.map(({ reason }) => textOf(reason));
  if (reasons.includes('API_KEY_INVALID') || badKeySaid.test(message)) return 'authentication';
  if (noCreditSaid.test(message) || status === 402) return 'quota';
  if (name === 'RESOURCE_EXHAUSTED' && isUsedUp(details)) return 'quota';
  const byName = Object.hasOwn(kindOfName, name) ? kindOfName[name] : undefined;
  const code = indexOf(error['code']);
  const kind = byName ?? faultKindOfStatus(status ?? (code !== undefined && code >= 400 && code < 600 ? code : 500));
  // What is another's is said not to be there, and what is not there to be another's.
  if ((kind === 'not-found' || kind === 'permission') && isMissingObject(message)) return 'bad-request';
  if (kind !== 'bad-request') return kind;
  if (tooLongSaid.test(message)) return 'context-too-long';
  // FAILED_PRECONDITION: the API may not be used from where the request comes from.
  return /location is not supported/i.test(message) ? 'permission' : 'bad-request';
}

/** A quota for a day, or one of nothing, will not come back by waiting a minute. */
function isUsedUp(details: readonly Fields[]): boolean {
  return details
    .flatMap(({ violations }) => listOf(violations).slice(0, 20).map(fieldsOf))
    .some(({ quotaId, quotaValue }) => /PerDay|PerMonth/i.test(textOf(quotaId)) || quotaValue === '0');
}

/** `RetryInfo.retryDelay`: seconds with a fraction and an s, as JSON writes a duration. */
function retryDelayMs(details: readonly Fields[]): number | undefined {
  for (const { retryDelay } of details) {
    const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(textOf(retryDelay))?.[1];
    if (seconds !== undefined) return Math.min(Math.ceil(Number(seconds) * 1000), longestWaitMs);
  }
  return undefined;
}
