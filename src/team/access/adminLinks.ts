import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { hashOf, newSecret } from './secret.ts';

/** How long a link waits to be followed. */
export const ADMIN_LINK_MINUTES = 15;
const MINUTE_MS = 60_000;
const LINK = /^[A-Za-z0-9_-]{43}$/;

/** Who has vouched for whoever follows a link: a shell on this machine. */
const LINK_ISSUER = 'link';

/** Makes a link that signs in, as an admin, whoever follows it first. @returns the part of it that is secret */
export async function createAdminLink(database: Kysely<Tables>, orgId: number, now: number): Promise<string> {
  const secret = newSecret();
  await database
    .insertInto('admin_links')
    .values({
      org_id: orgId,
      hash: hashOf(secret),
      created_at: new Date(now),
      expires_at: new Date(now + ADMIN_LINK_MINUTES * MINUTE_MS),
    })
    .execute();
  return secret;
}

/** Takes a link out of use, once. @returns the person that it signs in; undefined where it was followed before, or is too old */
export async function followAdminLink(
  database: Kysely<Tables>,
  secret: string,
  now: number,
): Promise<{ readonly orgId: number; readonly personId: number; readonly name: string } | undefined> {
  if (!LINK.test(secret)) return undefined;
  const link = await database
    .deleteFrom('admin_links')
    .where('hash', '=', hashOf(secret))
    .returning(['org_id', 'expires_at'])
    .executeTakeFirst();
  if (link === undefined || link.expires_at.getTime() <= now) return undefined;
  const { id, name } = await database
    .insertInto('people')
    .values({
      org_id: link.org_id,
      issuer: LINK_ISSUER,
      subject: 'admin',
      name: 'Admin of this machine',
      role: 'admin',
      created_at: new Date(now),
      removed_at: null,
    })
    .onConflict((conflict) =>
      conflict.columns(['org_id', 'issuer', 'subject']).doUpdateSet({ role: 'admin', removed_at: null }),
    )
    .returning(['id', 'name'])
    .executeTakeFirstOrThrow();
  return { orgId: link.org_id, personId: id, name };
}
