import { sql } from 'kysely';
import { type FigureSource, tasksInView } from './atomSource.ts';
import { remembered } from './remembered.ts';

/**
 * What went by the policy at list price, by `2026-11 provider`. A week that is of two months counts in the one that it ends
 * in.
 */
export async function routedByMonth(
  source: FigureSource,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ReadonlyMap<string, number>> {
  return remembered(source, ['routed', from, to], async () => {
    const { rows } = await sql<{ place: string; cost: number }>`
    SELECT to_char(to_day, 'YYYY-MM') || ' ' || provider AS place, coalesce(sum(cost), 0)::float8 AS cost
    FROM ${tasksInView(source, { days: { kind: 'custom', from, to } })} AND NOT simulated AND provider <> '' AND tasks > 0
    GROUP BY 1`.execute(source.database);
    return new Map(rows.map(({ place, cost }) => [place, cost]));
  });
}
