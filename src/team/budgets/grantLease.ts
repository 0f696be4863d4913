import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { LeaseAnswer, LeaseWish, ServerStanding } from '../../usage/leases/wire.ts';
import { periodEnd } from '../../usage/periods.ts';
import type { Machine, TeamServices } from '../services.ts';
import { type BudgetName, budgetAmount, startOf } from './budgetAmount.ts';
import { WHOLE_ORG } from './budgetTables.ts';

/** How long a lease can be spent from. What is left of it comes back at the latest then, if its holder is there. */
export const LEASE_MS = 900_000;
/** Of what is left, one lease takes at most this part, beyond what a request needs: the last of a budget serves several. */
const PART_OF_REST = 8;

/** Two of one name came at once. */
const UNIQUE_VIOLATION = '23505';

/**
 * Grants an installation a part of a budget. What is granted and not settled counts as spent, whether its lease still holds or
 * not; the row of the budget's period is locked while it is changed, so that any number of servers never grant more than there is.
 * The same request again is answered with the same lease.
 *
 * @returns undefined: there is no such budget
 */
export async function grantLease(
  services: Pick<TeamServices, 'database' | 'now'>,
  machine: Machine,
  wish: LeaseWish,
): Promise<LeaseAnswer | undefined> {
  const { orgId, teamId } = machine;
  const budget = { orgId, teamId: wish.per === 'org' ? WHOLE_ORG : teamId, name: wish.budget, period: wish.period };
  const amount = await budgetAmount(services, budget);
  if (amount === undefined) return undefined;
  const asked = { machine, wish, budget, amount };
  try {
    const granted = await grant(services, asked);
    if (granted !== undefined) return granted;
    await beginPeriod(services, budget);
    return await grant(services, asked);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION)) throw error;
    return await before(services, machine, wish.request, amount);
  }
}

/** Nobody has asked in this period yet. */
async function beginPeriod(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  { orgId, teamId, name, period }: BudgetName,
): Promise<void> {
  await sql`INSERT INTO budget_periods (org_id, team_id, name, period, period_start)
    VALUES (${orgId}, ${teamId}, ${name}, ${period}, ${startOf(period, now())}::date)
    ON CONFLICT DO NOTHING`.execute(database);
}

interface Asked {
  readonly machine: Machine;
  readonly wish: LeaseWish;
  readonly budget: BudgetName;
  /** What the server allows; the wish may allow less. */
  readonly amount: number;
}

interface Granted {
  readonly id: string | null;
  readonly granted: number;
  readonly committed: number;
  readonly settled: number;
}

/** One statement: what is left is looked at, taken and given, or none of it. undefined: the period has no row yet. */
async function grant(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  { machine: { orgId, teamId, tokenId }, wish, budget, amount }: Asked,
): Promise<LeaseAnswer | undefined> {
  const limit = Math.min(amount, wish.mostNanoUsd);
  const at = now();
  const start = startOf(wish.period, at);
  const validForMs =
    wish.period === 'ever' ? LEASE_MS : Math.max(0, Math.min(LEASE_MS, periodEnd(at, wish.period) - at));
  const rest = sql`GREATEST(0, ${limit}::bigint - committed_nano)`;
  const share = sql`CASE WHEN ${rest} < ${wish.needNanoUsd}::bigint THEN 0
    ELSE LEAST(${rest}, GREATEST(${wish.needNanoUsd}::bigint, LEAST(${wish.wantedNanoUsd}::bigint, ${rest} / ${PART_OF_REST}))) END`;
  const { rows } = await sql<Granted>`
    WITH place AS (
      UPDATE budget_periods SET last_grant_nano = ${share}, committed_nano = committed_nano + ${share}
      WHERE org_id = ${orgId} AND team_id = ${budget.teamId} AND name = ${budget.name} AND period = ${budget.period}
        AND period_start = ${start}::date
      RETURNING last_grant_nano, committed_nano, settled_nano
    ), made AS (
      INSERT INTO budget_leases (org_id, team_id, id, request_id, budget_team_id, name, period, period_start, amount_nano,
        granted_at, expires_at, token_id)
      SELECT ${orgId}::int, ${teamId}::int, ${randomUUID()}::uuid, ${wish.request}::uuid, ${budget.teamId}::int,
        ${budget.name}::text, ${budget.period}::text, ${start}::date, last_grant_nano, ${new Date(at)}::timestamptz,
        ${new Date(at + validForMs)}::timestamptz, ${tokenId}::uuid
      FROM place WHERE last_grant_nano > 0 OR ${wish.evenEmpty}::boolean
      RETURNING id
    )
    SELECT made.id, last_grant_nano::float8 AS granted, committed_nano::float8 AS committed, settled_nano::float8 AS settled
    FROM place LEFT JOIN made ON true`.execute(database);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    ...(row.id === null ? {} : { lease: { id: row.id, amountNanoUsd: row.granted, validForMs } }),
    standing: standingOf(row, amount),
  };
}

/** What a request was answered with. */
async function before(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  { orgId, teamId }: Machine,
  request: string,
  amount: number,
): Promise<LeaseAnswer> {
  const { rows } = await sql<ServerRow & { id: string; amount: number; until: Date; isSettled: boolean }>`
    SELECT l.id, l.amount_nano::float8 AS amount, l.expires_at AS until, l.settled_at IS NOT NULL AS "isSettled",
      p.committed_nano::float8 AS committed, p.settled_nano::float8 AS settled
    FROM budget_leases l JOIN budget_periods p ON p.org_id = l.org_id AND p.team_id = l.budget_team_id AND p.name = l.name
      AND p.period = l.period AND p.period_start = l.period_start
    WHERE l.org_id = ${orgId} AND l.team_id = ${teamId} AND l.request_id = ${request}::uuid`.execute(database);
  const [row] = rows;
  if (row === undefined) throw new Error('A lease of this request was there, and is not.');
  const { id, until, isSettled } = row;
  const validForMs = Math.max(0, Math.min(LEASE_MS, until.getTime() - now()));
  return {
    // What was told already cannot be spent any more.
    ...(isSettled ? {} : { lease: { id, amountNanoUsd: row.amount, validForMs } }),
    standing: standingOf(row, amount),
  };
}

interface ServerRow {
  readonly committed: number;
  readonly settled: number;
}

/** Of the limit. What is granted goes by every nano-dollar; what is told does not, or a colleague's single request would show. */
const STEP = 0.05;

/** What installations are told: steps that are reached, so that what a policy does at one of them begins in time. */
export function standingOf({ committed, settled }: ServerRow, amount: number): ServerStanding {
  const step = Math.max(1, amount * STEP);
  const reached = (nanoUsd: number): number => Math.floor(Math.floor(nanoUsd / step) * step);
  return { limitNanoUsd: amount, settledNanoUsd: reached(settled), committedNanoUsd: reached(committed) };
}
