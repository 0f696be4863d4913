import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Machine, MachineScope } from '../services.ts';
import type { Tables } from '../store/tables.ts';
import { hashOf, newSecret } from './secret.ts';

/** What a token begins with, so that those who scan for leaked ones know it. */
const PREFIX = 'rpt_';
const TOKEN = /^rpt_[A-Za-z0-9_-]{43}$/;

export interface NewToken {
  readonly orgId: number;
  readonly teamId: number;
  readonly scope: MachineScope;
  readonly expiresAt?: Date | undefined;
}

/** A token as people list it: never the token itself, which is told once. */
export interface ListedToken {
  readonly id: string;
  readonly team: string;
  readonly scope: MachineScope;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Makes a token; those that the team has already go on holding, so that installations can change over one by one. */
export async function createToken(
  database: Kysely<Tables>,
  { orgId, teamId, scope, expiresAt }: NewToken,
  now: number,
): Promise<{ readonly id: string; readonly token: string }> {
  const token = `${PREFIX}${newSecret()}`;
  const id = randomUUID();
  await database
    .insertInto('machine_tokens')
    .values({
      org_id: orgId,
      id,
      team_id: teamId,
      scope,
      hash: hashOf(token),
      created_at: new Date(now),
      expires_at: expiresAt ?? null,
      revoked_at: null,
    })
    .execute();
  return { id, token };
}

/** Whose token this is, where it holds and is for this. */
export async function machineOf(
  database: Kysely<Tables>,
  token: string,
  scope: MachineScope,
  now: number,
): Promise<Machine | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const found = await database
    .selectFrom('machine_tokens')
    .select(['org_id', 'team_id', 'id', 'expires_at'])
    .where('hash', '=', hashOf(token))
    .where('scope', '=', scope)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (found === undefined || (found.expires_at !== null && found.expires_at.getTime() <= now)) return undefined;
  return { orgId: found.org_id, teamId: found.team_id, tokenId: found.id };
}

/** The newest first. */
export async function listTokens(database: Kysely<Tables>, orgId: number): Promise<readonly ListedToken[]> {
  return database
    .selectFrom('machine_tokens')
    .innerJoin('teams', (join) =>
      join.onRef('teams.org_id', '=', 'machine_tokens.org_id').onRef('teams.id', '=', 'machine_tokens.team_id'),
    )
    .select([
      'machine_tokens.id as id',
      'teams.name as team',
      'scope',
      'machine_tokens.created_at as createdAt',
      'expires_at as expiresAt',
      'revoked_at as revokedAt',
    ])
    .where('machine_tokens.org_id', '=', orgId)
    .orderBy('machine_tokens.created_at', 'desc')
    .orderBy('machine_tokens.id')
    .execute();
}

/** From now on it lets nobody in. @returns whether there was such a token that held */
export async function revokeToken(database: Kysely<Tables>, orgId: number, id: string, now: number): Promise<boolean> {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return false;
  const { numUpdatedRows } = await database
    .updateTable('machine_tokens')
    .set({ revoked_at: new Date(now) })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
