import { createSecureContext, type SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { type CertificateSettings, trustedCertificates } from './certificates.ts';
import { exchange, type NetworkAnswer, type NetworkRequest } from './exchange.ts';
import { type ProxySettings, proxyFor } from './proxy.ts';

/** How to reach the world: what the editor knows and a child process does not inherit. */
export interface NetworkSettings extends ProxySettings, CertificateSettings {
  /** The editor's `http.proxyStrictSSL`. When false, certificates met through a proxy are not verified. Default true. */
  readonly strictSsl?: boolean | undefined;
  /** The editor's `http.proxyAuthorization`: the value of `Proxy-Authorization`. */
  readonly proxyAuthorization?: string | undefined;
}

/** The one way out of this process. */
export interface Network {
  /**
   * Like the platform's, with three differences: the proxy and certificate settings hold, redirects are never followed
   * (a {@link RedirectRefused} is thrown, since a credential would go along to another host), and nothing but http and
   * https is fetched.
   */
  readonly fetch: typeof globalThis.fetch;
  /** One POST whose answer is passed on: the same rules, at half of what `fetch` costs. Nothing is decompressed. */
  send(request: NetworkRequest): Promise<NetworkAnswer>;
  /** Loads what the first request needs, for whoever has time before it. Opens nothing. */
  load(): Promise<void>;
  /** What of the settings could not be honoured, in sentences. */
  problems(): readonly string[];
  /** From now on. Connections made under the old settings finish their requests and are closed. */
  reconfigure(settings: NetworkSettings): void;
  dispose(): Promise<void>;
}

/** A provider answered with a redirect. `host` is where it pointed. */
export class RedirectRefused extends Error {
  override readonly name = 'RedirectRefused';
  readonly host: string;

  constructor(host: string) {
    super(`The answer was a redirect to ${host}, which is not followed, because the credential would go along.`);
    this.host = host;
  }
}

type Ways = typeof import('./dispatchers.ts');

const connectMs = 10_000;
const keepAliveMs = 30_000;

interface Connections {
  readonly settings: NetworkSettings;
  /** By proxy address; the empty one is a direct connection. */
  readonly dispatchers: Map<string, Promise<Dispatcher>>;
  secure?: { readonly context: SecureContext | undefined; readonly problems: readonly string[] };
}

/** Opens nothing until the first request; undici is loaded then. */
export function createNetwork(settings: NetworkSettings, env: NodeJS.ProcessEnv = process.env): Network {
  let connections: Connections = { settings, dispatchers: new Map() };
  let disposed = false;
  let loaded: Ways | undefined;

  async function load(): Promise<Ways> {
    // Asked for each time, it would be put together each time.
    loaded ??= await import('./dispatchers.ts');
    return loaded;
  }

  async function wayTo(url: URL): Promise<{ ways: Ways; dispatcher: Dispatcher }> {
    if (disposed) throw new Error('The network of this process has been shut down.');
    const ways = loaded ?? (await load());
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`Cannot fetch over ${url.protocol}`);
    return { ways, dispatcher: await dispatcherFor(url, connections, env, ways) };
  }

  const networkFetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(typeof input === 'string' ? input : 'url' in input ? input.url : input.href);
    const { ways, dispatcher } = await wayTo(url);
    // Its types are its own, with the same shape as the platform's.
    const request = { ...init, dispatcher, redirect: 'manual' } as Parameters<typeof ways.fetchOver>[1];
    const response = (await ways.fetchOver(url, request)) as unknown as Response;
    const refused = redirect(url, response.status, response.headers.get('location'));
    if (refused === undefined) return response;
    await response.body?.cancel();
    throw refused;
  };

  return {
    fetch: networkFetch,
    send: async (request) => {
      const { dispatcher } = await wayTo(request.url);
      const answer = await exchange(dispatcher, request);
      const { location } = answer.headers;
      const refused = redirect(request.url, answer.status, typeof location === 'string' ? location : location?.[0]);
      if (refused === undefined) return answer;
      answer.stop();
      throw refused;
    },
    load: async () => {
      await load();
    },
    problems: () => connections.secure?.problems ?? [],
    reconfigure: (next) => {
      const old = connections;
      connections = { settings: next, dispatchers: new Map() };
      void closeAll(old, 'close');
    },
    dispose: async () => {
      disposed = true;
      await closeAll(connections, 'destroy');
    },
  };
}

function redirect(from: URL, status: number, location: string | null | undefined): RedirectRefused | undefined {
  if (status < 300 || status >= 400 || location === null || location === undefined) return undefined;
  return new RedirectRefused(
    URL.canParse(location, from.href) ? new URL(location, from.href).host : 'an unreadable address',
  );
}

function dispatcherFor(
  url: URL,
  connections: Connections,
  env: NodeJS.ProcessEnv,
  { directWay, proxiedWay }: Ways,
): Promise<Dispatcher> {
  const { settings, dispatchers } = connections;
  const proxy = proxyFor(url, settings, env);
  const secured = url.protocol === 'https:' || proxy?.startsWith('https:') === true;
  const name = `${secured ? 'tls ' : ''}${proxy ?? ''}`;
  const known = dispatchers.get(name);
  if (known !== undefined) return known;

  const context = secured ? secureContext(connections, env) : undefined;
  const connect = { timeout: connectMs, ...(context === undefined ? {} : { secureContext: context }) };
  // The deadlines of each call are kept by the caller: these would be the same for all.
  const common = { keepAliveTimeout: keepAliveMs, headersTimeout: 0, bodyTimeout: 0 };
  const lax = settings.strictSsl === false ? { rejectUnauthorized: false } : {};
  const made =
    proxy === undefined
      ? Promise.resolve(directWay({ ...common, connect }))
      : proxiedWay({
          ...common,
          uri: proxy,
          requestTls: { ...connect, ...lax },
          proxyTls: { ...connect, ...lax },
          ...(settings.proxyAuthorization === undefined ? {} : { token: settings.proxyAuthorization }),
        });
  dispatchers.set(name, made);
  return made;
}

/** Parsing some three hundred certificates takes milliseconds: once for all connections, and only when there is TLS. */
function secureContext(connections: Connections, env: NodeJS.ProcessEnv): SecureContext | undefined {
  if (connections.secure === undefined) {
    const { authorities, problems } = trustedCertificates(connections.settings, env);
    const context = authorities === undefined ? undefined : createSecureContext({ ca: [...authorities] });
    connections.secure = { context, problems };
  }
  return connections.secure.context;
}

async function closeAll({ dispatchers }: Connections, how: 'close' | 'destroy'): Promise<void> {
  await Promise.allSettled([...dispatchers.values()].map(async (dispatcher) => (await dispatcher)[how]()));
}
