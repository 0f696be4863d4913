import type { Hono } from 'hono';
import { type AccessOptions, accessRoutes } from './access/accessRoutes.ts';
import { budgetRoutes } from './budgets/budgetRoutes.ts';
import { dashboardRoutes } from './dashboard/dashboardRoutes.ts';
import { importRoutes } from './imports/importRoutes.ts';
import { OWN_ORG } from './organisation.ts';
import { otlpRoutes } from './otlp/otlpRoutes.ts';
import { policyRoutes } from './policies/policyRoutes.ts';
import type { SigningKeys } from './policies/signingKeys.ts';
import type { TeamEnv, TeamServices } from './services.ts';
import { usageRoutes } from './usage/usageRoutes.ts';

/** What the parts are told when they are put together. */
export interface PartOptions extends Omit<AccessOptions, 'orgId'> {
  /** What policies are signed with; left out: none is published here. */
  readonly signingKeys?: SigningKeys | undefined;
}

/** What the server is made of, a line each. */
export function partsOf(services: TeamServices, options: PartOptions = {}): readonly Hono<TeamEnv>[] {
  return [
    accessRoutes(services, { ...options, orgId: OWN_ORG }),
    usageRoutes(services),
    otlpRoutes(services),
    budgetRoutes(services),
    policyRoutes(services, options.signingKeys),
    importRoutes(services),
    dashboardRoutes(services),
  ];
}
