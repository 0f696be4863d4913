// A network between senders and a server on which requests are cut, before they arrive and after they were answered, come late,
// twice, and out of order.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Trouble = 'none' | 'cut-before' | 'cut-after' | 'slow' | 'twice';

interface Carried {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface BadNetwork {
  readonly url: string;
  readonly counts: Readonly<Record<Trouble | 'requests' | 'replayed' | 'unanswered', number>>;
  /** Decides what happens to each request from now on. */
  trouble: () => Trouble;
  /** Sends what was carried before once more: every `step`th request, the newest first. */
  replay(step: number): Promise<void>;
  stop(): Promise<void>;
}

/** @param target where requests go to */
export async function startBadNetwork(target: string): Promise<BadNetwork> {
  const carried: Carried[] = [];
  const counts = {
    none: 0,
    'cut-before': 0,
    'cut-after': 0,
    slow: 0,
    twice: 0,
    requests: 0,
    replayed: 0,
    unanswered: 0,
  };
  const server = createServer((request, response) => {
    carry(request, response).catch(() => {
      counts.unanswered += 1;
      request.socket.destroy();
    });
  });

  async function carry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const names = ['authorization', 'content-type', 'content-encoding', 'accept'];
    const headers = Object.fromEntries(names.map((name) => [name, String(request.headers[name] ?? '')]));
    const one = { path: request.url ?? '/', headers, body: new Uint8Array(Buffer.concat(pieces)) };
    carried.push(one);
    counts.requests += 1;
    const trouble = network.trouble();
    counts[trouble] += 1;
    if (trouble === 'cut-before') return void request.socket.destroy();
    if (trouble === 'slow') await sleep(150);
    if (trouble === 'twice') void forward(one).catch(() => undefined); // the other one of the two is asked
    const answer = await forward(one);
    if (trouble === 'cut-after') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  }

  const forward = ({ path, headers, body }: Carried): Promise<Response> =>
    fetch(`${target}${path}`, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) });

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const network: BadNetwork = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    trouble: () => 'none',
    async replay(step) {
      for (let at = carried.length - 1; at >= 0; at -= step) {
        const one = carried[at];
        const answer = one && (await forward(one).catch(() => undefined)); // nobody is there just now
        await answer?.body?.cancel();
        if (answer?.status === 200) counts.replayed += 1;
      }
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return network;
}
