import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** Fewer persons than these are shown nowhere, unless the operator says otherwise. */
export const USUAL_LEAST_PERSONS = 5;
/** One person's figures are shown as they come in: for whoever tries the server out on a machine of their own. */
export const SHOWS_EVERYONE = 1;
const MOST = 1_000;
const NAME = 'least-persons';

/**
 * How many persons a figure of an organisation must be of. It is kept beside the data and set where the server is run, by no
 * role and by no page.
 */
export async function leastPersonsOf(database: Kysely<Tables>, orgId: number): Promise<number> {
  const found = await database
    .selectFrom('settings')
    .select('value')
    .where('org_id', '=', orgId)
    .where('name', '=', NAME)
    .executeTakeFirst();
  return isCount(found?.value) ? found.value : USUAL_LEAST_PERSONS;
}

/**
 * For the operator. What was published for fewer persons than these is not shown any more; what was kept back for more stays
 * back.
 *
 * @throws {RangeError} for anything but a whole number from 1 to 1,000
 */
export async function setLeastPersons(database: Kysely<Tables>, orgId: number, persons: number): Promise<void> {
  if (!isCount(persons)) throw new RangeError(`The least number of persons is a whole number from 1 to ${MOST}.`);
  const value = JSON.stringify(persons);
  await database
    .insertInto('settings')
    .values({ org_id: orgId, name: NAME, value })
    .onConflict((conflict) => conflict.columns(['org_id', 'name']).doUpdateSet({ value }))
    .execute();
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= SHOWS_EVERYONE && value <= MOST;
}
