import type { Context, MiddlewareHandler } from 'hono';
import { requireMachine, requireRole } from '../access/guards.ts';
import { leastPersonsOf } from '../figures/leastPersons.ts';
import { usualView } from '../figures/teamView.ts';
import { listTeams } from '../organisation.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { metricsText } from './metrics.ts';

const isMachine = (context: Context<TeamEnv>): boolean => context.req.header('authorization') !== undefined;

/**
 * Lets in viewers, and machines with a token for it, because a scraper has no session. No other token reads anything, and this
 * one does nothing else.
 */
export function requireScraper(services: TeamServices): MiddlewareHandler<TeamEnv> {
  const [machine, viewer] = [requireMachine(services, 'metrics'), requireRole(services, 'viewer')];
  return (context, next) => (isMachine(context) ? machine : viewer)(context, next);
}

/** Figures for Prometheus: all of them for a viewer, for a machine those of its own team. */
export async function answerMetrics(services: TeamServices, context: Context<TeamEnv>): Promise<Response> {
  const { database } = services;
  const { orgId } = isMachine(context) ? context.get('machine') : context.get('person');
  const [leastPersons, teams] = await Promise.all([leastPersonsOf(database, orgId), listTeams(database, orgId)]);
  const source = { database, orgId, now: services.now(), leastPersons };
  const view = isMachine(context) ? { ...usualView, team: context.get('machine').teamId } : usualView;
  return context.body(await metricsText(source, teams, view), 200, {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
  });
}
