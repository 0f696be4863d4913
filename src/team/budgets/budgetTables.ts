import type { BudgetPeriod } from '../../usage/leases/wire.ts';

/** Stands for the whole organisation where a team's number would be: the numbers of teams begin at 1. */
export const WHOLE_ORG = 0;

/** What a team or the organisation may spend, as an admin has set it. Amounts in nano-dollars, as texts: they may be large. */
export interface TeamBudgetTable {
  org_id: number;
  /** {@link WHOLE_ORG}: the organisation's. */
  team_id: number;
  /** The budget's id, as policies have it. */
  name: string;
  period: BudgetPeriod;
  amount_nano: string;
  set_by: string;
  set_at: Date;
}

/** What was granted of one budget in one period. One row, so that those who ask at once wait for one another. */
export interface BudgetPeriodTable {
  org_id: number;
  team_id: number;
  name: string;
  period: BudgetPeriod;
  /** A day in UTC. */
  period_start: string;
  /** Of settled leases what was spent, of all others their whole amount. */
  committed_nano: string;
  /** Of settled leases what was spent. */
  settled_nano: string;
  /** Of settled leases what was spent beyond their amounts. */
  beyond_nano: string;
  /** What the newest grant came to, so that the statement that makes it can tell. */
  last_grant_nano: string;
}

/** An amount that one installation may spend. */
export interface BudgetLeaseTable {
  org_id: number;
  /** Of the installation. */
  team_id: number;
  id: string;
  /** Made by whoever asks: the same again is the same lease. */
  request_id: string;
  /** Whose budget it is from. */
  budget_team_id: number;
  name: string;
  period: BudgetPeriod;
  period_start: string;
  amount_nano: string;
  granted_at: Date;
  expires_at: Date;
  /** null until it is settled: until then it counts as spent in full. */
  spent_nano: string | null;
  settled_at: Date | null;
  /** Which token has taken it, and which has settled it. */
  token_id: string | null;
  settled_by: string | null;
  /** What was said of it, where that is more than what counted at once. */
  claimed_nano: string | null;
  /** What becomes of the difference. */
  claim: 'waiting' | 'accepted' | 'refused' | null;
  /** An admin has said that nothing of it counts. */
  taken_back_at: Date | null;
}

export interface BudgetTables {
  team_budgets: TeamBudgetTable;
  budget_periods: BudgetPeriodTable;
  budget_leases: BudgetLeaseTable;
}
