import type { DatabaseSync } from 'node:sqlite';
import type { JoinedWrites } from '../joinedWrites.ts';
import { DAY_MS, type DayRange } from './dayRange.ts';
import { joinedFigures, type LedgerFigures, readFigures } from './ledgerFigures.ts';
import { packed, unpacked } from './packedFigures.ts';
import { missingSpans, piecesOf, RECENT_DAYS, rangeOfSpan, type Span } from './spans.ts';

/** So far back sums are made ahead, in days: as far as a report tells day by day. */
const MOST_DAYS = 400;

/**
 * Sums that are made ahead, so that a report need not read a hundred thousand attempts: what reports ask of each span of
 * days that are over. The file itself takes a span's sums away in the transaction that changes one of its days, whoever
 * writes (see {@link ../ledgerSchema.ts migrate}), so that what is there is what reading it all would give; what is not
 * there is read.
 */
export class SpanSums {
  readonly #database: DatabaseSync;
  readonly #writes: JoinedWrites;

  /** Asks nothing yet: in a ledger of an older version, which is only looked at, there are no sums. */
  constructor(database: DatabaseSync, writes: JoinedWrites) {
    this.#database = database;
    this.#writes = writes;
  }

  /**
   * Makes the sums of one more span: some milliseconds. To be called until it is done, with pauses in which requests go on.
   *
   * @param now milliseconds since the epoch: days that are not over have no sums
   * @throws where the ledger cannot be written
   */
  step(now: number): 'more' | 'done' {
    if (this.#missing(now) === undefined) return 'done';
    this.#writes.atomically(() => {
      // Another process may have made them since, or have changed a day.
      const span = this.#missing(now);
      if (span === undefined) return;
      const { firstDay, days } = span;
      const body = packed(readLedgerFigures(this.#database, rangeOfSpan(span)));
      // Of those that end with yesterday one is kept: the day before, yesterday was another day.
      if (RECENT_DAYS.some((recent) => recent === days)) {
        this.#database.prepare('DELETE FROM span_sums WHERE days = ?').run(days);
      }
      this.#database
        .prepare('INSERT INTO span_sums (first_day, days, body) VALUES (?, ?, ?)')
        .run(firstDay, days, body);
    });
    return 'more';
  }

  #missing(now: number): Span | undefined {
    const yesterday = Math.floor(now / DAY_MS) - 1;
    const oldest = this.#database.prepare(oldestSql).get()?.['day'];
    if (typeof oldest !== 'number') return undefined;
    const over = { firstDay: Math.max(oldest, yesterday - MOST_DAYS), lastDay: yesterday };
    const kept = keptSpans(this.#database, { firstDay: -MOST_DAYS, lastDay: yesterday });
    for (const span of missingSpans(over, kept)) return span;
    return undefined;
  }
}

/** The first day of which there is anything. */
const oldestSql = `
  SELECT MIN(day) AS day FROM (
    SELECT MIN(at) / ${DAY_MS} AS day FROM attempts UNION ALL SELECT MIN(opened_at) / ${DAY_MS} FROM tasks
    UNION ALL SELECT unixepoch(MIN(day)) * 1000 / ${DAY_MS} FROM days
    UNION ALL SELECT unixepoch(MIN(day)) * 1000 / ${DAY_MS} FROM task_days)`;

/** What the ledger has of a range, all of one moment where the connection reads in a transaction. */
export function readLedgerFigures(database: DatabaseSync, range: DayRange): LedgerFigures {
  const kept = hasSpans(database) ? keptSpans(database, range) : [];
  if (kept.length === 0) return readFigures(database, range);
  const body = database.prepare('SELECT body FROM span_sums WHERE first_day = ? AND days = ?');
  return joinedFigures(
    piecesOf(range, kept).map((piece) => {
      if (piece.kind === 'read') return readFigures(database, piece.days);
      const { firstDay, days } = piece.span;
      const text = body.get(firstDay, days)?.['body'];
      const figures = typeof text === 'string' ? unpacked(text) : undefined;
      return figures ?? readFigures(database, rangeOfSpan(piece.span));
    }),
  );
}

/** Those within a range, by their first day and then the longest first. */
function keptSpans(database: DatabaseSync, { firstDay, lastDay }: DayRange): readonly Span[] {
  return database
    .prepare(
      `SELECT first_day, days FROM span_sums WHERE first_day BETWEEN ? AND ? AND first_day + days - 1 <= ?2
       ORDER BY first_day, days DESC`,
    )
    .all(firstDay, lastDay)
    .map(({ first_day: first, days }) => ({ firstDay: Number(first), days: Number(days) }));
}

/** Whoever only looks brings no older ledger up to date. */
function hasSpans(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'span_sums'").get() !== undefined;
}
