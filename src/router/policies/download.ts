import { setTimeout as sleep } from 'node:timers/promises';
import { RedirectRefused } from '../../providers/network.ts';
import { limits } from '../../workspace/limits.ts';
import { bounds } from './bounds.ts';
import { hasIntegrity, integrityOf, isSigned, readSignature, type Signature } from './pins.ts';
import type { RemoteReference } from './reference.ts';

export type Fetch = typeof globalThis.fetch;

/** A policy that came over the network and is what its pin says. */
export interface Downloaded {
  readonly bytes: Buffer;
  readonly signature?: Signature;
  readonly sent?: Sent;
}

/** A file as a server has sent it. */
interface Content {
  readonly bytes: Buffer;
  /** What the server calls it (RFC 9110, 8.8.3): asked with that, it says that nothing changed and sends nothing. */
  readonly tag: string | undefined;
}

/** The two files of a signed policy. */
export interface Sent {
  readonly text: Content;
  readonly signature: Content;
}

export type Download =
  | { readonly kind: 'good'; readonly policy: Downloaded }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Before the text and its signature are asked for again that do not go together, in milliseconds: another version may have been
 * published between the two.
 */
const APART_MS = [50, 300] as const;

/**
 * Fetches a policy, and where it is signed its signature, within {@link bounds.fetchMs}. Never throws; says what went wrong.
 *
 * @param before of a signed one, what was sent before: it is sent again only where it changed
 */
export async function download(
  fetch: Fetch,
  reference: RemoteReference,
  closing: AbortSignal,
  before?: Sent,
): Promise<Download> {
  const deadline = AbortSignal.timeout(bounds.fetchMs);
  // Of two files the first failure ends the other's transfer too.
  const either = new AbortController();
  const signal = AbortSignal.any([deadline, closing, either.signal]);
  try {
    if ('integrity' in reference && reference.integrity !== undefined) {
      const { bytes } = await get(fetch, reference.url, limits.policyBytes, signal);
      return judgeHash(bytes, reference.integrity);
    }
    if (!('signing' in reference)) return { kind: 'failed', message: 'It is not pinned.' };
    const { url, signing } = reference;
    let judged = judgeSignature(await getBoth(fetch, url, signal, before), signing.key);
    for (const ms of APART_MS) {
      if (judged.kind === 'good') break;
      await sleep(ms, undefined, { signal });
      judged = judgeSignature(await getBoth(fetch, url, signal), signing.key);
    }
    return judged;
  } catch (error) {
    either.abort();
    return {
      kind: 'failed',
      message: deadline.aborted ? `It was not there after ${bounds.fetchMs / 1000} seconds.` : reachWords(error),
    };
  }
}

function judgeHash(bytes: Buffer, integrity: string): Download {
  if (hasIntegrity(bytes, integrity)) return { kind: 'good', policy: { bytes } };
  return {
    kind: 'failed',
    message: `It does not have the hash that is pinned, but ${integrityOf(bytes)}. Read what changed there; then pin that.`,
  };
}

async function getBoth(fetch: Fetch, url: URL, signal: AbortSignal, before?: Sent): Promise<Sent> {
  const [text, signature] = await Promise.all([
    get(fetch, url, limits.policyBytes, signal, before?.text),
    get(fetch, signatureUrl(url), bounds.signatureBytes, signal, before?.signature),
  ]);
  return { text, signature };
}

function judgeSignature(sent: Sent, key: string): Download {
  const { bytes } = sent.text;
  const signature = readSignature(sent.signature.bytes.toString('latin1'));
  if (signature === undefined)
    return {
      kind: 'failed',
      message: 'Its signature file is not a line "serial N" and a line with the base64 of 64 bytes.',
    };
  if (!isSigned(bytes, signature, key))
    return { kind: 'failed', message: 'It is not signed with the key that is pinned.' };
  return { kind: 'good', policy: { bytes, signature, sent } };
}

export function signatureUrl(url: URL): URL {
  const signature = new URL(url);
  signature.pathname += '.sig';
  return signature;
}

/** A refusal in words that are ready for a person. */
class Refused extends Error {
  override readonly name = 'Refused';
}

/** What would not fit into a request again is no tag. */
const LONGEST_TAG = 256;

/** @param before what was sent before: it is not sent again where it is still the same */
async function get(fetch: Fetch, url: URL, maxBytes: number, signal: AbortSignal, before?: Content): Promise<Content> {
  const known = before?.tag;
  const response = await fetch(url, {
    signal,
    redirect: 'manual',
    headers: {
      accept: 'application/json, text/plain, */*',
      ...(known === undefined ? {} : { 'if-none-match': known }),
    },
  });
  if (before && known !== undefined && response.status === 304) {
    await response.body?.cancel();
    return before;
  }
  const what = url.pathname.endsWith('.sig') ? 'the signature ' : '';
  if (!response.ok) {
    await response.body?.cancel();
    throw new Refused(`The server answered ${what}with the status ${response.status}.`);
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel();
      throw new Refused(`It has more than ${maxBytes} bytes.`);
    }
    parts.push(value);
  }
  // A transfer that was aborted may end as if it were complete.
  signal.throwIfAborted();
  const tag = response.headers.get('etag') ?? undefined;
  return { bytes: Buffer.concat(parts), tag: tag !== undefined && tag.length <= LONGEST_TAG ? tag : undefined };
}

function reachWords(error: unknown): string {
  if (error instanceof Refused) return error.message;
  if (error instanceof RedirectRefused)
    return `It is redirected to ${error.host}, which is not followed: name the address where it lies.`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return `It could not be reached (${code ?? (cause instanceof Error ? cause.message : String(cause))}).`;
}
