import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** What a person is called in events: a keyed hash that lasts 28 days. */
const PERSON = /^[0-9a-f]{16}$/;

export interface Forgotten {
  readonly events: number;
  readonly tasks: number;
}

/**
 * Deletes what is known by a person's name: events, tasks, and that they were in a figure. The figures themselves name nobody
 * and stay; one that too few are left in is shown no more.
 *
 * @param teamId of one team; of all where it is left out
 * @returns undefined where this is no person's name
 */
export async function forgetPerson(
  database: Kysely<Tables>,
  orgId: number,
  person: string,
  teamId?: number,
): Promise<Forgotten | undefined> {
  if (!PERSON.test(person)) return undefined;
  return database.transaction().execute(async (transaction) => {
    const from = async (table: 'usage_events' | 'tasks' | 'attempt_presence' | 'task_presence'): Promise<number> => {
      const { numDeletedRows } = await transaction
        .deleteFrom(table)
        .where('org_id', '=', orgId)
        .where((is) =>
          // A task that came under another name as well still has the one that it was counted by.
          is.or([is('person', '=', person), ...(table === 'tasks' ? [is('was_person' as 'person', '=', person)] : [])]),
        )
        .$if(teamId !== undefined, (query) => query.where('team_id', '=', teamId ?? 0))
        .executeTakeFirst();
      return Number(numDeletedRows);
    };
    const forgotten = { events: await from('usage_events'), tasks: await from('tasks') };
    if (forgotten.tasks > 0) await tellNoMoreOf(transaction, orgId, person);
    await from('attempt_presence');
    await from('task_presence');
    return forgotten;
  });
}

/**
 * What became of the tasks of published atoms is kept by person until the end of their week, so that it can be told of enough. Of
 * atoms that somebody is taken out of it is never told: what is left would tell, by what is missing, what theirs was.
 */
async function tellNoMoreOf(transaction: Transaction<Tables>, orgId: number, person: string): Promise<void> {
  await sql`DELETE FROM untold_outcomes AS u USING untold_outcomes AS theirs
    WHERE theirs.org_id = ${orgId} AND theirs.person = ${person} AND u.org_id = ${orgId} AND u.atom = theirs.atom`.execute(
    transaction,
  );
}
