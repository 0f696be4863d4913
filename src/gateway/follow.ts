import { request as httpRequest } from 'node:http';
import { fieldsOf, jsonOrUndefined } from '../chat/untrusted.ts';
import type { GatewaySighting } from '../contract/messages.ts';
import type { Hold } from './holderBook.ts';
import { CHALLENGE_HEADER, isProof, newChallenge, PROOF_HEADER, proofOf } from './proof.ts';

/** Of one line, in UTF-16 code units. An explanation has a few thousand. */
const LONGEST_LINE = 1_000_000;

/** The requests that the holder of the port serves, told to a process that does not hold it. */
export interface Following {
  /** Aborted when nothing more is told. */
  readonly gone: AbortSignal;
  end(): void;
}

/**
 * Follows the holder of a port. Whoever holds it by now is told no token, only a proof that is good for the hold that it
 * is meant for, and must prove itself again.
 */
export function follow(hold: Hold, token: string, tell: (sighting: GatewaySighting) => void): Following {
  const challenge = newChallenge();
  const gone = new AbortController();
  const stop = (): void => gone.abort();
  const request = httpRequest({
    host: '127.0.0.1',
    port: hold.port,
    path: '/sightings',
    agent: false,
    headers: { [CHALLENGE_HEADER]: challenge, [PROOF_HEADER]: proofOf(token, 'follower', hold, challenge) },
    signal: gone.signal,
  });
  // Why it ended does not matter: it is begun anew for as long as another holds the port.
  request.on('error', stop);
  request.on('response', (response) => {
    response.on('error', stop);
    response.on('close', stop);
    if (response.statusCode !== 200) {
      response.resume();
      return;
    }
    if (!isProof(response.headers[PROOF_HEADER], token, 'holder', hold, challenge)) {
      stop();
      return;
    }
    let rest = '';
    response.setEncoding('utf8').on('data', (piece: string) => {
      const lines = `${rest}${piece}`.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) stop();
      for (const sighting of lines.map(jsonOrUndefined)) if (isSighting(sighting)) tell(sighting);
    });
  });
  request.end();
  return { gone: gone.signal, end: stop };
}

/** Another version of this program may hold the port: what is not understood is passed over. */
function isSighting(value: unknown): value is GatewaySighting {
  const { id, at, client, surface, root, status } = fieldsOf(value);
  const isText = (text: unknown): boolean => typeof text === 'string';
  return (
    isText(id) &&
    typeof at === 'number' &&
    isText(client) &&
    isText(surface) &&
    (root === undefined || isText(root)) &&
    (status === undefined || isStatus(status))
  );
}

function isStatus(value: unknown): boolean {
  const status = fieldsOf(value);
  return ['state', 'label', 'spoken', 'tooltip'].every((name) => typeof status[name] === 'string');
}
