import { type Context, Hono } from 'hono';
import { leaseSettlement, leaseWish, UNKNOWN_BUDGET, UNKNOWN_LEASE } from '../../usage/leases/wire.ts';
import { readJson, requireMachine, requireRole } from '../access/guards.ts';
import { refuse } from '../http/refusal.ts';
import { listTeams } from '../organisation.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { budgetsPage } from './budgetPages.tsx';
import { WHOLE_ORG } from './budgetTables.ts';
import { budgetWritten } from './budgetWords.ts';
import { grantLease } from './grantLease.ts';
import { settleLease } from './settleLease.ts';
import { listTeamBudgets, setTeamBudget } from './teamBudgets.ts';

const BODY = { mostBytes: 4_096, mostInflated: 4_096, mostDepth: 3 };
const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

/** Leases for routers, and what admins set them from. */
export function budgetRoutes(services: TeamServices): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  const machine = requireMachine(services, 'lease');

  app.post('/v1/leases', machine, async (context) => {
    const read = await readJson(context, BODY);
    if (read.kind === 'refused') return read.response;
    const wish = leaseWish.safeParse(read.value);
    if (!wish.success) return refuse(422, 'This is no request for a lease.');
    const answer = await grantLease(services, context.get('machine'), wish.data);
    if (answer === undefined) {
      return coded(UNKNOWN_BUDGET, 'There is no such budget for this team and period: an admin sets it.');
    }
    context.header('cache-control', 'no-store');
    return context.json(answer);
  });

  app.post(`/v1/leases/:id{${UUID}}/settle`, machine, async (context) => {
    const read = await readJson(context, BODY);
    if (read.kind === 'refused') return read.response;
    const settlement = leaseSettlement.safeParse(read.value);
    if (!settlement.success) return refuse(422, 'This does not say what was spent.');
    const { spentNanoUsd } = settlement.data;
    const standing = await settleLease(services, context.get('machine'), {
      lease: context.req.param('id'),
      spentNanoUsd,
    });
    if (standing === undefined) return coded(UNKNOWN_LEASE, 'There is no such lease.');
    context.header('cache-control', 'no-store');
    return context.json({ standing });
  });

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

/** A refusal that a router does something about. */
function coded(code: string, sentence: string): Response {
  return Response.json({ error: sentence, code }, { status: 404, headers: { 'cache-control': 'no-store' } });
}
