import { sql } from 'kysely';
import { type FigureSource, tasksInView } from './atomSource.ts';
import { remembered } from './remembered.ts';
import { daysOfView, type TeamView } from './teamView.ts';

/** So many of each are offered to choose from. */
const MOST = 200;

export interface FoundChoices {
  readonly classes: readonly string[];
  /** `key:value`. */
  readonly labels: readonly string[];
}

/** The classes and labels that there are in the days of a view. */
export async function readChoices(source: FigureSource, { days }: TeamView): Promise<FoundChoices> {
  const rows = await remembered(source, ['choices', daysOfView({ days }, source.now)], async () => {
    const found = await sql<{ class: string; labels: Readonly<Record<string, string>> }>`
      SELECT DISTINCT class, labels FROM ${tasksInView(source, { days })} LIMIT 5000`.execute(source.database);
    return found.rows;
  });
  const classes = new Set(rows.map((row) => row.class).filter((one) => one !== ''));
  const labels = new Set(rows.flatMap((row) => Object.entries(row.labels).map(([key, value]) => `${key}:${value}`)));
  return { classes: [...classes].sort().slice(0, MOST), labels: [...labels].sort().slice(0, MOST) };
}
