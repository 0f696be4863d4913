import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { readBody } from '../http/body.ts';
import { refuse } from '../http/refusal.ts';
import type { Person, Role, Site, TeamEnv, TeamScope, TeamServices } from '../services.ts';
import { machineOf, publisherOf } from './machineTokens.ts';
import { isSame } from './secret.ts';
import { personOf, sessionCookie } from './sessions.ts';

export { readBody, readJson } from '../http/body.ts';

/** The field of a form, and the header of a program's request, that says whose it is. */
export const CSRF_FIELD = 'csrf';
export const CSRF_HEADER = 'x-csrf-token';

const RANK: Readonly<Record<Role, number>> = { viewer: 0, reviewer: 1, admin: 2 };
const UNCHANGING = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Of a form whose fields are looked at here. */
const FORM_BYTES = 64 * 1024;

/** Lets in whoever brings a team's token for this. All that is wrong with a token is answered alike. */
export function requireMachine(services: TeamServices, scope: TeamScope): MiddlewareHandler<TeamEnv> {
  return async (context, next) => {
    const machine = await machineOf(services.database, bearerOf(context), scope, services.now());
    if (machine === undefined) return unknownToken('Bring a token of a team that is for this: authorization: Bearer …');
    context.set('machine', machine);
    await next();
    return undefined;
  };
}

/** Lets in whoever brings a token of the organisation that publishes policies; a team's is none, whatever it is for. */
export function requirePublisher(services: TeamServices): MiddlewareHandler<TeamEnv> {
  return async (context, next) => {
    const publisher = await publisherOf(services.database, bearerOf(context), services.now());
    if (publisher === undefined) {
      return unknownToken('Bring a token of the organisation that publishes policies: authorization: Bearer …');
    }
    context.set('publisher', publisher);
    await next();
    return undefined;
  };
}

function bearerOf(context: Context<TeamEnv>): string {
  return /^Bearer +(\S{1,512})$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? '';
}

function unknownToken(message: string): Response {
  return refuse(401, message, { 'www-authenticate': 'Bearer' });
}

export interface RoleOptions {
  /** How much of a form is read to find its {@link CSRF_FIELD}; what sends more names it in the header. */
  readonly formBytes?: number;
}

/**
 * Lets in people who are signed in and have this role. What changes something must come from a page of this server, and
 * carry the person's own mark: `csrf` in a form, or `x-csrf-token` as a header.
 */
export function requireRole(
  services: TeamServices,
  role: Role,
  { formBytes = FORM_BYTES }: RoleOptions = {},
): MiddlewareHandler<TeamEnv> {
  return async (context, next) => {
    const person = await signedIn(context, services);
    if (person === undefined) return askToSignIn(context);
    if (RANK[person.role] < RANK[role]) return refuse(403, `This is for the role ${role}: ask an admin for it.`);
    if (!UNCHANGING.has(context.req.method)) {
      const refusal = isOwnPage(context, context.get('site'))
        ? await withoutMark(context, person, formBytes)
        : foreign();
      if (refusal !== undefined) return refusal;
    }
    context.set('person', person);
    await next();
    return undefined;
  };
}

/** Who sent this, by its cookie. */
export async function signedIn(context: Context<TeamEnv>, services: TeamServices): Promise<Person | undefined> {
  const secret = getCookie(context, sessionCookie(context.get('site')));
  return secret === undefined ? undefined : personOf(services.database, secret, services.now());
}

/**
 * Whether a browser says that one of our own pages has sent this. A browser that says nothing is not believed. Our pages tell
 * nobody where they are (`no-referrer`), for which browsers leave the origin of their forms out as well: `null`.
 */
export function isOwnPage(context: Context<TeamEnv>, site: Site): boolean {
  const place = context.req.header('sec-fetch-site');
  if (place !== undefined && place !== 'same-origin') return false;
  const origin = context.req.header('origin');
  if (origin === undefined || origin === 'null') return place === 'same-origin';
  return site.origins.includes(origin);
}

function foreign(): Response {
  return refuse(403, 'This comes from another page: open the page here, and do it there.');
}

async function withoutMark(
  context: Context<TeamEnv>,
  person: Person,
  formBytes: number,
): Promise<Response | undefined> {
  const header = context.req.header(CSRF_HEADER);
  if (header !== undefined) return isSame(header, person.csrfToken) ? undefined : stale();
  const type = context.req.header('content-type') ?? '';
  if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return stale();
  const body = await readBody(context, { mostBytes: formBytes, mostInflated: formBytes });
  if (body.kind === 'refused') return body.response;
  // Read once, and left for whoever comes next as if it had not been.
  context.req.raw = new Request(context.req.raw.url, {
    method: context.req.method,
    headers: context.req.raw.headers,
    body: new Uint8Array(body.bytes),
  });
  const form = await context.req.parseBody().catch(() => ({})); // a form that is none has no mark
  const mark = Object.hasOwn(form, CSRF_FIELD) ? (form as Record<string, unknown>)[CSRF_FIELD] : undefined;
  return typeof mark === 'string' && isSame(mark, person.csrfToken) ? undefined : stale();
}

function stale(): Response {
  return refuse(403, 'The page is too old: load it again, and do it there.');
}

/** A person's browser is shown where to sign in, and comes back; a program is told. */
function askToSignIn(context: Context<TeamEnv>): Response {
  const wantsPage = context.req.method === 'GET' && (context.req.header('accept') ?? '').includes('text/html');
  if (!wantsPage) return refuse(401, 'Sign in first.');
  const { pathname, search } = new URL(context.req.url);
  const to = pathname === '/' && search === '' ? '' : `?to=${encodeURIComponent(pathname + search)}`;
  return context.redirect(`/sign-in${to}`, 303);
}
