import type { Kysely } from 'kysely';
import type { Tables } from './store/tables.ts';

/** A server is one organisation's. Its tables carry it all the same, so that a database can be spread by it. */
export const OWN_ORG = 1;
/** Names that stand in links, tables and labels. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

export interface Team {
  readonly id: number;
  readonly name: string;
}

/** Whether a team may be called so. */
export function isTeamName(name: string): boolean {
  return NAME.test(name) && name.trim() === name;
}

/** Makes the organisation and its first team where there are none. */
export async function ensureOrganisation(database: Kysely<Tables>): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const made = await transaction
      .insertInto('orgs')
      .values({ id: OWN_ORG, name: 'Organisation' })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (made === undefined) return;
    await transaction.insertInto('teams').values({ org_id: OWN_ORG, name: 'Team' }).execute();
  });
}

/** @returns undefined where there is one of this name already */
export async function addTeam(database: Kysely<Tables>, orgId: number, name: string): Promise<Team | undefined> {
  return database
    .insertInto('teams')
    .values({ org_id: orgId, name })
    .onConflict((conflict) => conflict.columns(['org_id', 'name']).doNothing())
    .returning(['id', 'name'])
    .executeTakeFirst();
}

/** By name. */
export async function listTeams(database: Kysely<Tables>, orgId: number): Promise<readonly Team[]> {
  return database.selectFrom('teams').select(['id', 'name']).where('org_id', '=', orgId).orderBy('name').execute();
}
