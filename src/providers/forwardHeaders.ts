import type { Dialect } from '../chat/dialect.ts';

/** What a client says of its dialect, and may say through us to a provider whose key is ours. */
const dialectHeaders: Readonly<Record<Dialect, RegExp>> = {
  'anthropic-messages': /^anthropic-(?:beta|version)$/,
  'openai-chat': /^openai-beta$/,
  'openai-responses': /^openai-beta$/,
  gemini: /^x-goog-api-client$/,
  completions: /^openai-beta$/,
};

/** Of one connection, of the body as it came in, a credential, or what tells a server who stands before it. */
const neverSent =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|host|content-.*|accept|accept-encoding|proxy-.*|authorization|cookie|x-api-key|api-key|x-goog-api-key|forwarded|x-forwarded-.*|x-real-ip|via|origin|referer|sec-.*|x-routing-.*|x-stainless-.*)$/;

const aName = /^[a-z][\w-]*$/;

/**
 * The headers of a client that go on with its body. With our key only what its dialect means by them: what names an
 * account, such as `openai-organization`, belongs to the client's key. With its own key it speaks for itself, and a
 * login may depend on what it says, so all of them go on but those of a connection. We never claim to be the client:
 * its `user-agent` goes with its own key alone.
 */
export function headersOfClient(
  headers: Readonly<Record<string, string>>,
  dialect: Dialect,
  withOwnKey: boolean,
): Record<string, string> {
  const kept: Record<string, string> = { 'user-agent': 'routing-policy' };
  for (const [name, value] of Object.entries(headers)) {
    if (withOwnKey ? !neverSent.test(name) && aName.test(name) : dialectHeaders[dialect].test(name)) kept[name] = value;
  }
  return kept;
}

/** What clients read in the head of an answer. */
const answerHeaders =
  /^(?:retry-after|retry-after-ms|request-id|x-request-id|x-should-retry|x-ratelimit-.*|anthropic-ratelimit-.*|openai-(?:model|processing-ms|version)|x-simulated)$/;

/** The headers of an answer that its client gets, by lower-case name. */
export function clientHeaders(
  headers: Iterable<readonly [string, string | readonly string[] | undefined]>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (value !== undefined && answerHeaders.test(name)) {
      kept[name] = typeof value === 'string' ? value : value.join(', ');
    }
  }
  return kept;
}

/** Names of parameters that carry a credential, as Gemini's clients send it. */
const credentialParameters = /^(?:key|api[-_]?key|access_token|token|auth)$/i;
const longestSearch = 2_000;

/** A client's query without any credential in it, to be added to the provider's address. */
export function searchOfClient(search: string): URLSearchParams {
  const kept = new URLSearchParams();
  if (search.length > longestSearch) return kept;
  for (const [name, value] of new URLSearchParams(search)) {
    if (!credentialParameters.test(name)) kept.append(name, value);
  }
  return kept;
}
