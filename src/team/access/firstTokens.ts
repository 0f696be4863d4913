import type { Kysely } from 'kysely';
import type { Team } from '../organisation.ts';
import type { Tables } from '../store/tables.ts';
import { audit, COMMAND_LINE } from './audit.ts';
import { createToken } from './machineTokens.ts';

/** What the first installations come in with. */
export interface FirstTokens {
  readonly team: Team;
  /** For usage. */
  readonly ingest: string;
  /** For budgets. */
  readonly lease: string;
}

/**
 * Makes the first tokens of an organisation that never had one, for its first team: once, however many servers start. A start
 * that failed before it could show them has made none.
 *
 * @returns undefined where there was a token before
 */
export async function firstTokens(
  database: Kysely<Tables>,
  orgId: number,
  now: number,
): Promise<FirstTokens | undefined> {
  return database.transaction().execute(async (transaction) => {
    await transaction.selectFrom('orgs').select('id').where('id', '=', orgId).forUpdate().execute();
    const earlier = await transaction
      .selectFrom('machine_tokens')
      .select('id')
      .where('org_id', '=', orgId)
      .limit(1)
      .executeTakeFirst();
    if (earlier !== undefined) return undefined;
    const team = await transaction
      .selectFrom('teams')
      .select(['id', 'name'])
      .where('org_id', '=', orgId)
      .orderBy('id')
      .limit(1)
      .executeTakeFirstOrThrow();
    const make = async (scope: 'ingest' | 'lease'): Promise<string> => {
      const { id, token } = await createToken(transaction, { orgId, teamId: team.id, scope }, now);
      const details = { token: id, team: team.name, scope };
      await audit(transaction, { orgId, who: COMMAND_LINE, what: 'made a token', details }, now);
      return token;
    };
    return { team, ingest: await make('ingest'), lease: await make('lease') };
  });
}
