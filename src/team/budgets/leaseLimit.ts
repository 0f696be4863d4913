import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { refuse } from '../http/refusal.ts';
import type { TeamEnv } from '../services.ts';

/** Of one team in a minute; a router asks some times in an hour. Each server counts this in its own memory. */
const MOST_LEASE_REQUESTS = 6_000;
const SECONDS = 60;

/** Bounds how often a team's installations ask about leases. To stand behind what tells whose they are. */
export function leaseLimit(most = MOST_LEASE_REQUESTS): MiddlewareHandler<TeamEnv> {
  const limiter = new RateLimiterMemory({ points: most, duration: SECONDS });
  return async (context, next) => {
    const { orgId, teamId } = context.get('machine');
    try {
      await limiter.consume(`${orgId}/${teamId}`);
    } catch (reached) {
      if (!(reached instanceof RateLimiterRes)) throw reached;
      return refuse(429, 'The team asks for leases more often than this server answers in a minute: ask again later.', {
        'retry-after': String(Math.max(1, Math.ceil(reached.msBeforeNext / 1000))),
      });
    }
    await next();
    return undefined;
  };
}
