import { type Kysely, sql, type Transaction } from 'kysely';
import type { BudgetPeriod } from '../../usage/leases/wire.ts';
import type { Tables } from '../store/tables.ts';
import type { BudgetLeaseTable } from './budgetTables.ts';

/** A lease as what changes it reads it. Amounts in nano-dollars. */
export interface LeaseRow {
  readonly id: string;
  readonly teamId: number;
  /** Whose budget it is from. */
  readonly budgetTeam: number;
  readonly name: string;
  readonly period: BudgetPeriod;
  readonly start: string;
  readonly amount: number;
  readonly expiresAt: Date;
  /** null: nobody has settled it. */
  readonly spent: number | null;
  readonly settledAt: Date | null;
  readonly settledBy: string | null;
  readonly tokenId: string | null;
  readonly claimed: number | null;
  readonly claim: BudgetLeaseTable['claim'];
  readonly takenBackAt: Date | null;
}

/** What a lease adds to its budget's period, which is locked until the transaction ends: always after the lease itself. */
interface Change {
  readonly committed: number;
  readonly settled: number;
  readonly beyond: number;
}

/** Reads a lease, and keeps others from changing it until the transaction ends. @param teamId undefined: of any team */
export async function lockLease(
  inOne: Transaction<Tables>,
  orgId: number,
  lease: string,
  teamId?: number,
): Promise<LeaseRow | undefined> {
  const { rows } = await sql<LeaseRow>`
    SELECT id, team_id AS "teamId", budget_team_id AS "budgetTeam", name, period, period_start::text AS start,
      amount_nano::float8 AS amount, expires_at AS "expiresAt", spent_nano::float8 AS spent, settled_at AS "settledAt",
      settled_by AS "settledBy", token_id AS "tokenId", claimed_nano::float8 AS claimed, claim,
      taken_back_at AS "takenBackAt"
    FROM budget_leases
    WHERE org_id = ${orgId} AND id = ${lease}::uuid AND (${teamId ?? null}::int IS NULL OR team_id = ${teamId ?? null}::int)
    FOR UPDATE`.execute(inOne);
  return rows[0];
}

/** What leases of the period came to beyond their amounts; nobody else changes it until the transaction ends. */
export async function lockPeriod(inOne: Transaction<Tables>, orgId: number, lease: LeaseRow): Promise<number> {
  const { rows } = await sql<{ beyond: number }>`
    SELECT beyond_nano::float8 AS beyond FROM budget_periods
    WHERE ${ofPeriod(orgId, lease)} FOR UPDATE`.execute(inOne);
  return rows[0]?.beyond ?? 0;
}

/** Adds what a lease has come to, more or less than before, to its budget's period. */
export async function addToPeriod(
  inOne: Kysely<Tables>,
  orgId: number,
  lease: LeaseRow,
  { committed, settled, beyond }: Change,
): Promise<void> {
  await sql`
    UPDATE budget_periods SET committed_nano = committed_nano + ${committed}::bigint,
      settled_nano = settled_nano + ${settled}::bigint, beyond_nano = beyond_nano + ${beyond}::bigint
    WHERE ${ofPeriod(orgId, lease)}`.execute(inOne);
}

function ofPeriod(orgId: number, { budgetTeam, name, period, start }: LeaseRow) {
  return sql`org_id = ${orgId} AND team_id = ${budgetTeam} AND name = ${name} AND period = ${period}
    AND period_start = ${start}::date`;
}

/** Of what a lease came to, what is more than its amount. */
export function beyondOf({ amount }: LeaseRow, spent: number): number {
  return Math.max(0, spent - amount);
}
