import { type Context, Hono } from 'hono';
import { stream } from 'hono/streaming';
import { refuse } from '../http/refusal.ts';
import { addTeam, isTeamName, listTeams } from '../organisation.ts';
import type { MachineScope, Role, TeamEnv, TeamServices } from '../services.ts';
import type { AccessOptions } from './accessRoutes.ts';
import { audit, auditRows } from './audit.ts';
import { forgetPerson } from './forget.ts';
import { requireMachine, requireRole } from './guards.ts';
import { createToken, isTokenLabel, LABEL_WORDS, listTokens, revokeToken, tokenFor } from './machineTokens.ts';
import { type AdminFrame, auditPage, peoplePage, tokensPage, WHOLE } from './pages/adminPages.tsx';
import { listPeople, setRole } from './people.ts';

const AUDIT_PAGE = 100;
const AUDIT_BATCH = 1_000;
const DAY_MS = 86_400_000;
const MOST_DAYS = 3_650;
const SCOPES: ReadonlySet<string> = new Set<MachineScope>(['ingest', 'lease', 'policy', 'metrics']);
const ROLES: ReadonlySet<string> = new Set<Role | 'none'>(['none', 'viewer', 'reviewer', 'admin']);

/** What admins do: people and their roles, teams and their tokens, the audit log; and what anybody may have deleted. */
export function adminRoutes(services: TeamServices, { oidc }: AccessOptions): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  const { database, now } = services;
  const admin = requireRole(services, 'admin');

  app.get('/people', admin, async (context) => {
    const people = await listPeople(database, context.get('person').orgId);
    return context.html(peoplePage(frameOf(context, 'People'), people, oidc?.settings.roles !== undefined));
  });
  app.post('/people/:id{[0-9]{1,9}}/role', admin, async (context) => {
    const { orgId, personId, name: who } = context.get('person');
    const role = (await fieldsOf(context))('role');
    if (!ROLES.has(role)) return refuse(400, 'The role is none, viewer, reviewer or admin.');
    const id = Number(context.req.param('id'));
    if (id === personId && role !== 'admin') {
      return refuse(400, 'Your own role is for another admin to take, so that one always remains.');
    }
    const name = await setRole(database, orgId, id, role as Role | 'none', now());
    if (name === undefined) return refuse(404, 'There is nothing here.');
    await audit(database, { orgId, who, what: 'gave a role', details: { person: name, role } }, now());
    return context.redirect('/people', 303);
  });

  app.get('/tokens', admin, (context) => showTokens(context, services));
  app.post('/tokens', admin, async (context) => {
    const { orgId, name: who } = context.get('person');
    const field = await fieldsOf(context);
    const [scope, days, label] = [field('scope'), field('days'), field('label').trim()];
    const team = (await listTeams(database, orgId)).find(({ id }) => String(id) === field('team'));
    const holds = days === '' ? undefined : Number(days);
    const isWhole = field('team') === WHOLE;
    const wanted =
      SCOPES.has(scope) && (team !== undefined || isWhole) ? tokenFor(scope as MachineScope, team?.id) : undefined;
    if (wanted === undefined) {
      return refuse(
        400,
        'A token is of a team, for usage, budgets or reading figures; or of the organisation, for policies.',
      );
    }
    if (!isTokenLabel(label)) return refuse(400, LABEL_WORDS);
    if (holds !== undefined && !(Number.isInteger(holds) && holds >= 1 && holds <= MOST_DAYS)) {
      return refuse(400, `A token holds for 1 to ${MOST_DAYS} days, or until it is revoked.`);
    }
    const { id, token } = await createToken(
      database,
      { ...wanted, orgId, label, expiresAt: holds === undefined ? undefined : new Date(now() + holds * DAY_MS) },
      now(),
    );
    const details = { token: id, label, team: team?.name ?? null, scope };
    await audit(database, { orgId, who, what: 'made a token', details }, now());
    return showTokens(context, services, token);
  });
  app.post('/tokens/:id/revoke', admin, async (context) => {
    const { orgId, name: who } = context.get('person');
    const id = context.req.param('id');
    if (!(await revokeToken(database, orgId, id, now()))) return refuse(404, 'There is nothing here.');
    await audit(database, { orgId, who, what: 'revoked a token', details: { token: id } }, now());
    return context.redirect('/tokens', 303);
  });
  app.post('/teams', admin, async (context) => {
    const { orgId, name: who } = context.get('person');
    const name = (await fieldsOf(context))('name').trim();
    if (!isTeamName(name))
      return refuse(400, 'A team’s name has letters, digits, spaces, dots and dashes: at most 64.');
    if ((await addTeam(database, orgId, name)) === undefined) return refuse(409, 'There is a team of that name.');
    await audit(database, { orgId, who, what: 'added a team', details: { team: name } }, now());
    return context.redirect('/tokens', 303);
  });

  app.get('/audit', admin, async (context) => {
    const before = context.req.query('before');
    if (before !== undefined && !/^\d{1,18}$/.test(before)) return refuse(404, 'There is nothing here.');
    const rows = await auditRows(database, context.get('person').orgId, AUDIT_PAGE, before);
    const older = rows.length === AUDIT_PAGE ? rows.at(-1)?.id : undefined;
    return context.html(auditPage(frameOf(context, 'Audit log'), rows, older));
  });
  app.get('/audit.ndjson', admin, (context) => {
    const { orgId } = context.get('person');
    context.header('content-type', 'application/x-ndjson');
    context.header('content-disposition', 'attachment; filename="audit.ndjson"');
    return stream(context, async (out) => {
      for (let before: string | undefined; ; ) {
        const rows = await auditRows(database, orgId, AUDIT_BATCH, before);
        for (const { at, who, what, details } of rows) {
          await out.write(`${JSON.stringify({ at: at.toISOString(), who, what, details })}\n`);
        }
        before = rows.at(-1)?.id;
        if (rows.length < AUDIT_BATCH || out.aborted) return;
      }
    });
  });

  // Whoever knows a name that nobody can guess has it from where it is made: the machine of the person that it stands for.
  app.delete('/v1/people/:id', requireMachine(services, 'ingest'), async (context) => {
    const { orgId, teamId, tokenId } = context.get('machine');
    const forgotten = await forgetPerson(database, orgId, context.req.param('id'), teamId);
    if (forgotten === undefined) return refuse(400, 'A person’s name has 16 hexadecimal digits.');
    const details = { token: tokenId, team: teamId, ...forgotten };
    await audit(database, { orgId, who: 'an installation', what: 'had a person forgotten', details }, now());
    return context.json(forgotten);
  });
  return app;
}

function frameOf(context: Context<TeamEnv>, title: string): AdminFrame {
  return { title, nonce: context.get('nonce'), person: context.get('person') };
}

async function showTokens(
  context: Context<TeamEnv>,
  { database, now }: TeamServices,
  made?: string,
): Promise<Response> {
  const { orgId } = context.get('person');
  const [teams, tokens] = await Promise.all([listTeams(database, orgId), listTokens(database, orgId)]);
  return context.html(tokensPage(frameOf(context, 'Tokens'), teams, tokens, now(), made));
}

/** A form's fields, each a text. */
async function fieldsOf(context: Context<TeamEnv>): Promise<(name: string) => string> {
  const form = await context.req.parseBody();
  return (name) => {
    const value = Object.hasOwn(form, name) ? form[name] : undefined;
    return typeof value === 'string' ? value : '';
  };
}
