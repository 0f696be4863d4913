import { isLoopback } from './loopback.ts';

/** What the editor and the environment say about proxies. */
export interface ProxySettings {
  /** The editor's `http.proxy`: wins over the environment. */
  readonly proxy?: string | undefined;
  /** The editor's `http.noProxy`: host names, suffixes with a leading dot or `*.`, addresses, `*`. */
  readonly noProxy?: readonly string[] | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for one URL, or undefined for a direct connection. Loopback is never proxied. */
export function proxyFor(url: URL, settings: ProxySettings, env: Environment): string | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const bypass = [...(settings.noProxy ?? []), ...(env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/)];
  if (bypass.some((pattern) => matches(pattern, url))) return undefined;
  const secure = url.protocol === 'https:';
  const named = settings.proxy?.trim() || (secure ? (env['https_proxy'] ?? env['HTTPS_PROXY']) : env['http_proxy']);
  // Upper-case HTTP_PROXY is honoured too: nothing here is a CGI script that a client could set it for.
  const proxy = (named ?? (secure ? undefined : env['HTTP_PROXY']))?.trim();
  if (proxy === undefined || proxy === '') return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function matches(pattern: string, url: URL): boolean {
  if (pattern === '') return false;
  if (pattern === '*') return true;
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(pattern.toLowerCase()) ?? [];
  if (port !== undefined && port !== portOf(url)) return false;
  const host = url.hostname.toLowerCase();
  const suffix = name.replace(/^\*?\.?/, '');
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
}

function portOf(url: URL): string {
  return url.port !== '' ? url.port : url.protocol === 'https:' ? '443' : '80';
}
