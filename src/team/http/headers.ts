import { randomBytes } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Site, TeamEnv } from '../services.ts';

/** A year, as browsers are asked to keep to TLS. */
const TLS_SECONDS = 31_536_000;

/**
 * What every answer says to browsers: nothing is kept, nothing is told to others, no one may frame it, and what runs on a
 * page carries the page's own nonce.
 */
export function securityHeaders({ isSecure }: Site): MiddlewareHandler<TeamEnv> {
  return async (context, next) => {
    const nonce = randomBytes(16).toString('base64');
    context.set('nonce', nonce);
    await next();
    const { headers } = context.res;
    headers.set(
      'content-security-policy',
      [
        "default-src 'none'",
        `script-src 'nonce-${nonce}'`,
        `style-src 'nonce-${nonce}'`,
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    );
    headers.set('x-content-type-options', 'nosniff');
    headers.set('referrer-policy', 'no-referrer');
    headers.set('x-frame-options', 'DENY');
    headers.set('cross-origin-opener-policy', 'same-origin');
    headers.set('cross-origin-resource-policy', 'same-origin');
    headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=()');
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    if (isSecure) headers.set('strict-transport-security', `max-age=${TLS_SECONDS}`);
  };
}
