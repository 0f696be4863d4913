import type { Site } from '../services.ts';

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/** Whether an address is this machine's own, which no other reaches. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host);
}

export interface SiteSettings {
  /** What is listened on. */
  readonly host: string;
  readonly tls?: unknown;
  /** As its users address it, where that is not what is listened on. */
  readonly origin?: string | undefined;
  readonly isBehindProxy?: boolean | undefined;
}

/** The names that a server goes by: on loopback any of that; elsewhere the one that it was told alone. */
export function siteOf({ host, tls, origin, isBehindProxy = false }: SiteSettings, port: number): Site {
  const scheme = tls === undefined ? 'http' : 'https';
  const at = (name: string): string => new URL(`${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`).origin;
  const own = isLoopback(host) ? [host, ...LOOPBACK.filter((name) => name !== host)].map(at) : [];
  const [first = at(host), ...rest] = origin === undefined ? own : [origin, ...(isBehindProxy ? [] : own)];
  return { origins: [first, ...rest], isSecure: first.startsWith('https:') };
}
