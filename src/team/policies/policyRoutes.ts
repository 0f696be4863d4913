import { type Context, Hono } from 'hono';
import { limits } from '../../workspace/limits.ts';
import { readBody, requirePublisher, requireRole } from '../access/guards.ts';
import { refuse } from '../http/refusal.ts';
import { OWN_ORG } from '../organisation.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { policyDownloads } from './policyDownloads.ts';
import { listPolicies, policyHistory } from './policyHistory.ts';
import { policiesPage, policyPage, refusedPage } from './policyPages.tsx';
import { isPolicyName, type Published, publishPolicy, rollBackPolicy } from './publishPolicy.ts';
import type { SigningKeys } from './signingKeys.ts';

/** A form writes each character of a policy as three, at worst. */
const FORM = { formBytes: 3 * limits.policyBytes + 16 * 1024 };
const BODY = { mostBytes: limits.policyBytes, mostInflated: limits.policyBytes };
const NAME = '[a-z0-9][a-z0-9._-]{0,63}';
/** Serials are seconds, and one more for each policy of the same second: none is further ahead than this, in milliseconds. */
const AHEAD_MS = 366 * 86_400_000;
const NO_SERIAL = 'after is the serial that routers have, which is at most the seconds since 1970 and a year.';

/**
 * Policies for routers to fetch, and what people and programs do with them.
 * @param keys undefined: what was signed before is handed out, and nothing new
 */
export function policyRoutes(services: TeamServices, keys: SigningKeys | undefined): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  app.route('/', policyDownloads(services));
  const viewer = requireRole(services, 'viewer');
  const admin = requireRole(services, 'admin', FORM);

  // For a pipeline that has the policy under review: who may publish there is the review's to say.
  app.put(`/v1/policies/:name{${NAME}}`, requirePublisher(services), async (context) => {
    const { orgId, tokenId, label } = context.get('publisher');
    const body = await readBody(context, BODY);
    if (body.kind === 'refused') return body.response;
    const after = context.req.query('after');
    if (after !== undefined && !isSerialUntil(after, services.now() + AHEAD_MS)) return refuse(422, NO_SERIAL);
    return answerOf(
      await publishPolicy(services, keys, {
        orgId,
        name: context.req.param('name'),
        bytes: body.bytes,
        who: `token ${tokenId}${label === '' ? '' : ` (${label})`}`,
        token: tokenId,
        note: context.req.query('note') ?? '',
        ...(after === undefined ? {} : { after: Number(after) }),
      }),
    );
  });

  app.get('/policies', viewer, async (context) => {
    const { orgId } = context.get('person');
    return context.html(
      policiesPage(frameOf(context, 'Policies'), await listPolicies(services, orgId), keys !== undefined),
    );
  });
  app.get(`/policies/:name{${NAME}}`, viewer, async (context) => {
    const { orgId } = context.get('person');
    const name = context.req.param('name');
    const versions = await policyHistory(services, orgId, name);
    if (versions.length === 0) return refuse(404, 'There is nothing here.');
    const [origin] = context.get('site').origins;
    const source = { address: `${origin}/v1/policies/${name}`, pin: keys?.pin(OWN_ORG, name) };
    return context.html(policyPage(frameOf(context, name), name, versions, source));
  });
  app.post('/policies', admin, async (context) => {
    const { orgId, name: who } = context.get('person');
    const field = await fieldsOf(context);
    const name = (await field('name')).trim();
    const bytes = Buffer.from(await field('text'), 'utf8');
    const published = await publishPolicy(services, keys, { orgId, name, bytes, who, note: await field('note') });
    return shown(context, name, published);
  });
  app.post(`/policies/:name{${NAME}}/back`, admin, async (context) => {
    const { orgId, name: who } = context.get('person');
    const serial = await (await fieldsOf(context))('serial');
    if (!/^\d{1,15}$/.test(serial)) return refuse(400, 'A version goes by its serial.');
    const name = context.req.param('name');
    const published = await rollBackPolicy(services, keys, { orgId, name, serial: Number(serial), who });
    return published === undefined ? refuse(404, 'There is nothing here.') : shown(context, name, published);
  });
  return app;
}

function shown(context: Context<TeamEnv>, name: string, published: Published): Response | Promise<Response> {
  if (published.kind === 'refused') {
    return context.html(refusedPage(frameOf(context, 'Not published'), published.problems), 422);
  }
  return context.redirect(isPolicyName(name) ? `/policies/${name}` : '/policies', 303);
}

function answerOf(published: Published): Response {
  const headers = { 'cache-control': 'no-store' };
  if (published.kind === 'refused') {
    const { problems } = published;
    return Response.json({ error: 'The policy is not published.', problems }, { status: 422, headers });
  }
  return Response.json(published, { status: published.kind === 'published' ? 201 : 200, headers });
}

function frameOf(context: Context<TeamEnv>, title: string) {
  return { title, nonce: context.get('nonce'), person: context.get('person') };
}

/** A form's fields, each a text, or the text of a file. */
async function fieldsOf(context: Context<TeamEnv>): Promise<(name: string) => Promise<string>> {
  const form = await context.req.parseBody();
  return async (name) => {
    const value = Object.hasOwn(form, name) ? form[name] : undefined;
    if (value instanceof File) return value.text();
    return typeof value === 'string' ? value : '';
  };
}

/** Whether a text is a serial that may have been given out by then: after one that is higher none could be given out any more. */
function isSerialUntil(text: string, latestMs: number): boolean {
  return /^\d{1,15}$/.test(text) && Number(text) <= latestMs / 1_000;
}
