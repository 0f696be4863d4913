import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { Departure } from './oidc.ts';
import { hashOf, newSecret } from './secret.ts';

/** How long somebody may take at the provider. */
export const SIGN_IN_MINUTES = 10;
const MINUTE_MS = 60_000;

export interface BegunSignIn extends Omit<Departure, 'url'> {
  readonly returnTo: string;
}

/** Remembers who was sent to the provider. @returns what the browser's cookie says */
export async function beginSignIn(
  database: Kysely<Tables>,
  orgId: number,
  { state, nonce, verifier, returnTo }: BegunSignIn,
  now: number,
): Promise<string> {
  const secret = newSecret();
  await database
    .insertInto('sign_ins')
    .values({
      org_id: orgId,
      hash: hashOf(secret),
      state,
      nonce,
      verifier,
      return_to: returnTo,
      expires_at: new Date(now + SIGN_IN_MINUTES * MINUTE_MS),
    })
    .execute();
  return secret;
}

/** What was remembered of this browser, once. */
export async function endSignIn(
  database: Kysely<Tables>,
  orgId: number,
  secret: string,
  now: number,
): Promise<BegunSignIn | undefined> {
  const begun = await database
    .deleteFrom('sign_ins')
    .where('org_id', '=', orgId)
    .where('hash', '=', hashOf(secret))
    .returning(['state', 'nonce', 'verifier', 'return_to', 'expires_at'])
    .executeTakeFirst();
  if (begun === undefined || begun.expires_at.getTime() <= now) return undefined;
  return { state: begun.state, nonce: begun.nonce, verifier: begun.verifier, returnTo: begun.return_to };
}

/** Takes away what has run out: sign-ins, links and sessions. */
export async function sweepAccess(database: Kysely<Tables>, now: number): Promise<void> {
  const at = new Date(now);
  for (const table of ['sign_ins', 'admin_links', 'sessions'] as const) {
    await database.deleteFrom(table).where('expires_at', '<=', at).execute();
  }
}
