import { sql } from 'kysely';
import type { BudgetPeriod } from '../../usage/leases/wire.ts';
import { audit } from '../access/audit.ts';
import type { TeamServices } from '../services.ts';
import { type BudgetName, startOf } from './budgetAmount.ts';
import { WHOLE_ORG } from './budgetTables.ts';

/** A budget as the server counts it now. Amounts in nano-dollars. */
export interface TeamBudget {
  readonly name: string;
  readonly period: BudgetPeriod;
  /** undefined: the whole organisation's. */
  readonly team: { readonly id: number; readonly name: string } | undefined;
  readonly amountNanoUsd: number;
  /** Who has set it, or by which policy it is. */
  readonly by: { readonly kind: 'person'; readonly name: string } | { readonly kind: 'policy'; readonly name: string };
  /** When this period began: `2026-11-01`. */
  readonly since: string;
  /** Of leases that are settled. */
  readonly spentNanoUsd: number;
  /** Granted and not settled: counts as spent until it is. */
  readonly outNanoUsd: number;
}

/** Settled leases are kept for so long; their sums stay for ever. */
const KEPT_MS = 90 * 86_400_000;

/** Sets what a team, or the organisation, may spend. @param amountNanoUsd undefined: the budget is taken away */
export async function setTeamBudget(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  { orgId, teamId, name, period }: BudgetName,
  amountNanoUsd: number | undefined,
  who: string,
): Promise<void> {
  const at = now();
  await database.transaction().execute(async (inOne) => {
    if (amountNanoUsd === undefined) {
      await sql`DELETE FROM team_budgets
        WHERE org_id = ${orgId} AND team_id = ${teamId} AND name = ${name} AND period = ${period}`.execute(inOne);
    } else {
      await sql`INSERT INTO team_budgets (org_id, team_id, name, period, amount_nano, set_by, set_at)
        VALUES (${orgId}, ${teamId}, ${name}, ${period}, ${amountNanoUsd}, ${who}, ${new Date(at)})
        ON CONFLICT (org_id, team_id, name, period) DO UPDATE
        SET amount_nano = excluded.amount_nano, set_by = excluded.set_by, set_at = excluded.set_at`.execute(inOne);
    }
    const details = { budget: name, period, team: teamId === WHOLE_ORG ? null : teamId };
    const entry =
      amountNanoUsd === undefined
        ? { what: 'took a budget away', details }
        : { what: 'set a budget', details: { ...details, usd: amountNanoUsd / 1e9 } };
    await audit(inOne, { orgId, who, ...entry }, at);
  });
}

/** All budgets of an organisation and its teams, as they stand in the period that holds this moment. */
export async function listTeamBudgets(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  orgId: number,
): Promise<readonly TeamBudget[]> {
  const at = now();
  const { rows } = await sql<Listed>`
    WITH wanted AS (
      SELECT team_id, name, period, amount_nano, set_by AS by, false AS is_policy FROM team_budgets WHERE org_id = ${orgId}
      UNION ALL
      SELECT t.id, b.name, b.period, MIN(b.amount_nano), MIN(b.policy), true
      FROM policy_budgets b JOIN (
        SELECT id, 'team' AS per FROM teams WHERE org_id = ${orgId} UNION ALL SELECT ${WHOLE_ORG}::int, 'org'
      ) t ON t.per = b.per
      WHERE b.org_id = ${orgId} AND NOT EXISTS (
        SELECT 1 FROM team_budgets s
        WHERE s.org_id = ${orgId} AND s.team_id = t.id AND s.name = b.name AND s.period = b.period)
      GROUP BY 1, 2, 3
    )
    SELECT w.team_id AS "teamId", t.name AS team, w.name, w.period, w.amount_nano::float8 AS amount, w.by,
      w.is_policy AS "isPolicy", COALESCE(p.committed_nano, 0)::float8 AS committed,
      COALESCE(p.settled_nano, 0)::float8 AS settled
    FROM wanted w
    LEFT JOIN teams t ON t.org_id = ${orgId} AND t.id = w.team_id
    LEFT JOIN budget_periods p ON p.org_id = ${orgId} AND p.team_id = w.team_id AND p.name = w.name AND p.period = w.period
      AND p.period_start = CASE w.period WHEN 'day' THEN ${startOf('day', at)}::date
        WHEN 'week' THEN ${startOf('week', at)}::date WHEN 'month' THEN ${startOf('month', at)}::date
        ELSE ${startOf('ever', at)}::date END
    ORDER BY w.team_id, w.name, w.period`.execute(database);
  return rows.map((row) => ({
    name: row.name,
    period: row.period,
    team: row.teamId === WHOLE_ORG ? undefined : { id: row.teamId, name: row.team ?? '' },
    amountNanoUsd: row.amount,
    by: { kind: row.isPolicy ? 'policy' : 'person', name: row.by },
    since: startOf(row.period, at),
    spentNanoUsd: row.settled,
    outNanoUsd: row.committed - row.settled,
  }));
}

interface Listed {
  readonly teamId: number;
  readonly team: string | null;
  readonly name: string;
  readonly period: BudgetPeriod;
  readonly amount: number;
  readonly by: string;
  readonly isPolicy: boolean;
  readonly committed: number;
  readonly settled: number;
}

/** Forgets leases that were settled long ago. What they came to stays in the sums. @returns how many */
export async function forgetOldLeases({ database, now }: Pick<TeamServices, 'database' | 'now'>): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM budget_leases WHERE settled_at < ${new Date(now() - KEPT_MS)}`.execute(database);
  return Number(numAffectedRows ?? 0);
}
