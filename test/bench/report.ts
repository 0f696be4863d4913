// What a benchmark found: figures for people and for `.bench/results.json`, and invariants that did not hold.

/** What a figure counts. `×` is a ratio; an empty unit is a plain number. */
export type Unit = 'µs' | 'ms' | 'KB' | 'MB' | '%' | '×' | '';

export interface Figure {
  readonly value: number;
  readonly unit: Unit;
}

export interface Row {
  readonly what: string;
  /** By the heading of their column. Rows of one report need not fill the same columns. */
  readonly figures: Readonly<Record<string, Figure>>;
}

export interface Report {
  readonly rows: readonly Row[];
  /** What the table cannot say: on how much it was measured, what was left out. */
  readonly notes: readonly string[];
  /** Invariants that did not hold, a sentence each. Any of them fails the run. */
  readonly broken: readonly string[];
}

/** A benchmark: `args` are the options that a person gave for it. */
export type Measure = (args: readonly string[]) => Promise<Report>;

const inUnit =
  (unit: Unit) =>
  (value: number): Figure => ({ value, unit });

export const microseconds = inUnit('µs');
export const milliseconds = inUnit('ms');
export const megabytes = inUnit('MB');
export const percent = inUnit('%');
export const ratio = inUnit('×');
export const count = inUnit('');
export const kilobytes = (bytes: number): Figure => ({ value: bytes / 1024, unit: 'KB' });
