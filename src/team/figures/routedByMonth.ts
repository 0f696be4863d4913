import { sql } from 'kysely';
import { dayName } from '../../usage/report/dayRange.ts';
import { type FigureSource, tasksInView } from './atomSource.ts';
import { SHOWS_EVERYONE } from './leastPersons.ts';
import { addUp, keyColumn, type SheetColumn } from './sheets/addUp.ts';
import { taskSheets } from './sheets/sheetFamilies.ts';

/** `2026-11`: the month that a row ends in. */
const monthColumn: SheetColumn = { kind: 'days', of: (_from, to) => dayName(to).slice(0, 7) };

/**
 * What went by the policy at list price, by `2026-11 provider`. A week that is of two months counts in the one that it ends
 * in.
 */
export async function routedByMonth(
  source: FigureSource,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ReadonlyMap<string, number>> {
  const days = { kind: 'custom', from, to } as const;
  if (source.leastPersons === SHOWS_EVERYONE) return queryRoutedByMonth(source, days);
  const groups = await addUp(
    source,
    [taskSheets],
    { days },
    {
      by: [
        ['month', monthColumn],
        ['provider', keyColumn('provider')],
      ],
      where: ({ simulated, provider }, at) => simulated?.[at] === false && provider?.[at] !== '',
    },
    true,
  );
  return new Map(groups.map(({ named, sums }) => [`${named['month']} ${named['provider']}`, sums['cost'] ?? 0]));
}

/** The same by the database, of all rows that there are. */
export async function queryRoutedByMonth(
  source: FigureSource,
  days: { readonly kind: 'custom'; readonly from: string; readonly to: string },
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ place: string; cost: number }>`
    SELECT to_char(to_day, 'YYYY-MM') || ' ' || provider AS place, coalesce(sum(cost), 0)::float8 AS cost
    FROM ${tasksInView(source, { days })} AND NOT simulated AND provider <> '' AND tasks > 0
    GROUP BY 1`.execute(source.database);
  return new Map(rows.map(({ place, cost }) => [place, cost]));
}
