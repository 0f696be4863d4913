import { type RawBuilder, sql } from 'kysely';
import type { Buckets } from '../../usage/usageTables.ts';

/** What tells rows apart: a name, a team's number, whether it is simulated, labels. */
export type Word = string | number | boolean | Readonly<Record<string, string>>;

/** What tells rows of a sheet apart: a column each, which all have the same length. */
export type SheetKeys = Readonly<Record<string, readonly Word[]>>;

/** Rows of numbers, as columns. */
export interface SheetFacts {
  /** Where among the keys each row's are. */
  readonly key: Int32Array;
  /** Its first and its last day, counted from the week's first. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** What is added up, by the column's name. */
  readonly sums: Readonly<Record<string, Float64Array>>;
  readonly histograms: Readonly<Record<string, SheetHistogram>>;
}

/** How many calls are in which slot of which row. */
export interface SheetHistogram {
  readonly row: Int32Array;
  /** See {@link slotSql}. */
  readonly slot: Int32Array;
  readonly calls: Float64Array;
}

/**
 * All that is published of a week in one kind of atoms: `whole`, a row for each key; or by day, a row for each atom. Of a week
 * that a view has whole they come to the same.
 */
export interface Sheet {
  readonly keys: SheetKeys;
  readonly facts: SheetFacts;
}

type Numbers = readonly number[];

/** As it is written. */
interface WrittenFacts {
  readonly facts: Readonly<Record<string, Numbers>>;
  readonly histograms: Readonly<Record<string, Readonly<Record<'row' | 'slot' | 'calls', Numbers>>>>;
}

/** Reads a sheet that {@link ./makeSheets.ts} has made. */
export function readSheet(keys: string, facts: string): Sheet {
  // Nothing but our own statement writes them.
  const written = JSON.parse(facts) as WrittenFacts;
  const { key = [], from = [], to = [], ...sums } = written.facts;
  return {
    keys: JSON.parse(keys) as SheetKeys,
    facts: {
      key: new Int32Array(key),
      from: new Int32Array(from),
      to: new Int32Array(to),
      sums: mapped(sums, (column) => new Float64Array(column)),
      histograms: mapped(written.histograms, ({ row, slot, calls }) => ({
        row: new Int32Array(row),
        slot: new Int32Array(slot),
        calls: new Float64Array(calls),
      })),
    },
  };
}

/** About how many bytes a sheet takes in memory. */
export function sizeOf({ keys, facts }: Sheet): number {
  const words = Object.values(keys).reduce((sum, column) => sum + column.length * 8, 0);
  const columns = [facts.key, facts.from, facts.to, ...Object.values(facts.sums)];
  const histograms = Object.values(facts.histograms).flatMap(({ row, slot, calls }) => [row, slot, calls]);
  return [...columns, ...histograms].reduce((sum, { byteLength }) => sum + byteLength, words);
}

function mapped<From, To>(
  record: Readonly<Record<string, From>>,
  to: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}

/** The slot of the bucket `-1`, of durations of one millisecond; the one before it is that of none. */
const FIRST_SLOT = 1;
/** More than there are buckets of a number of milliseconds that PostgreSQL calls an integer. */
export const SLOTS = 256;

/** Which slot a bucket has, in SQL. @param bucket a name of {@link Buckets} */
export function slotSql(bucket: RawBuilder<unknown>): RawBuilder<number> {
  return sql`CASE ${bucket} WHEN 'zero' THEN 0 ELSE ${bucket}::int + ${sql.lit(FIRST_SLOT + 1)} END`;
}

/** Calls by slot, as buckets. */
export function bucketsIn(slots: Float64Array): Buckets {
  const buckets: Record<string, number> = {};
  for (const [slot, calls] of slots.entries()) {
    if (calls > 0) buckets[slot === 0 ? 'zero' : String(slot - FIRST_SLOT - 1)] = calls;
  }
  return buckets;
}
