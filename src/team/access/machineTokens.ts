import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Machine, MachineScope, Publisher, TeamScope } from '../services.ts';
import type { Tables } from '../store/tables.ts';
import { hashOf, newSecret } from './secret.ts';

/** What a token begins with, so that those who scan for leaked ones know it. */
const PREFIX = 'rpt_';
const TOKEN = /^rpt_[A-Za-z0-9_-]{43}$/;

/** Whose a token is, and what it is for. */
export type TokenFor = { readonly scope: 'policy' } | { readonly scope: TeamScope; readonly teamId: number };

export type NewToken = TokenFor & {
  readonly orgId: number;
  /** What people call it. */
  readonly label?: string;
  readonly expiresAt?: Date | undefined;
};

const LABEL = /^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,63}$/u;

/** What {@link isTokenLabel} asks for, for people. */
export const LABEL_WORDS = 'A token’s label has letters, digits, spaces, dots, slashes and dashes: at most 64.';

/** Whether a token may be called so; empty: it is called nothing. */
export function isTokenLabel(label: string): boolean {
  return label === '' || (LABEL.test(label) && label.trim() === label);
}

/**
 * Brings together what somebody has chosen in two places.
 * @param teamId undefined: the organisation
 * @returns undefined where the two do not go together
 */
export function tokenFor(scope: MachineScope, teamId: number | undefined): TokenFor | undefined {
  if (scope === 'policy') return teamId === undefined ? { scope } : undefined;
  return teamId === undefined ? undefined : { scope, teamId };
}

/** A token as people list it: never the token itself, which is told once. */
export interface ListedToken {
  readonly id: string;
  /** null: it is the organisation's. */
  readonly team: string | null;
  readonly scope: MachineScope;
  readonly label: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Makes a token; those that the team has already go on holding, so that installations can change over one by one. */
export async function createToken(
  database: Kysely<Tables>,
  wanted: NewToken,
  now: number,
): Promise<{ readonly id: string; readonly token: string }> {
  const { orgId, scope, label = '', expiresAt } = wanted;
  const token = `${PREFIX}${newSecret()}`;
  const id = randomUUID();
  await database
    .insertInto('machine_tokens')
    .values({
      org_id: orgId,
      id,
      team_id: wanted.scope === 'policy' ? null : wanted.teamId,
      scope,
      label,
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
  scope: TeamScope,
  now: number,
): Promise<Machine | undefined> {
  const found = await holding(database, token, scope, now);
  if (found === undefined || found.team_id === null) return undefined;
  return { orgId: found.org_id, teamId: found.team_id, tokenId: found.id };
}

/** Who publishes with this token, where it holds and is the organisation's. */
export async function publisherOf(
  database: Kysely<Tables>,
  token: string,
  now: number,
): Promise<Publisher | undefined> {
  const found = await holding(database, token, 'policy', now);
  if (found === undefined || found.team_id !== null) return undefined;
  return { orgId: found.org_id, tokenId: found.id, label: found.label };
}

async function holding(database: Kysely<Tables>, token: string, scope: MachineScope, now: number) {
  if (!TOKEN.test(token)) return undefined;
  const found = await database
    .selectFrom('machine_tokens')
    .select(['org_id', 'team_id', 'id', 'label', 'expires_at'])
    .where('hash', '=', hashOf(token))
    .where('scope', '=', scope)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  const isOver = found?.expires_at != null && found.expires_at.getTime() <= now;
  return isOver ? undefined : found;
}

/** The newest first. */
export async function listTokens(database: Kysely<Tables>, orgId: number): Promise<readonly ListedToken[]> {
  return database
    .selectFrom('machine_tokens')
    .leftJoin('teams', (join) =>
      join.onRef('teams.org_id', '=', 'machine_tokens.org_id').onRef('teams.id', '=', 'machine_tokens.team_id'),
    )
    .select([
      'machine_tokens.id as id',
      'teams.name as team',
      'scope',
      'label',
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
