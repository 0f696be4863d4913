import type { Kysely } from 'kysely';
import type { Person, Site } from '../services.ts';
import type { Tables } from '../store/tables.ts';
import { hashOf, newSecret } from './secret.ts';

/** However much it is used. */
const LONGEST_MS = 12 * 3_600_000;
/** Without being used. */
const IDLE_MS = 2 * 3_600_000;
/** Its last use is written down no oftener, as every page has several requests. */
const NOTE_MS = 60_000;
const SESSION = /^[A-Za-z0-9_-]{43}$/;

/** The cookie's name; the prefix keeps a neighbouring host from setting it. */
export function sessionCookie({ isSecure }: Site): string {
  return isSecure ? '__Host-routing-policy-team' : 'routing-policy-team';
}

/** Signs a person in anew: whatever id a browser had before is of no more use. @returns what its cookie says */
export async function beginSession(
  database: Kysely<Tables>,
  orgId: number,
  personId: number,
  now: number,
): Promise<string> {
  const secret = newSecret();
  await database
    .insertInto('sessions')
    .values({
      org_id: orgId,
      hash: hashOf(secret),
      person_id: personId,
      csrf_token: newSecret(),
      created_at: new Date(now),
      used_at: new Date(now),
      expires_at: new Date(now + LONGEST_MS),
    })
    .execute();
  return secret;
}

/** Who is signed in with this cookie. */
export async function personOf(database: Kysely<Tables>, secret: string, now: number): Promise<Person | undefined> {
  if (!SESSION.test(secret)) return undefined;
  const hash = hashOf(secret);
  const found = await database
    .selectFrom('sessions')
    .innerJoin('people', (join) =>
      join.onRef('people.org_id', '=', 'sessions.org_id').onRef('people.id', '=', 'sessions.person_id'),
    )
    .select(['sessions.org_id', 'people.id', 'people.name', 'people.role', 'csrf_token', 'used_at', 'expires_at'])
    .where('sessions.hash', '=', hash)
    .where('people.removed_at', 'is', null)
    .executeTakeFirst();
  if (found === undefined) return undefined;
  if (found.expires_at.getTime() <= now || found.used_at.getTime() + IDLE_MS <= now) {
    await database.deleteFrom('sessions').where('org_id', '=', found.org_id).where('hash', '=', hash).execute();
    return undefined;
  }
  if (found.used_at.getTime() + NOTE_MS <= now) {
    await database
      .updateTable('sessions')
      .set({ used_at: new Date(now) })
      .where('org_id', '=', found.org_id)
      .where('hash', '=', hash)
      .execute();
  }
  return {
    orgId: found.org_id,
    personId: found.id,
    name: found.name,
    role: found.role,
    csrfToken: found.csrf_token,
  };
}

export async function endSession(database: Kysely<Tables>, secret: string): Promise<void> {
  await database.deleteFrom('sessions').where('hash', '=', hashOf(secret)).execute();
}

/** Ends every session of a person, wherever they are signed in. */
export async function endSessionsOf(database: Kysely<Tables>, orgId: number, personId: number): Promise<void> {
  await database.deleteFrom('sessions').where('org_id', '=', orgId).where('person_id', '=', personId).execute();
}
