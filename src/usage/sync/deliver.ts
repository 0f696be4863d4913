import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { askedPause } from './backOff.ts';
import { type BatchAnswer, batchAnswer } from './event.ts';
import type { Membership } from './membership.ts';

const compress = promisify(gzip);

/** How one request ended. */
export type Delivery =
  | {
      readonly kind: 'delivered';
      readonly refused: BatchAnswer['refused'];
      /** Of metrics, how many points the collector has left out. */
      readonly leftOut?: number;
    }
  /** Nobody knows whether it arrived, or it did not: the same is sent again later. */
  | { readonly kind: 'later'; readonly reason: string; readonly pauseMs?: number | undefined }
  /** The request as a whole cannot be accepted; parts of it may be. */
  | {
      readonly kind: 'indigestible';
      readonly code: 'too-large' | 'invalid';
      readonly reason: string;
      readonly pauseMs?: number | undefined;
    };

/** What a request needs of the process. */
export interface Carrier {
  readonly fetch: typeof globalThis.fetch;
  now(): number;
  readonly deadlineMs: number;
}

/** Answers that are longer are none of ours. */
const LONGEST_ANSWER = 1_000_000;

/**
 * Sends one batch to a team's server. Never throws.
 *
 * @param body as {@link ./batchBody.ts batchBody} makes it
 * @param ids of its events: an answer that does not speak of all of them, or of others, is no answer
 * @param signal ends the request at once
 */
export async function deliver(
  { fetch, now, deadlineMs }: Carrier,
  { endpoint, token }: Membership,
  { body, ids }: { readonly body: string; readonly ids: readonly string[] },
  signal: AbortSignal,
): Promise<Delivery> {
  try {
    const response = await fetch(`${endpoint}/v1/ingest`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        accept: 'application/json',
      },
      body: await compress(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    });
    if (response.status === 200) return await readAnswer(response, ids);
    await response.body?.cancel();
    return refusalOf(response, now());
  } catch (error) {
    return { kind: 'later', reason: failureWords(error, signal) };
  }
}

async function readAnswer(response: Response, ids: readonly string[]): Promise<Delivery> {
  const text = await boundedText(response);
  const answer = batchAnswer.safeParse(text === undefined ? undefined : jsonOf(text));
  if (!answer.success) return { kind: 'later', reason: 'its answer is not that of a team’s server.' };
  const { accepted, duplicate, refused } = answer.data;
  const mine = new Set(ids);
  if (accepted + duplicate + refused.length !== ids.length || !refused.every(({ id }) => mine.has(id))) {
    return { kind: 'later', reason: 'its answer does not speak of what was sent.' };
  }
  return { kind: 'delivered', refused };
}

function refusalOf({ status, headers }: Response, now: number): Delivery {
  const pauseMs = askedPause(headers.get('retry-after'), now);
  const reason = `it answered with ${status}.`;
  switch (status) {
    case 413:
      return { kind: 'indigestible', code: 'too-large', reason, pauseMs };
    case 422:
      return { kind: 'indigestible', code: 'invalid', reason, pauseMs };
    case 401:
    case 403:
      return { kind: 'later', reason: `it does not take the team’s token any more (${status}): join the team anew.` };
    default:
      return { kind: 'later', reason, pauseMs };
  }
}

/** Why a request failed, without addresses: what people read goes into logs. */
export function failureWords(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it was stopped.';
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time.';
  if (error instanceof Error && error.name === 'RedirectRefused')
    return 'it answered with a redirect, which is not followed.';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = [cause, error].find((one) => one instanceof Error && 'code' in one && typeof one.code === 'string');
  return `it could not be reached${code instanceof Error && 'code' in code ? ` (${String(code.code)})` : ''}.`;
}

/** undefined: too long. */
export async function boundedText(response: Response): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > LONGEST_ANSWER) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // as good as no answer
  }
}
