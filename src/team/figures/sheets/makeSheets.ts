import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from '../../store/tables.ts';
import { leastPersonsOf, SHOWS_EVERYONE } from '../leastPersons.ts';
import { weekName } from '../weeks.ts';
import { slotSql } from './sheet.ts';
import { type SheetFamily, sheetFamilies } from './sheetFamilies.ts';

/** Which sheet. */
export interface SheetPlace {
  readonly orgId: number;
  /** See {@link ../weeks.ts weekOf}. */
  readonly week: number;
  /** That each figure in it is of, at least. */
  readonly leastPersons: number;
}

/** A sheet as it is kept: see {@link ./sheet.ts}. */
export interface WrittenSheet {
  /** Of what was published of the week: {@link ../figureTables.ts FigureWeekTable}. */
  readonly version: string;
  readonly keys: string;
  readonly whole: string;
  readonly by_day: string;
}

/**
 * Adds up what is published of each week, where that was not done since more was. A sheet has nothing of its own: it is made of
 * atoms, of those that may be shown, and can be made again at any time; whoever misses one makes it.
 */
export async function makeSheets(database: Kysely<Tables>): Promise<void> {
  const orgs = await database.selectFrom('orgs').select('id').orderBy('id').execute();
  for (const { id: orgId } of orgs) {
    const leastPersons = await leastPersonsOf(database, orgId);
    if (leastPersons === SHOWS_EVERYONE) continue;
    for (const family of sheetFamilies) {
      for (const week of await weeksWithout(database, family, orgId, leastPersons)) {
        await makeSheet(database, family, { orgId, week, leastPersons });
      }
    }
  }
}

/** The newest first: that is what most look at. */
async function weeksWithout(
  database: Kysely<Tables>,
  { name }: SheetFamily,
  orgId: number,
  leastPersons: number,
): Promise<readonly number[]> {
  const rows = await database
    .selectFrom('figure_weeks as w')
    .leftJoin('figure_sheets as s', (join) =>
      join
        .onRef('s.org_id', '=', 'w.org_id')
        .onRef('s.week', '=', 'w.week')
        .onRef('s.version', '=', 'w.version')
        .on('s.family', '=', name)
        .on('s.least_persons', '=', leastPersons),
    )
    .select('w.week')
    .where('w.org_id', '=', orgId)
    .where('s.week', 'is', null)
    .orderBy('w.week', 'desc')
    .execute();
  return rows.map(({ week }) => week);
}

/**
 * Adds up what is published of a week, in one statement: what it reads is of one moment.
 *
 * @returns undefined: nothing is published of that week
 */
export async function makeSheet(
  database: Kysely<Tables>,
  { name, table, keys, sums, histograms }: SheetFamily,
  { orgId, week, leastPersons }: SheetPlace,
): Promise<WrittenSheet | undefined> {
  const first = sql`${weekName(week)}::date`;
  const named = (columns: readonly string[]): RawBuilder<unknown> => sql.join(columns.map((column) => sql.ref(column)));
  const added = sums.map((sum) => sql`sum(${sql.ref(sum)})::float8 AS ${sql.ref(sum)}`);
  const facts = ['key', 'from', 'to', ...sums];
  const { rows } = await sql<WrittenSheet>`
    WITH atoms AS MATERIALIZED (
      SELECT dense_rank() OVER (ORDER BY ${named(keys)}) - 1 AS key,
        row_number() OVER (ORDER BY ${named(keys)}, from_day, to_day, atom) - 1 AS row,
        from_day - ${first} AS "from", to_day - ${first} AS "to", ${named([...keys, ...sums, ...histograms])}
      FROM ${sql.table(table)}
      WHERE org_id = ${orgId} AND persons >= ${leastPersons} AND from_day >= ${first} AND to_day BETWEEN ${first} AND ${first} + 6
    ), alike AS (
      SELECT key, ${named(keys)} FROM atoms GROUP BY key, ${named(keys)} ORDER BY key
    ), whole AS (
      SELECT ${sql.join([sql`key, min("from") AS "from", max("to") AS "to"`, ...added])} FROM atoms GROUP BY key ORDER BY key
    ), by_day AS (
      SELECT ${named(facts)} FROM atoms ORDER BY row
    )
    INSERT INTO figure_sheets (org_id, week, family, version, least_persons, keys, whole, by_day)
    SELECT org_id, week, ${name}, version, ${leastPersons}, ${columnsOf('alike', keys)}::text,
      json_build_object('facts', ${columnsOf('whole', facts)}, 'histograms', ${bucketsOf(histograms, sql`key`)})::text,
      json_build_object('facts', ${columnsOf('by_day', facts)}, 'histograms', ${bucketsOf(histograms, sql`row`)})::text
    FROM figure_weeks WHERE org_id = ${orgId} AND week = ${week}
    ON CONFLICT (org_id, week, family) DO UPDATE SET version = excluded.version, least_persons = excluded.least_persons,
      keys = excluded.keys, whole = excluded.whole, by_day = excluded.by_day
    RETURNING version, keys, whole, by_day`.execute(database);
  return rows[0];
}

/** A relation as an object of columns, in its order. */
function columnsOf(relation: string, columns: readonly string[]): RawBuilder<unknown> {
  const each = columns.map((column) => sql`${sql.lit(column)}, coalesce(json_agg(${sql.ref(column)}), '[]'::json)`);
  return sql`(SELECT json_build_object(${sql.join(each)}) FROM ${sql.table(relation)})`;
}

/** Histograms, a row for each bucket in which there is something. @param row which of the facts it is of */
function bucketsOf(histograms: readonly string[], row: RawBuilder<unknown>): RawBuilder<unknown> {
  const each = histograms.map(
    (histogram) => sql`${sql.lit(histogram)}, (
      SELECT json_build_object('row', coalesce(json_agg(row), '[]'::json), 'slot', coalesce(json_agg(slot), '[]'::json),
        'calls', coalesce(json_agg(calls), '[]'::json))
      FROM (
        SELECT ${row} AS row, ${slotSql(sql`bucket`)} AS slot, sum(calls::float8) AS calls
        FROM atoms, jsonb_each_text(${sql.ref(histogram)}) AS b (bucket, calls) GROUP BY 1, 2 ORDER BY 1, 2
      ) AS counted
    )`,
  );
  return sql`json_build_object(${sql.join(each)})`;
}
