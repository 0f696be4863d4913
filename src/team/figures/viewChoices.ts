import { sql } from 'kysely';
import { type FigureSource, tasksInView } from './atomSource.ts';
import { SHOWS_EVERYONE } from './leastPersons.ts';
import { readTaskSums } from './taskFigures.ts';
import type { TeamView } from './teamView.ts';

/** So many of each are offered to choose from. */
const MOST = 200;

export interface FoundChoices {
  readonly classes: readonly string[];
  /** `key:value`. */
  readonly labels: readonly string[];
}

interface Found {
  readonly class?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The classes and labels that there are in the days of a view. */
export async function readChoices(source: FigureSource, { days }: TeamView): Promise<FoundChoices> {
  const rows =
    source.leastPersons === SHOWS_EVERYONE
      ? await queryChoices(source, days)
      : await readTaskSums(source, { days }, ['class', 'labels']);
  const classes = new Set(rows.map((row) => row.class ?? '').filter((one) => one !== ''));
  const labels = new Set(
    rows.flatMap((row) => Object.entries(row.labels ?? {}).map(([key, value]) => `${key}:${value}`)),
  );
  return { classes: [...classes].sort().slice(0, MOST), labels: [...labels].sort().slice(0, MOST) };
}

async function queryChoices(source: FigureSource, days: TeamView['days']): Promise<readonly Found[]> {
  const { rows } = await sql<Found>`
    SELECT DISTINCT class, labels FROM ${tasksInView(source, { days })} LIMIT 5000`.execute(source.database);
  return rows;
}
