import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { get } from 'node:http';
import type { Hold, HolderBook } from './holderBook.ts';

export const CHALLENGE_HEADER = 'x-routing-challenge';
export const PROOF_HEADER = 'x-routing-proof';

const PROBE_MS = 1_000;
const LONGEST_CHALLENGE = 128;

/** Who proves something to whom: what one has said is of no use as the other's word. */
export type Prover = 'holder' | 'follower';

/**
 * That one has the token, without saying it, and speaks of this very hold of this very port: a stranger who holds another
 * port, and passes the challenge on to a gateway, is given the proof of the wrong port. undefined for what is no challenge.
 */
export function proofOf(token: string, prover: Prover, { port, nonce }: Hold, challenge: unknown): string | undefined {
  if (typeof challenge !== 'string' || challenge === '' || challenge.length > LONGEST_CHALLENGE) return undefined;
  return createHmac('sha256', token).update(`${prover}\n${port}\n${nonce}\n${challenge}`).digest('hex');
}

/** @param said as a header came */
export function isProof(said: unknown, token: string, prover: Prover, hold: Hold, challenge: unknown): boolean {
  const expected = Buffer.from(proofOf(token, prover, hold, challenge) ?? '');
  const given = Buffer.from(typeof said === 'string' ? said : '');
  return expected.length > 0 && given.length === expected.length && timingSafeEqual(given, expected);
}

export function newChallenge(): string {
  return randomBytes(16).toString('hex');
}

/**
 * Who holds a port: a gateway of this user, or something else. `silent`: whatever it is takes a connection and does not
 * answer. `away`: nobody is there, as while one takes over.
 */
export type Holder = { readonly kind: 'ours'; readonly hold: Hold } | { readonly kind: 'foreign' | 'silent' | 'away' };

/** @param book undefined where this user's processes share nothing, so that no holder can be known */
export function probe(port: number, token: string, book: HolderBook | undefined, signal: AbortSignal): Promise<Holder> {
  const challenge = newChallenge();
  const patience = AbortSignal.timeout(PROBE_MS);
  return new Promise((settle) => {
    const request = get(
      {
        host: '127.0.0.1',
        port,
        path: '/healthz',
        agent: false,
        headers: { [CHALLENGE_HEADER]: challenge },
        signal: AbortSignal.any([signal, patience]),
      },
      (response) => {
        response.resume();
        // Looked up now: whoever answers wrote itself down before it could be asked.
        const hold = book?.read(port);
        const isOurs = hold !== undefined && isProof(response.headers[PROOF_HEADER], token, 'holder', hold, challenge);
        settle(isOurs ? { kind: 'ours', hold } : { kind: 'foreign' });
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      // What speaks otherwise is something else; a gateway that dies breaks the connection off.
      const isAway = error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET';
      settle({ kind: isAway ? 'away' : patience.aborted ? 'silent' : 'foreign' });
    });
  });
}
