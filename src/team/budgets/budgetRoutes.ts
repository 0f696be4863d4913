import { type Context, Hono } from 'hono';
import { requireRole } from '../access/guards.ts';
import { refuse } from '../http/refusal.ts';
import { listTeams } from '../organisation.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { budgetsPage } from './budgetPages.tsx';
import { WHOLE_ORG } from './budgetTables.ts';
import { budgetWritten } from './budgetWords.ts';
import { claimsPage } from './claimsPage.tsx';
import { type Judged, judgeClaim, type LeaseJudgement, takeLeaseBack, waitingClaims } from './leaseClaims.ts';
import { isLeasePlace, listLeases } from './leaseList.ts';
import { leaseRoutes } from './leaseRoutes.ts';
import { listTeamBudgets, setTeamBudget } from './teamBudgets.ts';

const CLAIMS_PAGE = 100;
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** Leases for routers, and the pages where admins set what they come from, and judge what they are said to have come to. */
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

  const admin = requireRole(services, 'admin');
  app.get('/budgets/claims', admin, async (context) => {
    const person = context.get('person');
    const before = context.req.query('before');
    if (before !== undefined && !isLeasePlace(before)) return refuse(404, 'There is nothing here.');
    const claims = await listLeases(services, person.orgId, { kind: 'claims' }, { most: CLAIMS_PAGE, before });
    return context.html(claimsPage({ title: 'Claims', nonce: context.get('nonce'), person }, claims));
  });
  const judgements = {
    accept: (judgement) => judgeClaim(services, judgement, 'accepted'),
    refuse: (judgement) => judgeClaim(services, judgement, 'refused'),
    'take-back': (judgement) => takeLeaseBack(services, judgement),
  } as const satisfies Readonly<Record<string, (judgement: LeaseJudgement) => Promise<Judged>>>;
  for (const [name, judge] of Object.entries(judgements)) {
    app.post(`/budgets/claims/:lease{${UUID}}/${name}`, admin, async (context) => {
      const { orgId, name: who } = context.get('person');
      const judged = await judge({ orgId, lease: context.req.param('lease'), who });
      return judged.kind === 'done' ? context.redirect('/budgets/claims', 303) : refuse(409, judged.message);
    });
  }
  return app;
}

async function show(context: Context<TeamEnv>, services: TeamServices): Promise<Response> {
  const person = context.get('person');
  const [budgets, teams, waiting] = await Promise.all([
    listTeamBudgets(services, person.orgId),
    listTeams(services.database, person.orgId),
    waitingClaims(services, person.orgId),
  ]);
  const frame = { title: 'Budgets', nonce: context.get('nonce'), person };
  return context.html(budgetsPage(frame, budgets, teams, waiting));
}
