import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { refuse } from '../http/refusal.ts';
import type { TeamEnv } from '../services.ts';

/** Sign-ins that may be begun or ended in a minute: from one place, and from all. */
const FROM_ONE = 30;
const FROM_ALL = 600;
const SECONDS = 60;

/** What `@hono/node-server` adds. */
interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
}

/**
 * Bounds how often sign-ins are tried. Addresses are kept in memory for a minute, and written nowhere.
 * @param byAddress off where everything comes from a proxy
 */
export function signInLimit(byAddress: boolean): MiddlewareHandler<TeamEnv> {
  const one = new RateLimiterMemory({ points: FROM_ONE, duration: SECONDS });
  const all = new RateLimiterMemory({ points: FROM_ALL, duration: SECONDS });
  return async (context, next) => {
    const bindings = context.env as NodeBindings | undefined;
    const address = byAddress ? (bindings?.incoming?.socket?.remoteAddress ?? '') : '';
    try {
      if (byAddress) await one.consume(address);
      await all.consume('');
    } catch (limited) {
      if (limited instanceof Error) throw limited;
      return refuse(429, 'Too many sign-ins: wait a minute, then try again.', { 'retry-after': String(SECONDS) });
    }
    await next();
    return undefined;
  };
}
