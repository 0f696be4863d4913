import type { Kysely } from 'kysely';
import type { Role } from '../services.ts';
import type { Tables } from '../store/tables.ts';
import { endSessionsOf } from './sessions.ts';

/** A person as an OpenID provider names them. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
}

/** A person as admins list them. */
export interface ListedPerson extends Identity {
  readonly id: number;
  readonly role: Role;
  /** Not let in: not yet, or not any more. */
  readonly isOut: boolean;
}

/** What becomes of somebody who has signed in at the provider. */
export type Admission =
  | { readonly kind: 'in'; readonly personId: number; readonly role: Role }
  /** Known by now, and waits until an admin gives a role. */
  | { readonly kind: 'waits' };

/**
 * Notes who has signed in, and whether they are let in.
 *
 * @param given the role by the provider's claims; `none`: the claims give none; undefined: claims say nothing here, admins do
 */
export async function admit(
  database: Kysely<Tables>,
  orgId: number,
  { issuer, subject, name }: Identity,
  given: Role | 'none' | undefined,
  now: number,
): Promise<Admission> {
  const out = new Date(now);
  const { id, role, removed_at } = await database
    .insertInto('people')
    .values({
      org_id: orgId,
      issuer,
      subject,
      name,
      role: given === undefined || given === 'none' ? 'viewer' : given,
      created_at: new Date(now),
      removed_at: given === undefined || given === 'none' ? out : null,
    })
    .onConflict((conflict) =>
      conflict.columns(['org_id', 'issuer', 'subject']).doUpdateSet({
        name,
        ...(given === undefined ? {} : given === 'none' ? { removed_at: out } : { role: given, removed_at: null }),
      }),
    )
    .returning(['id', 'role', 'removed_at'])
    .executeTakeFirstOrThrow();
  if (removed_at === null) return { kind: 'in', personId: id, role };
  await endSessionsOf(database, orgId, id);
  return { kind: 'waits' };
}

/** Those who wait first, then by name. */
export async function listPeople(database: Kysely<Tables>, orgId: number): Promise<readonly ListedPerson[]> {
  const rows = await database
    .selectFrom('people')
    .select(['id', 'issuer', 'subject', 'name', 'role', 'removed_at'])
    .where('org_id', '=', orgId)
    .orderBy('removed_at', (order) => order.desc().nullsLast())
    .orderBy('name')
    .execute();
  return rows.map(({ removed_at, ...person }) => ({ ...person, isOut: removed_at !== null }));
}

/**
 * Gives a person a role, or takes all away. Wherever they are signed in, they have to sign in anew.
 * @returns their name; undefined where there is no such person
 */
export async function setRole(
  database: Kysely<Tables>,
  orgId: number,
  personId: number,
  role: Role | 'none',
  now: number,
): Promise<string | undefined> {
  const found = await database
    .updateTable('people')
    .set(role === 'none' ? { removed_at: new Date(now) } : { role, removed_at: null })
    .where('org_id', '=', orgId)
    .where('id', '=', personId)
    .returning('name')
    .executeTakeFirst();
  if (found !== undefined) await endSessionsOf(database, orgId, personId);
  return found?.name;
}
