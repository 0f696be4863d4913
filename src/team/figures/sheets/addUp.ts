import { dayName } from '../../../usage/report/dayRange.ts';
import type { FigureSource } from '../atomSource.ts';
import type { TeamView } from '../teamView.ts';
import { firstDayOf } from '../weeks.ts';
import { PIECE, type SheetKeys, SLOTS, type Word } from './sheet.ts';
import type { SheetFamily } from './sheetFamilies.ts';
import { eachSheetInView, type SheetInView } from './sheetsInView.ts';

/** What groups are told apart by: something of the keys, the week, or something of the days, for which sheets by day are needed. */
export type SheetColumn =
  | { readonly kind: 'key'; readonly of: (keys: SheetKeys, at: number) => Word }
  | { readonly kind: 'week' }
  /** @param from the first and the last day, both counted from 1970 */
  | { readonly kind: 'days'; readonly of: (from: number, to: number) => Word };

export interface SheetQuestion<Name extends string> {
  readonly by: readonly (readonly [Name, SheetColumn])[];
  readonly where: (keys: SheetKeys, at: number) => boolean;
}

/** Rows that are alike, added up. */
export interface SheetGroup {
  readonly named: Readonly<Record<string, Word>>;
  /** The first and the last day of its rows, counted from 1970. */
  from: number;
  to: number;
  /** By column; left out: no row has such a column. */
  readonly sums: Record<string, number>;
  /** Calls by slot, by column. */
  readonly slots: Record<string, Float64Array>;
}

/** A column of the keys, as it is. */
export const keyColumn = (name: string): SheetColumn => ({ kind: 'key', of: (keys, at) => keys[name]?.[at] ?? '' });
/** The number of the week. */
export const weekColumn: SheetColumn = { kind: 'week' };
/** The day's name; empty: of more than one. */
export const dayColumn: SheetColumn = { kind: 'days', of: (from, to) => (from === to ? dayName(from) : '') };

/** Each first and last day of a week has a place of its own. */
const DAYS = 7;
const NO_GROUP = -1;

/**
 * Adds up what is published in a view, by what a question asks for: a sheet after the other, and each a piece at a time.
 *
 * @param byDay days are to be told apart
 * @returns a group for each way in which what was asked for is told apart
 */
export async function addUp<Name extends string>(
  source: FigureSource,
  families: readonly SheetFamily[],
  view: Pick<TeamView, 'days'>,
  question: SheetQuestion<Name>,
  byDay = false,
): Promise<readonly SheetGroup[]> {
  const groups = new Map<string, SheetGroup>();
  for (const family of families) {
    await eachSheetInView(source, family, view, byDay, (sheet) => addSheet(sheet, question, groups));
  }
  return [...groups.values()];
}

function* addSheet<Name extends string>(
  sheet: SheetInView,
  question: SheetQuestion<Name>,
  groups: Map<string, SheetGroup>,
): Generator<undefined, void, undefined> {
  const { sums, histograms } = sheet.facts;
  const { ofRow, found } = yield* groupsOfRows(sheet, question, groups);
  // Loops over arrays of numbers, a column each a piece: these are the rows of all that is published of a week.
  for (const [name, column] of Object.entries(sums)) {
    yield;
    const totals = new Float64Array(found.length);
    for (let row = 0; row < column.length; row += 1) {
      const own = ofRow[row] ?? NO_GROUP;
      if (own !== NO_GROUP) totals[own] = (totals[own] ?? 0) + (column[row] ?? 0);
    }
    for (const [own, group] of found.entries()) group.sums[name] = (group.sums[name] ?? 0) + (totals[own] ?? 0);
  }
  for (const [name, { row, slot, calls }] of Object.entries(histograms)) {
    yield;
    const slotsOf = found.map(({ slots }) => slots[name]);
    for (let at = 0; at < row.length; at += 1) {
      const own = ofRow[row[at] ?? 0] ?? NO_GROUP;
      if (own === NO_GROUP) continue;
      const slots = slotsOf[own] ?? new Float64Array(SLOTS);
      slotsOf[own] = slots;
      const place = slot[at] ?? 0;
      slots[place] = (slots[place] ?? 0) + (calls[at] ?? 0);
    }
    for (const [own, group] of found.entries()) {
      const slots = slotsOf[own];
      if (slots !== undefined) group.slots[name] = slots;
    }
  }
}

/** The groups of a sheet, and which of them each row is in. */
function* groupsOfRows<Name extends string>(
  { keys, facts, week, first, last }: SheetInView,
  { by, where }: SheetQuestion<Name>,
  groups: Map<string, SheetGroup>,
): Generator<undefined, { readonly ofRow: Int32Array; readonly found: readonly SheetGroup[] }, undefined> {
  const begin = firstDayOf(week);
  const places = by.some(([, { kind }]) => kind === 'days') ? DAYS * DAYS : 1;
  const { ofKey, keyOf } = yield* alikeKeys(keys, by, where);
  const ofPlace = new Int32Array(keyOf.length * places).fill(NO_GROUP);
  const ofRow = new Int32Array(facts.key.length).fill(NO_GROUP);
  const found: SheetGroup[] = [];
  const numbers = new Map<SheetGroup, number>();
  for (let row = 0; row < facts.key.length; row += 1) {
    if (row % PIECE === PIECE - 1) yield;
    const alike = ofKey[facts.key[row] ?? 0] ?? NO_GROUP;
    const from = facts.from[row] ?? 0;
    const to = facts.to[row] ?? 0;
    if (alike === NO_GROUP || from < first || to > last) continue;
    const place = places === 1 ? alike : alike * places + from * DAYS + to;
    let own = ofPlace[place] ?? NO_GROUP;
    if (own === NO_GROUP) {
      const key = keyOf[alike] ?? 0;
      const group = groupOf(groups, by, (column) => wordOf(column, keys, key, week, begin + from, begin + to));
      // One group may have rows of several places: of more than one first and last day.
      own = numbers.get(group) ?? found.push(group) - 1;
      numbers.set(group, own);
      ofPlace[place] = own;
    }
    ofRow[row] = own;
    const group = found[own];
    if (group === undefined) continue;
    if (begin + from < group.from) group.from = begin + from;
    if (begin + to > group.to) group.to = begin + to;
  }
  return { ofRow, found };
}

/** Keys that a question tells apart in no way beside the days, and for each such group one of its keys. */
function* alikeKeys<Name extends string>(
  keys: SheetKeys,
  by: SheetQuestion<Name>['by'],
  where: SheetQuestion<Name>['where'],
): Generator<undefined, { readonly ofKey: Int32Array; readonly keyOf: readonly number[] }, undefined> {
  const length = Object.values(keys)[0]?.length ?? 0;
  const columns = by.flatMap(([, column]) => (column.kind === 'key' ? [column] : []));
  const known = new Map<string, number>();
  const [ofKey, keyOf]: [Int32Array, number[]] = [new Int32Array(length), []];
  for (let key = 0; key < length; key += 1) {
    if (key % PIECE === PIECE - 1) yield;
    ofKey[key] = NO_GROUP;
    if (!where(keys, key)) continue;
    const text = textOf(columns.map((column) => column.of(keys, key)));
    const alike = known.get(text) ?? keyOf.push(key) - 1;
    known.set(text, alike);
    ofKey[key] = alike;
  }
  return { ofKey, keyOf };
}

function wordOf(column: SheetColumn, keys: SheetKeys, key: number, week: number, from: number, to: number): Word {
  switch (column.kind) {
    case 'key':
      return column.of(keys, key);
    case 'week':
      return week;
    case 'days':
      return column.of(from, to);
    default:
      return column satisfies never;
  }
}

function groupOf<Name extends string>(
  groups: Map<string, SheetGroup>,
  by: SheetQuestion<Name>['by'],
  wordOfColumn: (column: SheetColumn) => Word,
): SheetGroup {
  const words = by.map(([, column]) => wordOfColumn(column));
  const text = textOf(words);
  const found = groups.get(text);
  if (found !== undefined) return found;
  const named = Object.fromEntries(by.map(([name], place) => [name, words[place] ?? '']));
  const group: SheetGroup = {
    named,
    from: Number.POSITIVE_INFINITY,
    to: Number.NEGATIVE_INFINITY,
    sums: {},
    slots: {},
  };
  groups.set(text, group);
  return group;
}

/** No text of PostgreSQL has the letter between them. */
function textOf(words: readonly Word[]): string {
  return words.map((word) => (typeof word === 'object' ? JSON.stringify(word) : word)).join('\0');
}
