import type { MiddlewareHandler } from 'hono';
import type { Site, TeamEnv } from '../services.ts';
import { refuse } from './refusal.ts';

/** Lets through what is addressed to this server by one of its names: a page whose name was pointed here (DNS rebinding) sends its own. */
export function knownHost(site: Site): MiddlewareHandler<TeamEnv> {
  const hosts = new Set(site.origins.map((origin) => new URL(origin).host));
  return async (context, next) => {
    const host = context.req.header('host')?.toLowerCase() ?? '';
    if (!hosts.has(withoutUsualPort(host, site))) return refuse(421, 'This server goes by another name.');
    context.set('site', site);
    await next();
    return undefined;
  };
}

/** As URL writes it, which leaves out the port that goes without saying. */
function withoutUsualPort(host: string, { isSecure }: Site): string {
  return host.replace(isSecure ? /:443$/ : /:80$/, '');
}
