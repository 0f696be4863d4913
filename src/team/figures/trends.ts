import { dayName } from '../../usage/report/dayRange.ts';
import type { UsageDay } from '../../usage/report/usageReport.ts';
import type { TeamTaskCell } from './taskFigures.ts';
import { type TeamTotals, teamTotals } from './teamTotals.ts';
import { dayNumber, weekName, weekOf } from './weeks.ts';

export interface TeamWeek {
  /** Its first day, a Thursday. */
  readonly from: string;
  readonly totals: TeamTotals;
}

/** Weeks without gaps, the oldest first. @param parts by the week's number */
export function teamWeeks(
  parts: ReadonlyMap<string, readonly TeamTaskCell[]>,
  { from, to }: { readonly from: string; readonly to: string },
): readonly TeamWeek[] {
  const [first, last] = [weekOf(dayNumber(from)), weekOf(dayNumber(to))];
  const known = [...parts.keys()].map(Number);
  const begin = Math.max(first, Math.min(...known, last));
  return Array.from({ length: Math.max(0, last - begin + 1) }, (_, place) => ({
    from: weekName(begin + place),
    totals: teamTotals(parts.get(String(begin + place)) ?? []),
  }));
}

/** What a day cost. What became of its tasks is rarely told by the day. */
export interface TeamDay extends Omit<UsageDay, 'requests' | 'successes'> {
  readonly tasks: number;
}

/** Days without gaps, the oldest first, of what can be told by the day. @param parts by day; the empty name: by the week alone */
export function teamDays(
  parts: ReadonlyMap<string, readonly TeamTaskCell[]>,
  { from, to }: { readonly from: string; readonly to: string },
): readonly TeamDay[] {
  const [first, last] = [dayNumber(from), dayNumber(to)];
  const known = [...parts.keys()].filter((name) => name !== '').map(dayNumber);
  if (known.length === 0) return [];
  const begin = Math.max(first, Math.min(...known));
  return Array.from({ length: Math.max(0, last - begin + 1) }, (_, place) => {
    const day = dayName(begin + place);
    const { costNanoUsd, simulatedNanoUsd, unpriced, tasks } = teamTotals(parts.get(day) ?? []);
    return { day, costNanoUsd, simulatedNanoUsd, unpriced, tasks };
  });
}
