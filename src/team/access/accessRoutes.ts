import { Hono } from 'hono';
import type { TeamEnv, TeamServices } from '../services.ts';
import { adminRoutes } from './adminRoutes.ts';
import type { OidcProvider } from './oidc.ts';
import { signInRoutes } from './signInRoutes.ts';

export interface AccessOptions {
  readonly orgId: number;
  /** undefined: links of this machine are the one way in. */
  readonly oidc?: OidcProvider | undefined;
  /** Every connection comes from one address, which says nothing. */
  readonly isBehindProxy?: boolean;
}

/** Who comes in, who may, and who did what. */
export function accessRoutes(services: TeamServices, options: AccessOptions): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  app.route('/', signInRoutes(services, options));
  app.route('/', adminRoutes(services, options));
  return app;
}
