import { request as httpRequest } from 'node:http';
import { fieldsOf, jsonOrUndefined } from '../chat/untrusted.ts';
import type { GatewaySighting } from '../contract/messages.ts';

/** Of one line, in UTF-16 code units. An explanation has a few thousand. */
const LONGEST_LINE = 1_000_000;

/** The requests that the holder of the port serves, told to a process that does not hold it. */
export interface Following {
  /** Aborted when nothing more is told. */
  readonly gone: AbortSignal;
  end(): void;
}

/** @param port whose holder has proved to be a gateway of this user */
export function follow(port: number, token: string, tell: (sighting: GatewaySighting) => void): Following {
  const gone = new AbortController();
  const stop = (): void => gone.abort();
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    path: '/sightings',
    agent: false,
    headers: { 'x-routing-token': token },
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
