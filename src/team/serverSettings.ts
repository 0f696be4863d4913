import type { Kysely } from 'kysely';
import { OWN_ORG } from './organisation.ts';
import type { Tables } from './store/tables.ts';

const ORIGIN = 'origin';

/** Where the server was last found: for links that another process makes. */
export async function rememberedOrigin(database: Kysely<Tables>): Promise<string | undefined> {
  const found = await database
    .selectFrom('settings')
    .select('value')
    .where('org_id', '=', OWN_ORG)
    .where('name', '=', ORIGIN)
    .executeTakeFirst();
  return typeof found?.value === 'string' ? found.value : undefined;
}

export async function rememberOrigin(database: Kysely<Tables>, origin: string): Promise<void> {
  const value = JSON.stringify(origin);
  await database
    .insertInto('settings')
    .values({ org_id: OWN_ORG, name: ORIGIN, value })
    .onConflict((conflict) => conflict.columns(['org_id', 'name']).doUpdateSet({ value }))
    .execute();
}
