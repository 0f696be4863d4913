import type { Kysely, Selectable } from 'kysely';
import type { Tables } from '../../store/tables.ts';
import type { FigureSource } from '../atomSource.ts';
import type { FigureWeekTable } from '../figureTables.ts';
import { daysOfView, type TeamView } from '../teamView.ts';
import { dayNumber, firstDayOf, weekOf } from '../weeks.ts';
import { type FewAtOnce, fewAtOnce } from './fewAtOnce.ts';
import { inPieces } from './inPieces.ts';
import { type KeptSheets, keptSheets } from './keptSheets.ts';
import { makeSheet } from './makeSheets.ts';
import { readSheet, type Sheet } from './sheet.ts';
import type { SheetFamily } from './sheetFamilies.ts';

/** A sheet, and which of its rows a view has. */
export interface SheetInView extends Sheet {
  readonly week: number;
  /** Days of its week, counted from the first; a row is in the view where all of it is of these. */
  readonly first: number;
  readonly last: number;
}

type Standing = Pick<Selectable<FigureWeekTable>, 'week' | 'decided_through' | 'version'>;

/** So many bytes of sheets are kept in memory; of a large organisation those of a week take some megabytes. */
const MOST_BYTES = 96 * 1024 * 1024;
/**
 * So many sheets are read and added up at once for all who look, however many weeks they look at. It bounds what they have in hand
 * beside what is kept, and how many of the database's connections they take from leases and from events that come in.
 */
const MOST_AT_ONCE = 2;
const LAST_DAY = 6;

interface Shared {
  readonly fewAtOnce: FewAtOnce;
  readonly kept: KeptSheets;
}

const shared = new WeakMap<Kysely<Tables>, Shared>();

function sharedOf(database: Kysely<Tables>): Shared {
  const found = shared.get(database) ?? { fewAtOnce: fewAtOnce(MOST_AT_ONCE), kept: keptSheets(MOST_BYTES) };
  shared.set(database, found);
  return found;
}

/**
 * What is published of the days of a view, in one kind of atoms: a sheet for each week in which there is anything, one after the
 * other. Sheets that were read are kept for as long as nothing more is published of their weeks, those that were asked for last.
 *
 * @param byDay days are to be told apart; else they are only where a view has part of a week
 * @param add what is to be done with a sheet, a piece at a time; it is not held beyond that
 */
export async function eachSheetInView(
  source: FigureSource,
  family: SheetFamily,
  view: Pick<TeamView, 'days'>,
  byDay: boolean,
  add: (sheet: SheetInView) => Generator<undefined, void, undefined>,
): Promise<void> {
  const { from, to } = daysOfView(view, source.now);
  const [first, last] = [dayNumber(from), dayNumber(to)];
  const few = sharedOf(source.database).fewAtOnce;
  const standings = await few(() => weeksBetween(source, first, last));
  for (const { week, decided_through: through, version } of standings) {
    const begin = firstDayOf(week);
    const isWhole = begin >= first && dayNumber(through) <= last;
    await few(async () => {
      const sheet = await keptSheet(source, family, week, version, isWhole && !byDay ? 'whole' : 'by_day');
      const days = { first: Math.max(0, first - begin), last: isWhole ? LAST_DAY : last - begin };
      await inPieces(add({ ...sheet, week, ...days }));
    });
  }
}

function weeksBetween({ database, orgId }: FigureSource, first: number, last: number): Promise<readonly Standing[]> {
  return database
    .selectFrom('figure_weeks')
    .select(['week', 'decided_through', 'version'])
    .where('org_id', '=', orgId)
    .where('week', '>=', weekOf(first))
    .where('week', '<=', weekOf(last))
    .orderBy('week')
    .execute();
}

function keptSheet(
  { database, orgId, leastPersons }: FigureSource,
  family: SheetFamily,
  week: number,
  version: string,
  grain: 'whole' | 'by_day',
): Promise<Sheet> {
  const place = JSON.stringify([orgId, family.name, week, grain]);
  const of = JSON.stringify([version, leastPersons]);
  return sharedOf(database).kept.sheet(place, of, () =>
    loaded(database, family, { orgId, week, leastPersons, version }, grain),
  );
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
  return inPieces(readSheet(written.keys, written.facts));
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
