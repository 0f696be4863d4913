import { boundedText, type Carrier, failureWords } from '../sync/deliver.ts';
import {
  type LeaseAnswer,
  type LeaseSettlement,
  type LeaseWish,
  leaseAnswer,
  leaseRefusal,
  type ServerStanding,
  settlementAnswer,
  UNKNOWN_BUDGET,
  UNKNOWN_LEASE,
} from './wire.ts';

/** Where leases are had from. */
export interface LeasePlace {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** May take leases, and nothing else. */
  readonly token: string;
}

export type LeaseReply =
  | { readonly kind: 'answered'; readonly answer: LeaseAnswer }
  /** The server has no such budget: asking again soon is of no use. */
  | { readonly kind: 'unknown-budget' }
  /** Nobody knows whether it was granted: the same request again gets the same lease. */
  | { readonly kind: 'failed'; readonly reason: string };

export type SettlementReply =
  | { readonly kind: 'settled'; readonly standing: ServerStanding }
  | { readonly kind: 'unknown-lease' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Asks a team's server for a lease. Never throws; reasons name no address. */
export async function askForLease(
  carrier: Carrier,
  place: LeasePlace,
  wish: LeaseWish,
  signal: AbortSignal,
): Promise<LeaseReply> {
  const said = await post(carrier, place, '/v1/leases', wish, signal);
  if (said.kind === 'failed') return said;
  if (said.status === 404 && said.code === UNKNOWN_BUDGET) return { kind: 'unknown-budget' };
  if (said.status !== 200) return { kind: 'failed', reason: refusalWords(said.status) };
  const read = leaseAnswer.safeParse(said.body);
  return read.success
    ? { kind: 'answered', answer: read.data }
    : { kind: 'failed', reason: 'its answer is not that of a team’s server.' };
}

/** Tells a team's server what came of a lease. Never throws. */
export async function settleLease(
  carrier: Carrier,
  place: LeasePlace,
  lease: string,
  settlement: LeaseSettlement,
  signal: AbortSignal,
): Promise<SettlementReply> {
  const said = await post(carrier, place, `/v1/leases/${lease}/settle`, settlement, signal);
  if (said.kind === 'failed') return said;
  if (said.status === 404 && said.code === UNKNOWN_LEASE) return { kind: 'unknown-lease' };
  if (said.status !== 200) return { kind: 'failed', reason: refusalWords(said.status) };
  const read = settlementAnswer.safeParse(said.body);
  return read.success
    ? { kind: 'settled', standing: read.data.standing }
    : { kind: 'failed', reason: 'its answer is not that of a team’s server.' };
}

type Said =
  | { readonly kind: 'said'; readonly status: number; readonly body: unknown; readonly code: string | undefined }
  | { readonly kind: 'failed'; readonly reason: string };

async function post(
  { fetch, deadlineMs }: Carrier,
  { endpoint, token }: LeasePlace,
  path: string,
  body: LeaseWish | LeaseSettlement,
  signal: AbortSignal,
): Promise<Said> {
  try {
    const response = await fetch(`${endpoint}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    });
    const read = jsonOf(await boundedText(response));
    const refusal = leaseRefusal.safeParse(read);
    return { kind: 'said', status: response.status, body: read, code: refusal.data?.code };
  } catch (error) {
    return { kind: 'failed', reason: failureWords(error, signal) };
  }
}

function refusalWords(status: number): string {
  return status === 401 || status === 403
    ? `it does not take the team’s token any more (${status}): join the team anew.`
    : `it answered with ${status}.`;
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // as good as no answer
  }
}
