import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { addressKey } from '../contract/gatewayAddress.ts';
import type { ForwardRequest } from '../providers/provider.ts';
import type { Address } from './endpoints.ts';
import { GatewayRefusal } from './refusal.ts';

const OWN_HEADER = 'x-routing-token';
/** The headers in which clients of the dialects send what they hold for a key. */
const KEY_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key'] as const;

/** A client that may come in, and the credential of its own that it brought beside the gateway's token. */
export interface Admission {
  readonly credential?: NonNullable<ForwardRequest['credential']>;
}

/**
 * Checks the token. In the header that is the gateway's own, or in the address, it leaves the others to the client, whose
 * login may be passed on; a client that knows neither sends it where its key would be.
 *
 * @throws {GatewayRefusal}
 */
export function admit(
  headers: IncomingHttpHeaders,
  { query, key }: Pick<Address, 'query' | 'key'>,
  token: string,
): Admission {
  const presented = sentHeaders(headers, query);
  const own = headers[OWN_HEADER];
  if (own !== undefined && (typeof own !== 'string' || !isSame(own, token))) throw refused(true);
  if (key !== undefined && !isSame(key, addressKey(token))) throw refused(true);
  if (own !== undefined || key !== undefined) {
    const credential = presented.find(({ value }) => !isSame(bare(value), token));
    return credential === undefined ? {} : { credential };
  }
  if (!presented.some(({ value }) => isSame(bare(value), token))) throw refused(presented.length > 0);
  return {};
}

function sentHeaders(headers: IncomingHttpHeaders, query: URLSearchParams): NonNullable<Admission['credential']>[] {
  const sent = KEY_HEADERS.flatMap((header) => {
    const value = headers[header];
    return typeof value === 'string' && value !== '' ? [{ header, value }] : [];
  });
  const key = query.get('key');
  // Where it goes on, it goes as a header: addresses are written into logs.
  return key === null || key === '' ? sent : [...sent, { header: 'x-goog-api-key', value: key }];
}

function bare(value: string): string {
  return value.replace(/^Bearer +/i, '');
}

/** In a time that does not tell how much of it is right; how long a token is, all tokens tell. */
function isSame(presented: string, token: string): boolean {
  const [shown, own] = [Buffer.from(presented), Buffer.from(token)];
  return shown.length === own.length && timingSafeEqual(shown, own);
}

function refused(isWrong: boolean): GatewayRefusal {
  const what = isWrong ? 'The gateway’s token is wrong.' : 'The gateway’s token is missing.';
  const where = 'Send what the file gateway-token in the state folder of Routing Policy holds';
  return new GatewayRefusal(401, 'authentication', `${what} ${where}, as x-routing-token or as the client’s API key.`);
}
