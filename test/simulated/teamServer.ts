// A team's server as far as it takes events: over HTTP, strictly by the published record, and with every mishap on request.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { batch, type UsageEvent } from '../../src/usage/sync/event.ts';
import type { EventStore } from './eventStore.ts';

/** What happens to a request. */
export type Mishap =
  | { readonly kind: 'none' }
  | { readonly kind: 'cut-before' | 'cut-after' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly code: string; readonly when: (event: UsageEvent) => boolean }
  | { readonly kind: 'answer'; readonly body: string };

/** One request, as it came. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** As it went over the wire. */
  readonly bytes: Buffer;
  /** Decompressed. */
  readonly body: string;
}

export interface TeamServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** How many connections were opened. */
  readonly connections: number;
  /** Decides what happens to each request from now on. */
  mishap: () => Mishap;
  /** Sends bodies that were seen before to the database again, in any order, as a network may. */
  replay(): Promise<void>;
  stop(): Promise<void>;
}

export const TOKEN = 'ingest-token-of-a-test';

export async function startTeamServer(store: EventStore): Promise<TeamServer> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    void take(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  server.on('connection', () => {
    connections += 1;
  });

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes).toString() : bytes.toString();
    requests.push({ path: request.url ?? '', headers: request.headers, bytes, body });
    const mishap = team.mishap();
    if (mishap.kind === 'cut-before') return void request.socket.destroy();
    if (mishap.kind === 'status') {
      const headers = mishap.retryAfter === undefined ? {} : { 'retry-after': mishap.retryAfter };
      return void response.writeHead(mishap.status, headers).end('{}');
    }
    if (mishap.kind === 'answer') return void response.writeHead(200).end(mishap.body);
    if (request.method !== 'POST' || request.url !== '/v1/ingest') return void response.writeHead(404).end();
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end();
    const read = batch.safeParse(JSON.parse(body));
    if (!read.success) return void response.writeHead(422).end(read.error.message);
    const refuses = mishap.kind === 'refuse' ? mishap.when : () => false;
    const taken = read.data.events.filter((event) => !refuses(event));
    const refused = read.data.events
      .filter(refuses)
      .map(({ id }) => ({ id, code: mishap.kind === 'refuse' ? mishap.code : '' }));
    if (mishap.kind === 'slow') await sleep(mishap.ms);
    const accepted = await store.insert(taken);
    if (mishap.kind === 'cut-after') return void request.socket.destroy();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ accepted, duplicate: taken.length - accepted, refused }));
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const team: TeamServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get connections() {
      return connections;
    },
    mishap: () => ({ kind: 'none' }),
    replay: async () => {
      for (const { body } of [...requests].reverse()) {
        const read = batch.safeParse(JSON.parse(body));
        if (read.success) await store.insert(read.data.events);
      }
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return team;
}
