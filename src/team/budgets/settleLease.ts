import { sql } from 'kysely';
import type { BudgetPeriod, ServerStanding } from '../../usage/leases/wire.ts';
import type { Machine, TeamServices } from '../services.ts';
import { budgetAmount } from './budgetAmount.ts';
import { standingOf } from './grantLease.ts';

/**
 * Takes what a lease came to in the end: from now on that counts as spent instead of its amount, whether it is less or more. The
 * first word holds; the same again changes nothing.
 *
 * @returns undefined: the installation's team has no such lease
 */
export async function settleLease(
  services: Pick<TeamServices, 'database' | 'now'>,
  { orgId, teamId }: Machine,
  { lease, spentNanoUsd }: { readonly lease: string; readonly spentNanoUsd: number },
): Promise<ServerStanding | undefined> {
  const { database, now } = services;
  await sql`
    WITH done AS (
      UPDATE budget_leases SET spent_nano = ${spentNanoUsd}, settled_at = ${new Date(now())}
      WHERE org_id = ${orgId} AND team_id = ${teamId} AND id = ${lease}::uuid AND settled_at IS NULL
      RETURNING budget_team_id, name, period, period_start, amount_nano, spent_nano
    )
    UPDATE budget_periods p
    SET committed_nano = p.committed_nano - done.amount_nano + done.spent_nano,
      settled_nano = p.settled_nano + done.spent_nano
    FROM done
    WHERE p.org_id = ${orgId} AND p.team_id = done.budget_team_id AND p.name = done.name AND p.period = done.period
      AND p.period_start = done.period_start`.execute(database);
  const { rows } = await sql<Found>`
    SELECT l.budget_team_id AS "budgetTeam", l.name, l.period, p.committed_nano::float8 AS committed,
      p.settled_nano::float8 AS settled
    FROM budget_leases l JOIN budget_periods p ON p.org_id = l.org_id AND p.team_id = l.budget_team_id AND p.name = l.name
      AND p.period = l.period AND p.period_start = l.period_start
    WHERE l.org_id = ${orgId} AND l.team_id = ${teamId} AND l.id = ${lease}::uuid`.execute(database);
  const [row] = rows;
  if (row === undefined) return undefined;
  const budget = { orgId, teamId: row.budgetTeam, name: row.name, period: row.period };
  // A budget that was taken away since has nothing to give.
  return standingOf(row, (await budgetAmount(services, budget)) ?? 0);
}

interface Found {
  readonly budgetTeam: number;
  readonly name: string;
  readonly period: BudgetPeriod;
  readonly committed: number;
  readonly settled: number;
}
