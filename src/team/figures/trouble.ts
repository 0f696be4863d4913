import { sql } from 'kysely';
import { compare } from '../../usage/report/grouped.ts';
import type { FallbackCount, RefusalCount } from '../../usage/report/usageReport.ts';
import { type FigureSource, troubleInView } from './atomSource.ts';
import { SHOWS_EVERYONE } from './leastPersons.ts';
import { addUp, keyColumn, type SheetColumn } from './sheets/addUp.ts';
import { isInView } from './sheets/isInView.ts';
import { troubleSheets } from './sheets/sheetFamilies.ts';
import type { TeamView } from './teamView.ts';

/** Calls that failed. */
export interface FailureCount {
  readonly target: string;
  /** A provider failure kind. */
  readonly failure: string;
  readonly times: number;
}

/** Calls of a model that somebody asked for instead of the policy's own choice. */
export interface OverrideCount {
  readonly by: 'person' | 'client';
  readonly class: string;
  readonly target: string;
  readonly times: number;
}

/** What did not go straight, the most frequent first. An empty text is what is not told apart, because too few were met by it. */
export interface TeamTrouble {
  readonly fallbacks: readonly FallbackCount[];
  readonly refusals: readonly RefusalCount[];
  readonly failures: readonly FailureCount[];
  readonly overrides: readonly OverrideCount[];
}

interface TroubleRow {
  readonly what: 'refusal' | 'fallback' | 'failure' | 'override';
  readonly class: string;
  readonly rule: string;
  readonly outcome: string;
  readonly failed_target: string;
  readonly target: string;
  readonly failure: string;
  readonly times: number;
}

/** Of overrides alone the class is asked for: of the rest the reasons are. */
export async function readTrouble(source: FigureSource, view: TeamView): Promise<TeamTrouble> {
  const rows =
    source.leastPersons === SHOWS_EVERYONE ? await queryTrouble(source, view) : await sumTrouble(source, view);
  const of = (what: TroubleRow['what']): readonly TroubleRow[] => rows.filter((row) => row.what === what);
  return {
    fallbacks: of('fallback').map(({ failed_target: from, target: to, times }) => ({ from, to, count: times })),
    refusals: of('refusal').map(({ rule, outcome, times }) => ({
      rule,
      outcome: outcome === 'blocked' ? 'blocked' : 'unserved',
      count: times,
    })),
    failures: of('failure').map(({ target, failure, times }) => ({ target, failure, times })),
    overrides: of('override').map(({ outcome, class: ofClass, target, times }) => ({
      by: outcome === 'person' ? 'person' : 'client',
      class: ofClass,
      target,
      times,
    })),
  };
}

const words = ['what', 'class', 'rule', 'outcome', 'failed_target', 'target', 'failure'] as const;

const classOfOverride: SheetColumn = {
  kind: 'key',
  of: (keys, at) => (keys['what']?.[at] === 'override' ? (keys['class']?.[at] ?? '') : ''),
};

/** What is published of it, from sheets. */
export async function sumTrouble(source: FigureSource, view: TeamView): Promise<readonly TroubleRow[]> {
  const groups = await addUp(source, [troubleSheets], view, {
    by: words.map((name) => [name, name === 'class' ? classOfOverride : keyColumn(name)] as const),
    where: isInView(view),
  });
  // The words of a sheet are what the columns of its table have.
  const rows = groups.map(({ named, sums }) => ({ times: 0, ...sums, ...named }) as unknown as TroubleRow);
  const place = (row: TroubleRow): string => words.map((name) => row[name]).join('\0');
  return rows.sort((a, b) => b.times - a.times || compare(place(a), place(b)));
}

/** The same by the database, of all rows that there are. */
export async function queryTrouble(source: FigureSource, view: TeamView): Promise<readonly TroubleRow[]> {
  const { rows } = await sql<TroubleRow>`
    SELECT what, CASE WHEN what = 'override' THEN class ELSE '' END AS class, rule, outcome, failed_target, target, failure,
      sum(times)::float8 AS times
    FROM ${troubleInView(source, view)}
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    ORDER BY times DESC, what, class, rule, outcome, failed_target, target, failure`.execute(source.database);
  return rows;
}
