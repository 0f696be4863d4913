import { totalsOf } from '../../usage/report/figures.ts';
import type { UsageTotals } from '../../usage/report/usageReport.ts';
import { asAttempts, type TeamTaskCell } from './taskFigures.ts';

/** What is known of tasks; of calls the server tells no number that could be set against theirs. */
export type TeamTotals = Omit<UsageTotals, 'attempts' | 'requests' | 'billedNanoUsd' | 'fallbacks' | 'refusals'>;

/** What tasks came to: a week of them, a label, a team. */
export interface NamedTotals {
  readonly name: string;
  readonly totals: TeamTotals;
}

/** All of it. */
export function teamTotals(cells: readonly TeamTaskCell[]): TeamTotals {
  const { attempts, requests, billedNanoUsd, fallbacks, refusals, ...told } = totalsOf(asAttempts(cells), cells);
  return told;
}

/** Each part's, by a name; what cost most comes first. */
export function totalsByName(parts: ReadonlyMap<string, readonly TeamTaskCell[]>): readonly NamedTotals[] {
  return [...parts]
    .map(([name, cells]) => ({ name, totals: teamTotals(cells) }))
    .sort((a, b) => b.totals.costNanoUsd - a.totals.costNanoUsd || (a.name < b.name ? -1 : 1));
}
