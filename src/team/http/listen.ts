import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { TeamEnv } from '../services.ts';

/** What connections may take. */
export interface ListenLimits {
  readonly headersMs: number;
  /** Until a whole request has arrived, its body with it. */
  readonly requestMs: number;
  readonly headerBytes: number;
  readonly mostHeaders: number;
  /** Connections at once. */
  readonly connections: number;
}

export const listenLimits: ListenLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  headerBytes: 16 * 1024,
  mostHeaders: 100,
  connections: 2_000,
};

/** How long a connection is kept that is not used: installations ask once in some minutes, and each has its own. */
const KEEP_ALIVE_MS = 10_000;
/** Longer than proxies keep theirs, so that none is closed under a request. */
const PROXY_KEEP_ALIVE_MS = 65_000;
/** How often connections are looked over for what does not come. */
const LOOK_MS = 1_000;
/** How long answers that are under way may take when the server ends. */
const GRACE_MS = 5_000;

export interface ListenOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly isBehindProxy?: boolean | undefined;
  readonly limits?: ListenLimits;
}

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves an app, which is made when the port is known.
 * @throws the system's error where the port cannot be had
 */
export async function listen(
  { host, port, tls, isBehindProxy = false, limits = listenLimits }: ListenOptions,
  appFor: (port: number) => Hono<TeamEnv>,
): Promise<Listening> {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: isBehindProxy ? PROXY_KEEP_ALIVE_MS : KEEP_ALIVE_MS,
    connectionsCheckingInterval: LOOK_MS,
    insecureHTTPParser: false,
  };
  const server = tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls });
  server.maxHeadersCount = limits.mostHeaders;
  server.maxConnections = limits.connections;
  await bound(server, host, port);
  const held = (server.address() as AddressInfo).port;
  const app = appFor(held);
  server.on('request', getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  return { port: held, close: () => closed(server) };
}

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((settle) => server.close(() => settle()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await done.finally(() => clearTimeout(timer));
}
