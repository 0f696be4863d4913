import { sql, type Transaction } from 'kysely';
import type { ServerStanding } from '../../usage/leases/wire.ts';
import { audit } from '../access/audit.ts';
import type { Machine, TeamServices } from '../services.ts';
import type { Tables } from '../store/tables.ts';
import { budgetAmount } from './budgetAmount.ts';
import { standingOf } from './grantLease.ts';
import { addToPeriod, beyondOf, type LeaseRow, lockLease, lockPeriod } from './leaseRows.ts';
import { countedAtOnce } from './settlementBound.ts';

interface Settlement {
  readonly lease: string;
  readonly spentNanoUsd: number;
}

/**
 * Takes what a lease came to in the end: from now on that counts as spent instead of its amount, whether it is less or more. The
 * first word holds; the same again changes nothing. What is more than {@link countedAtOnce} counts once an admin has accepted it,
 * as does what is told of a lease that was taken back before.
 *
 * @returns undefined: the installation's team has no such lease
 */
export async function settleLease(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  machine: Machine,
  settlement: Settlement,
): Promise<ServerStanding | undefined> {
  const { orgId, teamId } = machine;
  return database.transaction().execute(async (inOne) => {
    const lease = await lockLease(inOne, orgId, settlement.lease, teamId);
    if (lease === undefined) return undefined;
    const { budgetTeam, name, period } = lease;
    // A budget that was taken away since has nothing to give.
    const limit = (await budgetAmount({ database: inOne }, { orgId, teamId: budgetTeam, name, period })) ?? 0;
    const isOpen = lease.settledAt === null || (lease.takenBackAt !== null && lease.settledBy === null);
    if (isOpen) await take(inOne, machine, lease, { ...settlement, limit, at: now() });
    return standing(inOne, orgId, lease, limit);
  });
}

async function take(
  inOne: Transaction<Tables>,
  { orgId, tokenId }: Machine,
  lease: LeaseRow,
  { spentNanoUsd, limit, at }: Settlement & { readonly limit: number; readonly at: number },
): Promise<void> {
  const { amount } = lease;
  const beyond = await lockPeriod(inOne, orgId, lease);
  const isTakenBack = lease.takenBackAt !== null;
  const counted = isTakenBack ? 0 : countedAtOnce(spentNanoUsd, { amount, limit, beyond });
  const isClaim = spentNanoUsd > counted;
  await sql`UPDATE budget_leases SET spent_nano = ${counted}, settled_at = ${new Date(at)}, settled_by = ${tokenId}::uuid,
      claimed_nano = ${isClaim ? spentNanoUsd : null}, claim = ${isClaim ? 'waiting' : null}
    WHERE org_id = ${orgId} AND team_id = ${lease.teamId} AND id = ${lease.id}::uuid`.execute(inOne);
  await addToPeriod(inOne, orgId, lease, {
    committed: counted - (isTakenBack ? 0 : amount),
    settled: counted,
    beyond: beyondOf(lease, counted),
  });
  if (!isClaim) return;
  const usd = { lease: amount / 1e9, said: spentNanoUsd / 1e9, counted: counted / 1e9 };
  await audit(
    inOne,
    {
      orgId,
      who: `token ${tokenId}`,
      what: 'claimed more than a lease may come to',
      details: {
        token: tokenId,
        team: lease.teamId,
        lease: lease.id,
        budget: lease.name,
        leaseUsd: usd.lease,
        saidUsd: usd.said,
        countedUsd: usd.counted,
      },
    },
    at,
  );
}

async function standing(
  inOne: Transaction<Tables>,
  orgId: number,
  { budgetTeam, name, period, start }: LeaseRow,
  limit: number,
): Promise<ServerStanding> {
  const { rows } = await sql<{ readonly committed: number; readonly settled: number }>`
    SELECT committed_nano::float8 AS committed, settled_nano::float8 AS settled FROM budget_periods
    WHERE org_id = ${orgId} AND team_id = ${budgetTeam} AND name = ${name} AND period = ${period}
      AND period_start = ${start}::date`.execute(inOne);
  return standingOf(rows[0] ?? { committed: 0, settled: 0 }, limit);
}
