import { sql } from 'kysely';
import type { BudgetPeriod } from '../../usage/leases/wire.ts';
import { periodStart, utcDay } from '../../usage/periods.ts';
import type { TeamServices } from '../services.ts';
import { WHOLE_ORG } from './budgetTables.ts';

/** Which budget, of whom. */
export interface BudgetName {
  readonly orgId: number;
  /** {@link WHOLE_ORG}: the organisation's. */
  readonly teamId: number;
  readonly name: string;
  readonly period: BudgetPeriod;
}

/** The day on which the period that holds a moment began, in UTC; what counts for ever began on the first day there was. */
export function startOf(period: BudgetPeriod, at: number): string {
  return utcDay(period === 'ever' ? 0 : periodStart(at, period));
}

/**
 * What a budget may come to, in nano-dollars: what an admin has set, else what a policy that this server hands out says. Of several
 * policies the least. undefined: there is no such budget.
 */
export async function budgetAmount(
  { database }: Pick<TeamServices, 'database'>,
  { orgId, teamId, name, period }: BudgetName,
): Promise<number | undefined> {
  const { rows } = await sql<{ amount: number | null }>`
    SELECT COALESCE(
      (SELECT amount_nano FROM team_budgets
        WHERE org_id = ${orgId} AND team_id = ${teamId} AND name = ${name} AND period = ${period}),
      (SELECT MIN(amount_nano) FROM policy_budgets
        WHERE org_id = ${orgId} AND name = ${name} AND period = ${period}
          AND per = ${teamId === WHOLE_ORG ? 'org' : 'team'})
    )::float8 AS amount`.execute(database);
  return rows[0]?.amount ?? undefined;
}
