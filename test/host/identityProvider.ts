// A real OpenID provider on loopback, for a test: oidc-provider with people of the test's own.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import type { Visit, Visitor } from './visitor.ts';

/** What it says of a person, by the name that they sign in with. */
export type People = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface IdentityProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Lets a site send people here; where they are sent back to is known from the start. */
  open(redirectUri: string): void;
  stop(): Promise<void>;
}

export async function startIdentityProvider(people: People): Promise<IdentityProvider> {
  let serve: ReturnType<Provider['callback']> | undefined;
  const server: Server = createServer((request, response) => {
    if (serve === undefined) response.writeHead(503).end();
    else serve(request, response);
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [clientId, clientSecret] = ['team-server', 'a secret of the test'];
  return {
    issuer,
    clientId,
    clientSecret,
    open: (redirectUri) => {
      serve = new Provider(issuer, configurationOf(people, clientId, clientSecret, redirectUri)).callback();
    },
    stop: () =>
      new Promise((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
      }),
  };
}

function configurationOf(people: People, clientId: string, secret: string, redirectUri: string) {
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: secret,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    // Claims where the server looks for them: in the ID token.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: { Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60, Interaction: 600 },
    cookies: { keys: ['a key of the test'] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, ...people[id] }),
    }),
  };
}

/** Signs in at the provider's own pages. @returns the address that the browser is sent back to */
export async function signInThere(visitor: Visitor, departure: Visit, name: string, home: RegExp): Promise<string> {
  const away = departure.headers.get('location') ?? '';
  let page = await visitor.follow(away, home);
  for (const fields of [{ prompt: 'login', login: name, password: 'any' }, { prompt: 'consent' }]) {
    if (home.test(page.url)) break;
    const form = await visitor.submit(page.url, fields);
    const next = new URL(form.headers.get('location') ?? '', page.url).href;
    page = home.test(next) ? { ...form, url: next } : await visitor.follow(next, home);
  }
  return page.url;
}
