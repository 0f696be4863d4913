import type { AnswerHeaders, NetworkAnswer, NetworkRequest } from './exchange.ts';
import { HttpRefusal } from './httpRefusal.ts';
import type { ProviderKey } from './key.ts';
import type { Network } from './network.ts';
import { takesClientsKey } from './passthrough.ts';
import type { ForwardRequest } from './provider.ts';
import { createSignIn, isSignIn, type UnsignedRequest } from './signIn.ts';
import type { ProviderRow } from './table.ts';
import { TransportError } from './transportError.ts';
import { headersWithoutKey, readWithoutKey, responseWithoutKey, textWithoutKey } from './withoutKey.ts';

/** One provider's address with its credential: what the wires send through. */
export interface Endpoint {
  readonly id: string;
  readonly row: ProviderRow;
  readonly baseUrl: URL;
  /** With the port, if any. */
  readonly host: string;
  /**
   * Sends a request with the provider's credential and no other. Throws {@link HttpRefusal} for an answer outside
   * 200–299, with its body read, and {@link TransportError} around anything else, such as a missing key.
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * Sends a client's own body, with the same credential, or with the client's own where the setting says
   * `passthrough`. Throws as `fetch` does.
   */
  send(request: NetworkRequest, credential?: ClientCredential): Promise<NetworkAnswer>;
  /** The text with the key that was last sent blotted out, for messages that quote the provider. */
  withoutKey(text: string): string;
}

type HeaderFields = Pick<Headers, 'get' | 'set' | 'delete'>;

type Outgoing = Omit<UnsignedRequest, 'contentType'> & { readonly signal: AbortSignal };

export type ClientCredential = NonNullable<ForwardRequest['credential']>;

/** Headers that may carry a credential. The SDKs put theirs here; only the one below goes out. */
const credentialHeaders = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'cookie'];
/** The SDKs add the headers that these name to every request, whoever it goes to. */
const headerVariables = ['OPENAI_CUSTOM_HEADERS', 'ANTHROPIC_CUSTOM_HEADERS'];
const longestRefusal = 64 * 1024;
/** A key that the provider quotes at the very end must be seen whole to be blotted out. */
const longestKey = 8 * 1024;
const keyMs = 60_000;

export interface EndpointParts {
  readonly row: ProviderRow;
  readonly baseUrl: URL;
  readonly key: ProviderKey;
  readonly network: Pick<Network, 'fetch' | 'send'>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function createEndpoint({ row, baseUrl, key, network, env }: EndpointParts): Endpoint {
  let lastKey: string | undefined;
  const { auth } = row.setting;
  const signIn = isSignIn(auth) ? createSignIn(auth, row.id, { fetch: network.fetch, env }) : undefined;
  const unwanted = [...credentialHeaders, ...headerVariables.flatMap((name) => headerNames(env[name]))];

  /** Makes what goes out carry this provider's credential and no other. Returns the credential. */
  async function sign(headers: HeaderFields, outgoing: Outgoing, own?: ClientCredential): Promise<string> {
    const { url, signal } = outgoing;
    for (const name of unwanted) headers.delete(name);
    if (own !== undefined && isForHere(own, url)) {
      headers.set(own.header, own.value);
      lastKey = own.value.replace(/^\S+ +/, '');
      return lastKey;
    }
    if (!belongsToKey(url, row)) return '';
    if (signIn !== undefined) {
      const lent = await signIn.authorize({ ...outgoing, contentType: headers.get('content-type') });
      for (const [name, value] of Object.entries(lent)) headers.set(name, value);
      lastKey = lent['x-amz-security-token'] ?? lent['authorization']?.replace(/^\S+ +/, '');
      return lastKey ?? '';
    }
    const value = await key.read(signal);
    lastKey = value;
    if (value !== undefined) setCredential(headers, value, row);
    return value ?? '';
  }

  function isForHere({ header }: ClientCredential, url: URL): boolean {
    return takesClientsKey(row) && url.host === baseUrl.host && credentialHeaders.includes(header);
  }

  async function fetched(...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    const signal = init?.signal ?? AbortSignal.timeout(keyMs);
    const body = typeof init?.body === 'string' ? init.body : '';
    const secret = await sign(headers, { url, method: init?.method ?? 'GET', body, signal });
    const response = await network.fetch(url, { ...init, headers });
    if (response.ok) return responseWithoutKey(response, secret);
    const reader = response.body?.getReader();
    if (response.status === 401) key.rejected();
    const refusal = await readStart(async () => (await reader?.read())?.value, secret);
    await reader?.cancel();
    throw new HttpRefusal(response.status, response.headers, refusal);
  }

  async function sent(request: NetworkRequest, own: ClientCredential | undefined): Promise<NetworkAnswer> {
    const headers = new Fields(request.headers);
    const secret = await sign(headers, { ...request, method: 'POST' }, own);
    const answer = await network.send({ ...request, headers: headers.all });
    const isOk = answer.status >= 200 && answer.status < 300;
    // Its own key a client knows, and its answer is its own byte for byte.
    if (isOk && row.setting.key === 'passthrough') return answer;
    const told = headersWithoutKey(answer.headers, secret);
    if (isOk) return { ...answer, headers: told, read: readWithoutKey(answer.read, secret) };
    if (answer.status === 401) key.rejected();
    const body = await readStart(answer.read, secret);
    answer.stop();
    throw new HttpRefusal(answer.status, plainHeaders(told), body);
  }

  return {
    id: row.id,
    row,
    baseUrl,
    host: baseUrl.host,
    withoutKey: (text) => textWithoutKey(text, lastKey),
    fetch: (input, init) => asTransport(fetched(input, init)),
    send: (request, credential) => asTransport(sent(request, credential)),
  };
}

async function asTransport<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof HttpRefusal ? error : new TransportError(error);
  }
}

/**
 * A key that was found by the provider's name, and a cloud's sign-in, are for the host of its base URL; one that the
 * user named goes along.
 */
function belongsToKey(url: URL, row: ProviderRow): boolean {
  const named = row.setting.key !== undefined && !isSignIn(row.setting.auth);
  return named || url.host === row.baseUrl?.host;
}

function setCredential(headers: HeaderFields, key: string, row: ProviderRow): void {
  const auth = row.setting.auth ?? usualAuth(row);
  if (auth === 'bearer') headers.set('authorization', `Bearer ${key}`);
  else if (auth !== 'none' && !isSignIn(auth)) headers.set(auth, key);
}

/** The platform's headers would be loaded with all of its `fetch`, which passing a body on does without. */
class Fields implements HeaderFields {
  /** By lower-case name. */
  readonly all: Record<string, string> = {};

  constructor(given: Readonly<Record<string, string>>) {
    for (const [name, value] of Object.entries(given)) this.set(name, value);
  }

  get(name: string): string | null {
    return this.all[name.toLowerCase()] ?? null;
  }

  set(name: string, value: string): void {
    this.all[name.toLowerCase()] = value.trim();
  }

  delete(name: string): void {
    const known = name.toLowerCase();
    // Of an object that something is taken out of, everything takes longer to find.
    if (known in this.all) delete this.all[known];
  }
}

function usualAuth({ wire, setting }: ProviderRow): NonNullable<ProviderRow['setting']['auth']> {
  if (wire === 'gemini') return 'x-goog-api-key';
  // Endpoints that lag behind Anthropic's own want the older header.
  return setting.anthropicVersion === undefined ? 'bearer' : 'x-api-key';
}

/** The names in `Name: value` lines. */
function headerNames(lines: string | undefined): readonly string[] {
  return (lines ?? '')
    .split('\n')
    .map((line) => line.slice(0, Math.max(0, line.indexOf(':'))).trim())
    .filter((name) => /^[\w-]+$/.test(name));
}

/** The beginning of an error's body, without the key: a refusal of many megabytes is nobody's error envelope. */
async function readStart(read: () => Promise<Uint8Array | undefined>, secret: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let piece = await read(); piece !== undefined; piece = await read()) {
      text += decoder.decode(piece, { stream: true });
      if (text.length > longestRefusal + longestKey) break;
    }
  } catch {
    // The status has been told: how far the words behind it came does not change what it means.
  }
  return textWithoutKey(text, secret).slice(0, longestRefusal);
}

function plainHeaders(headers: AnswerHeaders): Headers {
  const plain = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) plain.append(name, one);
  }
  return plain;
}
