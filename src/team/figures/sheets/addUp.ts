import { dayName } from '../../../usage/report/dayRange.ts';
import { firstDayOf } from '../weeks.ts';
import { type SheetKeys, SLOTS, type Word } from './sheet.ts';
import type { SheetInView } from './sheetsInView.ts';

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

/**
 * Adds up what sheets have, by what a question asks for.
 *
 * @param groups what other sheets have come to by the same question, which these are added to; they are changed
 */
export function addUp<Name extends string>(
  sheets: readonly SheetInView[],
  question: SheetQuestion<Name>,
  groups: Map<string, SheetGroup> = new Map(),
): Map<string, SheetGroup> {
  for (const sheet of sheets) addSheet(sheet, question, groups);
  return groups;
}

function addSheet<Name extends string>(
  { keys, facts, week, first, last }: SheetInView,
  { by, where }: SheetQuestion<Name>,
  groups: Map<string, SheetGroup>,
): void {
  const begin = firstDayOf(week);
  const perKey = by.some(([, { kind }]) => kind === 'days') ? DAYS * DAYS : 1;
  const isAsked = new Map<number, boolean>();
  const ofPlace: (SheetGroup | undefined)[] = [];
  const ofRow: (SheetGroup | undefined)[] = [];
  for (const [row, key] of facts.key.entries()) {
    const [from = 0, to = 0] = [facts.from[row], facts.to[row]];
    let asked = isAsked.get(key);
    if (asked === undefined) {
      asked = where(keys, key);
      isAsked.set(key, asked);
    }
    if (!asked || from < first || to > last) continue;
    const place = perKey === 1 ? key : key * perKey + from * DAYS + to;
    const group = ofPlace[place] ?? groupOf(groups, by, keys, key, week, begin + from, begin + to);
    ofPlace[place] = group;
    group.from = Math.min(group.from, begin + from);
    group.to = Math.max(group.to, begin + to);
    ofRow[row] = group;
  }
  for (const [name, column] of Object.entries(facts.sums)) {
    for (const [row, group] of ofRow.entries()) {
      if (group !== undefined) group.sums[name] = (group.sums[name] ?? 0) + (column[row] ?? 0);
    }
  }
  for (const [name, { row, slot, calls }] of Object.entries(facts.histograms)) {
    for (let at = 0; at < row.length; at += 1) {
      const group = ofRow[row[at] ?? 0];
      if (group === undefined) continue;
      const slots = group.slots[name] ?? new Float64Array(SLOTS);
      group.slots[name] = slots;
      const own = slot[at] ?? 0;
      slots[own] = (slots[own] ?? 0) + (calls[at] ?? 0);
    }
  }
}

function groupOf<Name extends string>(
  groups: Map<string, SheetGroup>,
  by: SheetQuestion<Name>['by'],
  keys: SheetKeys,
  key: number,
  week: number,
  from: number,
  to: number,
): SheetGroup {
  const words = by.map(([, column]) => {
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
  });
  // No text of PostgreSQL has this letter.
  const text = words.map((word) => (typeof word === 'object' ? JSON.stringify(word) : word)).join('\0');
  const found = groups.get(text);
  if (found !== undefined) return found;
  const named = Object.fromEntries(by.map(([name], place) => [name, words[place] ?? '']));
  const group: SheetGroup = { named, from, to, sums: {}, slots: {} };
  groups.set(text, group);
  return group;
}
