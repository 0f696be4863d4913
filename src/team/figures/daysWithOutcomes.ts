import { sql } from 'kysely';
import { type FigureSource, tasksInView } from './atomSource.ts';
import { SHOWS_EVERYONE } from './leastPersons.ts';
import { addUp } from './sheets/addUp.ts';
import { isInView } from './sheets/isInView.ts';
import { outcomeSheets } from './sheets/sheetFamilies.ts';
import type { TeamView } from './teamView.ts';

/** How many days of a view it is told of what became of their tasks: from the first to the last of them. */
export async function daysWithOutcomes(source: FigureSource, view: TeamView): Promise<number> {
  if (source.leastPersons === SHOWS_EVERYONE) return queryDaysWithOutcomes(source, view);
  const [all] = await addUp(source, [outcomeSheets], view, { by: [], where: isInView(view) });
  return all === undefined ? 0 : all.to - all.from + 1;
}

/** The same by the database, of all rows that there are. */
export async function queryDaysWithOutcomes(source: FigureSource, view: TeamView): Promise<number> {
  const { rows } = await sql<{ days: number | null }>`
    SELECT max(to_day) - min(from_day) + 1 AS days FROM ${tasksInView(source, view)}
      AND tasks_success + tasks_failure + tasks_unknown + tasks_unjudged > 0`.execute(source.database);
  return rows[0]?.days ?? 0;
}
