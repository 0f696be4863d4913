import { type Context, Hono } from 'hono';
import { requireRole } from '../access/guards.ts';
import { refuse } from '../http/refusal.ts';
import { listTeams } from '../organisation.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { budgetsPage } from './budgetPages.tsx';
import { WHOLE_ORG } from './budgetTables.ts';
import { budgetWritten } from './budgetWords.ts';
import { leaseRoutes } from './leaseRoutes.ts';
import { listTeamBudgets, setTeamBudget } from './teamBudgets.ts';

/** Leases for routers, and the page where admins set what they come from. */
export function budgetRoutes(services: TeamServices): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  app.route('/', leaseRoutes(services));
  app.get('/budgets', requireRole(services, 'viewer'), async (context) => show(context, services));
  app.post('/budgets', requireRole(services, 'admin'), async (context) => {
    const { orgId, name: who } = context.get('person');
    const form = await context.req.parseBody();
    const field = (name: string): string => {
      const value = Object.hasOwn(form, name) ? form[name] : undefined;
      return typeof value === 'string' ? value.trim() : '';
    };
    const written = budgetWritten(field('name'), field('period'), field('usd'));
    if (written.kind === 'mistake') return refuse(400, written.message);
    const team = field('team');
    const teams = await listTeams(services.database, orgId);
    const teamId = team === String(WHOLE_ORG) ? WHOLE_ORG : teams.find(({ id }) => String(id) === team)?.id;
    if (teamId === undefined) return refuse(400, 'A budget is of a team, or of the organisation.');
    const { name, period, amountNanoUsd } = written;
    await setTeamBudget(services, { orgId, teamId, name, period }, amountNanoUsd, who);
    return context.redirect('/budgets', 303);
  });
  return app;
}

async function show(context: Context<TeamEnv>, services: TeamServices): Promise<Response> {
  const person = context.get('person');
  const [budgets, teams] = await Promise.all([
    listTeamBudgets(services, person.orgId),
    listTeams(services.database, person.orgId),
  ]);
  return context.html(budgetsPage({ title: 'Budgets', nonce: context.get('nonce'), person }, budgets, teams));
}
