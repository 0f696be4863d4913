import { HttpRefusal } from './httpRefusal.ts';
import type { ProviderKey } from './key.ts';
import type { ProviderRow } from './table.ts';
import { TransportError } from './transportError.ts';

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
  /** The text with the key that was last sent blotted out, for messages that quote the provider. */
  withoutKey(text: string): string;
}

/** Headers that may carry a credential. The SDKs put theirs here; only the one below goes out. */
const credentialHeaders = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'cookie'];
/** The SDKs add the headers that these name to every request, whoever it goes to. */
const headerVariables = ['OPENAI_CUSTOM_HEADERS', 'ANTHROPIC_CUSTOM_HEADERS'];
const longestRefusal = 64 * 1024;
const keyMs = 60_000;

export interface EndpointParts {
  readonly row: ProviderRow;
  readonly baseUrl: URL;
  readonly key: ProviderKey;
  readonly fetch: typeof globalThis.fetch;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function createEndpoint({ row, baseUrl, key, fetch, env }: EndpointParts): Endpoint {
  let lastKey: string | undefined;
  const unwanted = [...credentialHeaders, ...headerVariables.flatMap((name) => headerNames(env[name]))];

  return {
    id: row.id,
    row,
    baseUrl,
    host: baseUrl.host,
    withoutKey: (text) => (lastKey === undefined ? text : text.replaceAll(lastKey, '[key]')),
    fetch: async (input, init) => {
      try {
        return await send(new URL(input instanceof Request ? input.url : input), init);
      } catch (error) {
        throw error instanceof HttpRefusal ? error : new TransportError(error);
      }
    },
  };

  async function send(url: URL, init: RequestInit | undefined): Promise<Response> {
    const headers = new Headers(init?.headers);
    for (const name of unwanted) headers.delete(name);
    if (belongsToKey(url, row)) {
      const value = await key.read(init?.signal ?? AbortSignal.timeout(keyMs));
      lastKey = value;
      if (value !== undefined) setCredential(headers, value, row);
    }
    const response = await fetch(url, { ...init, headers });
    if (response.ok) return response;
    throw new HttpRefusal(response.status, response.headers, await readStart(response));
  }
}

/** A key that was found by the provider's name is for the host of its base URL; one that the user named goes along. */
function belongsToKey(url: URL, row: ProviderRow): boolean {
  const named = row.setting.key !== undefined;
  return named || url.host === row.baseUrl?.host;
}

function setCredential(headers: Headers, key: string, row: ProviderRow): void {
  const auth = row.setting.auth ?? usualAuth(row);
  if (auth === 'bearer') headers.set('authorization', `Bearer ${key}`);
  else if (auth !== 'none') headers.set(auth, key);
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

/** The beginning of an error's body: a refusal of many megabytes is nobody's error envelope. */
async function readStart(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestRefusal) break;
  }
  return text.slice(0, longestRefusal);
}
