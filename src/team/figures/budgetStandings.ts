import type { BudgetStanding } from '../../usage/report/usageReport.ts';
import { listTeamBudgets, type TeamBudget } from '../budgets/teamBudgets.ts';
import type { TeamServices } from '../services.ts';
import type { FigureSource } from './atomSource.ts';
import { SHOWS_EVERYONE } from './leastPersons.ts';

/** Of the limit. */
const STEP = 0.05;

/**
 * How budgets stand. What is spent of them is counted as it is spent, person by person, so it is told in steps that single
 * requests do not show in.
 *
 * @param team undefined: the organisation's own, and those of all teams
 */
export async function teamBudgetStandings(
  services: Pick<TeamServices, 'database' | 'now'>,
  { orgId, leastPersons }: Pick<FigureSource, 'orgId' | 'leastPersons'>,
  team: number | undefined,
): Promise<readonly BudgetStanding[]> {
  const budgets = await listTeamBudgets(services, orgId);
  return budgets
    .filter((budget) => team === undefined || budget.team === undefined || budget.team.id === team)
    .map((budget) => standingOf(budget, leastPersons));
}

function standingOf(budget: TeamBudget, leastPersons: number): BudgetStanding {
  const { name, period, team, amountNanoUsd: limit, spentNanoUsd, outNanoUsd } = budget;
  const isExact = leastPersons === SHOWS_EVERYONE;
  return {
    id: name,
    per: team === undefined ? 'organisation' : 'team',
    ...(period !== 'ever' && { period }),
    ...(team !== undefined && { of: team.name }),
    limitNanoUsd: limit,
    spentNanoUsd: isExact ? spentNanoUsd : inSteps(spentNanoUsd + outNanoUsd, limit),
    reservedNanoUsd: isExact ? outNanoUsd : 0,
    steps: [],
  };
}

/** Rounded up, so that nothing seems left that is not. */
export function inSteps(spentNanoUsd: number, limitNanoUsd: number): number {
  const step = limitNanoUsd * STEP;
  return step <= 0 ? 0 : Math.ceil(spentNanoUsd / step) * step;
}
