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
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  /** What is added up, by the column's name. */
  readonly sums: Readonly<Record<string, Float64Array>>;
  readonly histograms: Readonly<Record<string, SheetHistogram>>;
}

/** How many calls are in which slot of which row. */
export interface SheetHistogram {
  readonly row: Int32Array;
  /** See {@link slotSql}. */
  readonly slot: Uint8Array;
  readonly calls: Float64Array;
}

/**
 * All that is published of a week in one kind of atoms: `whole`, a row for each key; or by day, a row for each atom. Of a week
 * that a view has whole they come to the same.
 */
export interface Sheet {
  readonly keys: SheetKeys;
  readonly facts: SheetFacts;
  /** About how many it takes in memory. */
  readonly bytes: number;
}

type Numbers = readonly number[];

/** As it is written. */
interface WrittenFacts {
  readonly facts: Readonly<Record<string, Numbers>>;
  readonly histograms: Readonly<Record<string, Readonly<Record<'row' | 'slot' | 'calls', Numbers>>>>;
}

/** Reads a sheet that {@link ./makeSheets.ts} has made, a piece at a time: see {@link ./inPieces.ts}. */
export function* readSheet(keys: string, facts: string): Generator<undefined, Sheet, undefined> {
  // Nothing but our own statement writes them.
  const { columns, bytes } = yield* wordsOnce(JSON.parse(keys) as SheetKeys);
  yield;
  const written = JSON.parse(facts) as WrittenFacts;
  yield;
  const { key = [], from = [], to = [], ...sums } = written.facts;
  const read: SheetFacts = {
    key: new Int32Array(key),
    from: new Uint8Array(from),
    to: new Uint8Array(to),
    sums: mapped(sums, (column) => new Float64Array(column)),
    histograms: mapped(written.histograms, ({ row, slot, calls }) => ({
      row: new Int32Array(row),
      slot: new Uint8Array(slot),
      calls: new Float64Array(calls),
    })),
  };
  const numbers = [read.key, read.from, read.to, ...Object.values(read.sums)];
  const histograms = Object.values(read.histograms).flatMap(({ row, slot, calls }) => [row, slot, calls]);
  return {
    keys: columns,
    facts: read,
    bytes: [...numbers, ...histograms].reduce((sum, { byteLength }) => sum + byteLength, bytes),
  };
}

/** So many rows are a piece of the work, where words are compared. */
export const PIECE = 4096;
/** What V8 takes for a place in an array, and for a text and an object beside what they hold. */
const PLACE_BYTES = 8;
const TEXT_BYTES = 24;
const OBJECT_BYTES = 56;

/** The same columns with each word in memory once, in however many rows it is. */
function* wordsOnce(
  keys: SheetKeys,
): Generator<undefined, { readonly columns: SheetKeys; readonly bytes: number }, undefined> {
  const known = new Map<string, Word>();
  const columns: Record<string, readonly Word[]> = {};
  let bytes = 0;
  for (const [name, column] of Object.entries(keys)) {
    const once = new Array<Word>(column.length);
    for (const [row, word] of column.entries()) {
      if (row % PIECE === PIECE - 1) yield;
      const text = textOfWord(word);
      if (text === undefined) {
        once[row] = word;
        continue;
      }
      const found = known.get(text);
      once[row] = found ?? word;
      if (found !== undefined) continue;
      known.set(text, word);
      bytes += bytesOf(word);
    }
    columns[name] = once;
    bytes += once.length * PLACE_BYTES;
  }
  return { columns, bytes };
}

/** undefined: it takes no more than its place. A text has a letter of its own before it. */
function textOfWord(word: Word): string | undefined {
  if (typeof word === 'string') return `'${word}`;
  return typeof word === 'object' ? JSON.stringify(word) : undefined;
}

function bytesOf(word: Word): number {
  if (typeof word === 'string') return TEXT_BYTES + word.length;
  if (typeof word !== 'object') return 0;
  const values = Object.values(word);
  return values.reduce((sum, value) => sum + PLACE_BYTES + TEXT_BYTES + value.length, OBJECT_BYTES);
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
