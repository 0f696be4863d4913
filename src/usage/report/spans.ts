import type { DayRange } from './dayRange.ts';

/**
 * How long the spans are of which sums are kept, in days, the longest first: each is a whole number of the next. A span
 * begins on a day whose number its length divides, so that two spans are apart or one lies in the other.
 */
export const SPAN_DAYS = [32, 8, 1] as const;

/**
 * How many days that are over are in the ranges that are asked for most, which end today: the last week, 30 and 90 days. Their
 * sums are kept as one, made of the others, for as long as it is the same day.
 */
export const RECENT_DAYS = [6, 29, 89] as const;

/** So many days from a day on, by its number since the epoch. */
export interface Span {
  readonly firstDay: number;
  readonly days: number;
}

/** A part of a range: a span of which sums are kept, or days that have to be read. */
export type Piece = { readonly kind: 'kept'; readonly span: Span } | { readonly kind: 'read'; readonly days: DayRange };

/**
 * A range as few pieces, in the order of their days.
 *
 * @param kept spans that are kept, by their first day and then the longest first; those that reach out of the range are passed over
 */
export function piecesOf({ firstDay, lastDay }: DayRange, kept: readonly Span[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let day = firstDay;
  const readUntil = (last: number): void => {
    if (last >= day) pieces.push({ kind: 'read', days: { firstDay: day, lastDay: last } });
  };
  for (const span of kept) {
    const isWithin = span.firstDay >= day && lastOf(span) <= lastDay;
    if (!isWithin) continue;
    readUntil(span.firstDay - 1);
    pieces.push({ kind: 'kept', span });
    day = lastOf(span) + 1;
  }
  readUntil(lastDay);
  return pieces;
}

/**
 * Spans that are over and of which no sums are kept, in the order in which they are best made: the longer ones out of the
 * shorter, the newest first, and those that end with the last day out of them.
 *
 * @param over days that are over; what is not whole among them is no span yet
 */
export function* missingSpans({ firstDay, lastDay }: DayRange, kept: readonly Span[]): Iterable<Span> {
  const known = new Set(kept.map(nameOf));
  for (const days of SPAN_DAYS.toReversed()) {
    const newest = Math.floor((lastDay + 1) / days) * days - days;
    for (let first = newest; first + days > firstDay; first -= days) {
      const span = { firstDay: first, days };
      if (!known.has(nameOf(span))) yield span;
    }
  }
  for (const days of RECENT_DAYS) {
    const span = { firstDay: lastDay + 1 - days, days };
    if (!known.has(nameOf(span))) yield span;
  }
}

/** The days of a span. */
export function rangeOfSpan(span: Span): DayRange {
  return { firstDay: span.firstDay, lastDay: lastOf(span) };
}

function lastOf({ firstDay, days }: Span): number {
  return firstDay + days - 1;
}

function nameOf({ firstDay, days }: Span): string {
  return `${firstDay} ${days}`;
}
