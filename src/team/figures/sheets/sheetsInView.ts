import type { Kysely } from 'kysely';
import type { Tables } from '../../store/tables.ts';
import type { FigureSource } from '../atomSource.ts';
import { daysOfView, type TeamView } from '../teamView.ts';
import { dayNumber, firstDayOf, weekOf } from '../weeks.ts';
import { makeSheet } from './makeSheets.ts';
import { readSheet, type Sheet, sizeOf } from './sheet.ts';
import type { SheetFamily } from './sheetFamilies.ts';

/** A sheet, and which of its rows a view has. */
export interface SheetInView extends Sheet {
  readonly week: number;
  /** Days of its week, counted from the first; a row is in the view where all of it is of these. */
  readonly first: number;
  readonly last: number;
}

/** So many bytes of sheets are kept in memory; of a large organisation those of a week take some megabytes. */
const MOST_BYTES = 96 * 1024 * 1024;
const LAST_DAY = 6;

interface Kept {
  /** Of what it is: the sheet of another version takes its place. */
  readonly of: string;
  readonly sheet: Promise<Sheet>;
  /** 0 until it is read. */
  bytes: number;
}

const known = new WeakMap<Kysely<Tables>, Map<string, Kept>>();

/**
 * What is published of the days of a view, in one kind of atoms: a sheet for each week in which there is anything. Sheets that were
 * read are kept for as long as nothing more is published of their weeks, those that were asked for last.
 *
 * @param byDay days are to be told apart; else they are only where a view has part of a week
 */
export async function sheetsInView(
  source: FigureSource,
  family: SheetFamily,
  view: Pick<TeamView, 'days'>,
  byDay = false,
): Promise<readonly SheetInView[]> {
  const { from, to } = daysOfView(view, source.now);
  const [first, last] = [dayNumber(from), dayNumber(to)];
  const standings = await source.database
    .selectFrom('figure_weeks')
    .select(['week', 'decided_through', 'version'])
    .where('org_id', '=', source.orgId)
    .where('week', '>=', weekOf(first))
    .where('week', '<=', weekOf(last))
    .orderBy('week')
    .execute();
  return Promise.all(
    standings.map(async ({ week, decided_through: through, version }) => {
      const begin = firstDayOf(week);
      const isWhole = begin >= first && dayNumber(through) <= last;
      const sheet = await keptSheet(source, family, week, version, isWhole && !byDay ? 'whole' : 'by_day');
      return { ...sheet, week, first: Math.max(0, first - begin), last: isWhole ? LAST_DAY : last - begin };
    }),
  );
}

function keptSheet(
  { database, orgId, leastPersons }: FigureSource,
  family: SheetFamily,
  week: number,
  version: string,
  grain: 'whole' | 'by_day',
): Promise<Sheet> {
  const sheets = known.get(database) ?? new Map<string, Kept>();
  known.set(database, sheets);
  const place = JSON.stringify([orgId, family.name, week, grain]);
  const of = JSON.stringify([version, leastPersons]);
  const found = sheets.get(place);
  sheets.delete(place);
  const kept: Kept =
    found?.of === of
      ? found
      : { of, bytes: 0, sheet: loaded(database, family, { orgId, week, leastPersons, version }, grain) };
  // What was asked for last is forgotten last.
  sheets.set(place, kept);
  if (kept !== found) {
    kept.sheet.then(
      (sheet) => {
        kept.bytes = sizeOf(sheet);
        forgetOldest(sheets);
      },
      () => sheets.get(place) === kept && sheets.delete(place), // whoever asked is told; the next one reads anew
    );
  }
  return kept.sheet;
}

function forgetOldest(sheets: Map<string, Kept>): void {
  let bytes = [...sheets.values()].reduce((sum, kept) => sum + kept.bytes, 0);
  for (const [place, kept] of sheets) {
    if (bytes <= MOST_BYTES || sheets.size === 1) return;
    sheets.delete(place);
    bytes -= kept.bytes;
  }
}

async function loaded(
  database: Kysely<Tables>,
  family: SheetFamily,
  place: { readonly orgId: number; readonly week: number; readonly leastPersons: number; readonly version: string },
  grain: 'whole' | 'by_day',
): Promise<Sheet> {
  const written =
    (await database
      .selectFrom('figure_sheets')
      .select(['keys', `${grain} as facts`])
      .where('org_id', '=', place.orgId)
      .where('week', '=', place.week)
      .where('family', '=', family.name)
      .where('version', '=', place.version)
      .where('least_persons', '=', place.leastPersons)
      .executeTakeFirst()) ?? (await made(database, family, place, grain));
  return readSheet(written.keys, written.facts);
}

/** Nobody has added it up since more was published: that is done now. */
async function made(
  database: Kysely<Tables>,
  family: SheetFamily,
  place: { readonly orgId: number; readonly week: number; readonly leastPersons: number },
  grain: 'whole' | 'by_day',
): Promise<{ readonly keys: string; readonly facts: string }> {
  const sheet = await makeSheet(database, family, place);
  if (sheet === undefined) throw new Error('A week of which figures are published is not there any more.');
  return { keys: sheet.keys, facts: sheet[grain] };
}
