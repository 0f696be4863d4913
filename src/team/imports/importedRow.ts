import type { ImportSource } from './importTables.ts';

/** What one row of an export says. Money in nano-dollars. */
export interface ImportedRow {
  /** All that tells the row from others of its kind, before it is hashed: it may name people, and is not kept. */
  readonly identity: string;
  /** What the export told apart. */
  readonly grouping: string;
  /** In UTC: `2026-11-23`. */
  readonly day: string;
  readonly provider: string;
  /** Empty: not told. */
  readonly model: string;
  /** undefined: the row tells no cost. */
  readonly billedNanoUsd: number | undefined;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
}

/** A row that says nothing that could be counted. */
export interface UnreadRow {
  /** Where it is, for people: `line 12`. */
  readonly where: string;
  readonly why: string;
}

export interface ReadExport {
  readonly rows: readonly ImportedRow[];
  readonly unread: readonly UnreadRow[];
  /** Rows that are of something else: other services of a cloud. */
  readonly leftOut: number;
}

/** An export as a whole is none of its kind. The message is for people. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** A row cannot be read. The message is for people, and has nothing of the row but names of fields. */
export class RowError extends Error {
  override readonly name = 'RowError';
}

/** Where an export says nothing of tokens. */
export const NO_TOKENS = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 } as const;

const MOST_USD = 1e9;
const MOST_TOKENS = 1e15;
const LONGEST_NAME = 120;

/** Dollars as nano-dollars. Corrections may be negative. @throws {RowError} */
export function nanoUsdOf(value: unknown, field: string, per = 1): number {
  const text = typeof value === 'number' ? String(value) : value;
  const amount =
    typeof text === 'string' && /^[+-]?\d{1,18}(?:\.\d{0,40})?(?:e[+-]?\d{1,3})?$/i.test(text)
      ? Number(text) / per
      : NaN;
  if (!Number.isFinite(amount) || Math.abs(amount) > MOST_USD)
    throw new RowError(`"${field}" is no amount of dollars.`);
  return Math.round(amount * 1e9);
}

/** A count of tokens; missing is none. @throws {RowError} */
export function tokensOf(value: unknown, field: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number' || !(value >= 0) || value > MOST_TOKENS)
    throw new RowError(`"${field}" is no number of tokens.`);
  return Math.round(value);
}

/** A day in UTC, of a moment or a day as it is written. @throws {RowError} */
export function dayOf(value: unknown, field: string): string {
  const at =
    typeof value === 'number'
      ? value * 1_000
      : typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value)
        ? Date.parse(value)
        : NaN;
  // Before this there was nothing to bill; after it, nothing can have been.
  if (!(at >= Date.UTC(2020, 0, 1)) || at > Date.UTC(2100, 0, 1)) throw new RowError(`"${field}" is no day.`);
  return new Date(at).toISOString().slice(0, 10);
}

/** A name that somebody else has chosen, as it is shown; empty where there is none. */
export function nameOf(value: unknown): string {
  return typeof value === 'string'
    ? value
        .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
        .trim()
        .slice(0, LONGEST_NAME)
    : '';
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Numbers rows that nothing tells apart: the second of a kind is another one than the first. */
export function numbering(): (identity: string) => string {
  const seen = new Map<string, number>();
  return (identity) => {
    const number = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, number);
    return number === 1 ? identity : `${identity} #${number}`;
  };
}

/** Reads rows one by one; what is wrong with one is told and keeps no other from being read. */
export function gather(): {
  take(where: () => string, read: () => ImportedRow | undefined): void;
  leaveOut(): void;
  end(source: ImportSource): ReadExport;
} {
  const rows: ImportedRow[] = [];
  const unread: UnreadRow[] = [];
  let leftOut = 0;
  return {
    take: (where, read) => {
      try {
        const row = read();
        if (row === undefined) leftOut += 1;
        else rows.push(row);
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        unread.push({ where: where(), why: error.message });
      }
    },
    leaveOut: () => {
      leftOut += 1;
    },
    end: (source) => {
      if (rows.length === 0 && unread.length === 0 && leftOut === 0)
        throw new ImportError(`There is no row of ${source} in it.`);
      return { rows, unread, leftOut };
    },
  };
}
