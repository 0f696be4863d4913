import { totalsOf } from '../../usage/report/figures.ts';
import type { UsageTotals } from '../../usage/report/usageReport.ts';
import { asAttempts, type TeamTaskCell } from './taskFigures.ts';

/** What tasks came to: a week of them, a label, a team. */
export interface NamedTotals {
  readonly name: string;
  readonly totals: UsageTotals;
}

/** All of it; what is billed is the list price, because of tasks nothing else is known. */
export function teamTotals(cells: readonly TeamTaskCell[]): UsageTotals {
  return totalsOf(asAttempts(cells), cells);
}

/** Each part's, by a name; what cost most comes first. */
export function totalsByName(parts: ReadonlyMap<string, readonly TeamTaskCell[]>): readonly NamedTotals[] {
  return [...parts]
    .map(([name, cells]) => ({ name, totals: teamTotals(cells) }))
    .sort((a, b) => b.totals.costNanoUsd - a.totals.costNanoUsd || (a.name < b.name ? -1 : 1));
}
