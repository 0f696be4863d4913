import { type Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Site, TeamEnv, TeamServices } from '../services.ts';
import type { AccessOptions } from './accessRoutes.ts';
import { followAdminLink } from './adminLinks.ts';
import { audit } from './audit.ts';
import { isOwnPage, requireRole } from './guards.ts';
import { OidcFailure, type OidcProvider } from './oidc.ts';
import { ownPath } from './ownPath.ts';
import { linkPage, sentencePage, signInPage } from './pages/signInPages.tsx';
import { admit } from './people.ts';
import { beginSession, endSession, sessionCookie } from './sessions.ts';
import { signInLimit } from './signInLimit.ts';
import { beginSignIn, endSignIn, SIGN_IN_MINUTES } from './signIns.ts';

const RETURN_PATH = '/sign-in/return';

/** The ways in and out: an OpenID provider, a link of this machine. */
export function signInRoutes(
  services: TeamServices,
  { orgId, oidc, isBehindProxy = false }: AccessOptions,
): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  const { database } = services;
  const limit = signInLimit(!isBehindProxy);

  app.get('/sign-in', (context) =>
    context.html(
      signInPage(context.get('nonce'), {
        returnTo: ownPath(context.req.query('to')),
        ...(oidc === undefined ? {} : { provider: new URL(oidc.settings.issuer).host }),
      }),
    ),
  );

  if (oidc !== undefined) {
    app.get('/sign-in/begin', limit, (context) => depart(context, services, orgId, oidc));
    app.get(RETURN_PATH, limit, (context) => arrive(context, services, orgId, oidc));
  }

  app.get('/enter/:link', (context) =>
    context.html(linkPage(context.get('nonce'), `/enter/${encodeURIComponent(context.req.param('link'))}`)),
  );
  app.post('/enter/:link', limit, async (context) => {
    const site = context.get('site');
    if (!isOwnPage(context, site)) return told(context, 403, 'Open the link itself, and sign in there.');
    const entered = await followAdminLink(database, context.req.param('link'), services.now());
    if (entered === undefined) {
      return told(
        context,
        403,
        'This link was followed before, or is too old. routing-policy team admin-link prints another.',
      );
    }
    await letIn(context, services, entered.orgId, entered.personId);
    await audit(
      database,
      { orgId: entered.orgId, who: entered.name, what: 'signed in', details: { by: 'link' } },
      services.now(),
    );
    return context.redirect('/', 303);
  });

  app.post('/sign-out', requireRole(services, 'viewer'), async (context) => {
    const site = context.get('site');
    const secret = getCookie(context, sessionCookie(site));
    if (secret !== undefined) await endSession(database, secret);
    const { name } = context.get('person');
    await audit(database, { orgId, who: name, what: 'signed out' }, services.now());
    deleteCookie(context, sessionCookie(site), { path: '/', secure: site.isSecure });
    return context.redirect('/sign-in', 303);
  });
  return app;
}

async function depart(
  context: Context<TeamEnv>,
  services: TeamServices,
  orgId: number,
  oidc: OidcProvider,
): Promise<Response> {
  const site = context.get('site');
  const [origin] = site.origins;
  const returnTo = ownPath(context.req.query('to'));
  // The provider sends people back to one address alone, and what their browser has to bring is kept for that.
  if (new URL(origin).host !== context.req.header('host')?.toLowerCase()) {
    return context.redirect(`${origin}/sign-in/begin?to=${encodeURIComponent(returnTo)}`, 303);
  }
  try {
    const { url, ...departure } = await oidc.depart(`${origin}${RETURN_PATH}`);
    const secret = await beginSignIn(services.database, orgId, { ...departure, returnTo }, services.now());
    setCookie(context, signInCookie(site), secret, { ...cookieOf(site), maxAge: SIGN_IN_MINUTES * 60 });
    return context.redirect(url, 303);
  } catch (error) {
    if (!(error instanceof OidcFailure)) throw error;
    services.log('warn', error.message);
    return told(context, 502, error.message);
  }
}

async function arrive(
  context: Context<TeamEnv>,
  services: TeamServices,
  orgId: number,
  oidc: OidcProvider,
): Promise<Response> {
  const { database } = services;
  const site = context.get('site');
  const secret = getCookie(context, signInCookie(site));
  const begun = secret === undefined ? undefined : await endSignIn(database, orgId, secret, services.now());
  deleteCookie(context, signInCookie(site), cookieOf(site));
  if (begun === undefined) return told(context, 403, 'This sign-in was not begun here, or is too old: begin anew.');
  try {
    // Its own address as it is known to the provider, whatever the request says.
    const returned = new URL(`${site.origins[0]}${RETURN_PATH}${new URL(context.req.url).search}`);
    const { identity, role } = await oidc.arrive(returned, begun);
    const admission = await admit(database, orgId, identity, role, services.now());
    switch (admission.kind) {
      case 'waits':
        await audit(database, { orgId, who: identity.name, what: 'was not let in' }, services.now());
        return told(
          context,
          403,
          'You are known now, and have no role here yet: an admin gives it on the page "People".',
        );
      case 'in':
        await letIn(context, services, orgId, admission.personId);
        await audit(
          database,
          { orgId, who: identity.name, what: 'signed in', details: { by: new URL(identity.issuer).host } },
          services.now(),
        );
        return context.redirect(begun.returnTo, 303);
      default:
        return admission satisfies never;
    }
  } catch (error) {
    if (!(error instanceof OidcFailure)) throw error;
    services.log('warn', error.message);
    await audit(database, { orgId, who: 'nobody', what: 'was refused at sign-in' }, services.now());
    return told(context, 403, 'The sign-in was not accepted: begin anew.');
  }
}

/** A session of its own, whatever the browser had before. */
async function letIn(
  context: Context<TeamEnv>,
  { database, now }: TeamServices,
  orgId: number,
  personId: number,
): Promise<void> {
  const site = context.get('site');
  const before = getCookie(context, sessionCookie(site));
  if (before !== undefined) await endSession(database, before);
  setCookie(context, sessionCookie(site), await beginSession(database, orgId, personId, now()), cookieOf(site));
}

function signInCookie({ isSecure }: Site): string {
  return isSecure ? '__Host-routing-policy-sign-in' : 'routing-policy-sign-in';
}

function cookieOf({ isSecure }: Site): {
  readonly path: '/';
  readonly httpOnly: true;
  readonly sameSite: 'Lax';
  readonly secure: boolean;
} {
  return { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure };
}

function told(context: Context<TeamEnv>, status: 403 | 502, sentence: string): Response | Promise<Response> {
  return context.html(sentencePage({ title: 'Not signed in', nonce: context.get('nonce') }, sentence), status);
}
