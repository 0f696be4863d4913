import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { get } from 'node:http';

export const CHALLENGE_HEADER = 'x-routing-challenge';
export const PROOF_HEADER = 'x-routing-proof';

const PROBE_MS = 1_000;
const LONGEST_CHALLENGE = 128;

/** That whoever holds the port has the same token, without saying it; undefined for what is no challenge. */
export function proofOf(token: string, challenge: unknown): string | undefined {
  if (typeof challenge !== 'string' || challenge === '' || challenge.length > LONGEST_CHALLENGE) return undefined;
  return createHmac('sha256', token).update(`gateway\n${challenge}`).digest('hex');
}

/**
 * Who holds a port: a gateway of this user, or something else. `silent`: whatever it is takes a connection and does not
 * answer. `away`: nobody is there, as while one takes over.
 */
export type Holder = 'ours' | 'foreign' | 'silent' | 'away';

export function probe(port: number, token: string, signal: AbortSignal): Promise<Holder> {
  const challenge = randomBytes(16).toString('hex');
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
        const said = response.headers[PROOF_HEADER];
        settle(typeof said === 'string' && isProof(said, token, challenge) ? 'ours' : 'foreign');
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      // What speaks otherwise is something else; a gateway that dies breaks the connection off.
      const isAway = error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET';
      settle(isAway ? 'away' : patience.aborted ? 'silent' : 'foreign');
    });
  });
}

function isProof(said: string, token: string, challenge: string): boolean {
  const expected = Buffer.from(proofOf(token, challenge) ?? '');
  const given = Buffer.from(said);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
