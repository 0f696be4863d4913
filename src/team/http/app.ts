import { Hono } from 'hono';
import { lineOf } from '../../routing/labels.ts';
import { refusalPages } from '../dashboard/errorPages.tsx';
import type { Site, TeamEnv, TeamServices } from '../services.ts';
import { isOutOfReach } from '../store/reach.ts';
import { securityHeaders } from './headers.ts';
import { knownHost } from './host.ts';
import { refuse } from './refusal.ts';

/** A database of its own is started again within these. */
const AGAIN_SECONDS = 5;

/** One server of all its parts. What none of them knows, and what one knows and does not show, is answered alike. */
export function teamApp(services: TeamServices, site: Site, parts: readonly Hono<TeamEnv>[]): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  app.use(securityHeaders(site), refusalPages(services));
  // Whoever balances load asks by an address.
  app.get('/healthz', (context) => context.text('ok\n'));
  app.use(knownHost(site));
  for (const part of parts) app.route('/', part);
  app.notFound(() => refuse(404, 'There is nothing here.'));
  app.onError((error, context) => {
    // What a database says may have a row in it, and what a request says anything: neither goes into the log.
    const code = 'code' in error && typeof error.code === 'string' ? ` (${lineOf(error.code, 40)})` : '';
    services.log('error', `${context.req.method} ${routeOf(context.req.routePath)} failed: ${error.name}${code}.`);
    if (isOutOfReach(error)) {
      return refuse(503, 'The database does not answer: try again in some seconds.', {
        'retry-after': String(AGAIN_SECONDS),
      });
    }
    return refuse(500, 'The server failed; its log says with what.');
  });
  return app;
}

/** The route as its part declares it, which has nothing of the request. */
function routeOf(path: string): string {
  return path === '' ? 'a request' : path;
}
