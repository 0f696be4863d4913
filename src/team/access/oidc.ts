import * as client from 'openid-client';
import { lineOf } from '../../routing/labels.ts';
import type { Role } from '../services.ts';
import type { Identity } from './people.ts';

/** An OpenID provider that people sign in at. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** undefined: a public client, which has PKCE alone. */
  readonly clientSecret?: string | undefined;
  /** Beside `openid` and `profile`. */
  readonly scopes?: readonly string[] | undefined;
  /** The claim that roles go by, and the values of it that give each; `*` is everyone. Left out: an admin gives each person a role. */
  readonly roles?: ClaimRoles | undefined;
}

export interface ClaimRoles {
  readonly claim: string;
  readonly admin?: readonly string[] | undefined;
  readonly reviewer?: readonly string[] | undefined;
  readonly viewer?: readonly string[] | undefined;
}

/** What a browser has to bring back. */
export interface Departure {
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Who has come back. */
export interface Arrival {
  readonly identity: Identity;
  /** By the provider's claims; `none`: they give none; undefined: roles do not go by claims. */
  readonly role: Role | 'none' | undefined;
}

/** What the provider did not do, in words without anything of the person's. */
export class OidcFailure extends Error {
  override readonly name = 'OidcFailure';
}

const DEADLINE_SECONDS = 10;
const LONGEST_NAME = 80;
const LONGEST_SUBJECT = 255;
const ROLES = ['admin', 'reviewer', 'viewer'] as const satisfies readonly Role[];
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Sign-in at one provider: authorization code with PKCE, state and nonce. */
export class OidcProvider {
  readonly settings: OidcSettings;
  #found: Promise<client.Configuration> | undefined;

  constructor(settings: OidcSettings) {
    this.settings = settings;
  }

  /** Sends a browser off. @throws {OidcFailure} where the provider does not answer */
  async depart(redirectUri: string): Promise<Departure> {
    const configuration = await this.#configuration();
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: ['openid', 'profile', ...(this.settings.scopes ?? [])].join(' '),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    return { url: url.href, state, nonce, verifier };
  }

  /**
   * @param returned the address that the browser came back to
   * @throws {OidcFailure} where it is not who left, or the provider says no
   */
  async arrive(returned: URL, { state, nonce, verifier }: Omit<Departure, 'url'>): Promise<Arrival> {
    const configuration = await this.#configuration();
    let claims: client.IDToken | undefined;
    try {
      const answer = await client.authorizationCodeGrant(configuration, returned, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      claims = answer.claims();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? lineOf(String(error.code), 60) : 'no code';
      throw new OidcFailure(`The sign-in was not accepted (${code}).`, { cause: error });
    }
    if (claims === undefined || claims.sub.length > LONGEST_SUBJECT) {
      throw new OidcFailure('The sign-in provider does not say who it is.');
    }
    const name = [claims['name'], claims['preferred_username']].find(
      (one): one is string => typeof one === 'string' && one.trim() !== '',
    );
    const identity: Identity = {
      issuer: claims.iss,
      subject: claims.sub,
      name: lineOf(name ?? claims.sub, LONGEST_NAME),
    };
    return { identity, role: roleBy(this.settings.roles, claims) };
  }

  /** Found once; where it cannot be, it is looked for again. */
  #configuration(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    this.#found ??= discover(issuer, clientId, clientSecret).catch((error: unknown) => {
      this.#found = undefined;
      throw new OidcFailure(
        `The sign-in provider ${new URL(issuer).host} does not answer as one: try again; if it stays so, the address of the issuer may be wrong.`,
        { cause: error },
      );
    });
    return this.#found;
  }
}

function discover(issuer: string, clientId: string, secret: string | undefined): Promise<client.Configuration> {
  const url = new URL(issuer);
  return client.discovery(
    url,
    clientId,
    undefined,
    secret === undefined ? client.None() : client.ClientSecretBasic(secret),
    {
      timeout: DEADLINE_SECONDS,
      // Of this machine alone: what goes over the network is not to be read on the way.
      ...(url.protocol === 'http:' && loopback.test(url.hostname) ? { execute: [client.allowInsecureRequests] } : {}),
    },
  );
}

/** The highest role that any of a claim's values gives. */
function roleBy(roles: ClaimRoles | undefined, claims: Readonly<Record<string, unknown>>): Role | 'none' | undefined {
  if (roles === undefined) return undefined;
  const claimed = Object.hasOwn(claims, roles.claim) ? claims[roles.claim] : undefined;
  const values = (Array.isArray(claimed) ? claimed : [claimed]).filter((one) => typeof one === 'string');
  return (
    ROLES.find((role) => roles[role]?.some((wanted) => wanted === '*' || values.includes(wanted)) ?? false) ?? 'none'
  );
}
