import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GatewayLimits } from './limits.ts';
import { Strangers } from './strangers.ts';

/** Longer than clients keep a connection that they do not use, so that none is closed under a request. */
const KEEP_ALIVE_MS = 75_000;
const MOST_HEADERS = 200;
/** How often connections are looked over for headers that do not come. */
const LOOK_MS = 1_000;
/** How long a request that is under way may take to end itself when the gateway does. */
const GRACE_MS = 400;

export type Serve = (
  request: IncomingMessage,
  response: ServerResponse,
  exchange: { readonly signal: AbortSignal; proceed(): void; admitted(): void },
) => Promise<void>;

/** A port that is held, on both loopback addresses where the machine has both. */
export interface HeldPort {
  readonly port: number;
  close(): Promise<void>;
}

/** What became of an attempt to hold a port. `away`: the machine does not let it be held. */
export type Listening =
  | { readonly kind: 'held'; readonly held: HeldPort }
  | { readonly kind: 'taken' }
  | { readonly kind: 'away'; readonly reason: string };

/**
 * @param port 0 for any that is free
 * @param bound called with the port that is held, before anything that comes in there is looked at
 */
export async function listen(
  port: number,
  limits: GatewayLimits,
  bound: (port: number) => void,
  serve: Serve,
): Promise<Listening> {
  const running = new Map<Promise<void>, AbortController>();
  const strangers = new Strangers(limits.strangers);
  const begin = (request: IncomingMessage, response: ServerResponse, waits: boolean): void => {
    const stop = stopWhenGone(request, response);
    let proceeded = !waits;
    const proceed = (): void => {
      if (!proceeded) response.writeContinue();
      proceeded = true;
    };
    // A client that was not told to go on may send its body or not: whatever comes next cannot be told apart.
    if (waits) response.shouldKeepAlive = false;
    const admitted = (): void => strangers.admit(request.socket);
    const work = serve(request, response, { signal: stop.signal, proceed, admitted }).finally(() =>
      running.delete(work),
    );
    running.set(work, stop);
  };
  const main = serverOf(limits, strangers, begin);
  const first = await bind(main, '127.0.0.1', port);
  if (first !== undefined) {
    return first.code === 'EADDRINUSE' ? { kind: 'taken' } : { kind: 'away', reason: first.message };
  }
  const held = (main.address() as AddressInfo).port;
  bound(held);
  const other = serverOf(limits, strangers, begin);
  // There may be no such address, and the port may be another's there: clients are given the first address.
  const servers = (await bind(other, '::1', held)) === undefined ? [main, other] : [main];
  const close = async (): Promise<void> => {
    const closed = servers.map((server) => new Promise<void>((settle) => server.close(() => settle())));
    for (const stop of running.values()) stop.abort();
    for (const server of servers) server.closeIdleConnections();
    const timer = setTimeout(() => closeAll(servers), GRACE_MS);
    await Promise.allSettled(running.keys());
    for (const server of servers) server.closeIdleConnections();
    await Promise.all(closed).finally(() => clearTimeout(timer));
  };
  return { kind: 'held', held: { port: held, close } };
}

function closeAll(servers: readonly Server[]): void {
  for (const server of servers) server.closeAllConnections();
}

function serverOf(
  limits: GatewayLimits,
  strangers: Strangers,
  begin: (request: IncomingMessage, response: ServerResponse, waits: boolean) => void,
): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    // The handler has its own deadline for bodies, and tells it in the client's dialect.
    requestTimeout: limits.headersMs + limits.bodyMs * 2,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: LOOK_MS,
    insecureHTTPParser: false,
  });
  server.maxHeadersCount = MOST_HEADERS;
  server.maxConnections = limits.concurrent * 4 + limits.strangers;
  server.on('connection', (socket) => strangers.add(socket));
  server.on('request', (request, response) => begin(request, response, false));
  server.on('checkContinue', (request, response) => begin(request, response, true));
  return server;
}

/** Aborted when the client goes away before its answer is complete. */
function stopWhenGone(request: IncomingMessage, response: ServerResponse): AbortController {
  const gone = new AbortController();
  const { socket } = request;
  const left = (): void => gone.abort();
  // A client that has said its last word is answered no more. One that does not read either would be waited for.
  const lastWord = (): void => {
    left();
    if (!response.writableEnded) response.destroy();
  };
  socket.once('end', lastWord);
  response.once('close', () => {
    socket.off('end', lastWord);
    if (!response.writableFinished) left();
  });
  return gone;
}

/** Resolves with the error where it cannot be bound. */
function bind(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((settle) => {
    server.once('error', settle);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', settle);
      settle(undefined);
    });
  });
}
