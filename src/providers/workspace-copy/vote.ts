import { type Context, ORDERS, type Shelf } from './shelf.ts';

/** Words compared before a candidate: a longer likeness says no more. */
export const LONGEST_MATCH = 24;
/** Words that may agree beyond one that differs. */
const LONGEST_BEYOND = 12;
/** Candidates read from one chain of one shelf, the latest first. */
const MOST_CANDIDATES = 64;
/** Positions looked at on one chain of one shelf, candidates or not: this bounds a query's time. */
const MOST_STEPS = 640;
/**
 * Weight that no candidate has: a lone short match must not look certain.
 * This is what three words of likeness weigh elsewhere; with it, shares are near to observed frequencies.
 */
const DOUBT = 27;

/** Votes of a candidate by where it stands, as multiples of one elsewhere in the workspace; chosen by replay. */
export const LOCALITY = { sameFile: 6, sameFolder: 1.5, elsewhere: 1 } as const;

/** Part of what is known. */
export interface Shelving {
  readonly shelf: Shelf;
  /** The locality of `position`: one of `LOCALITY`. */
  readonly locality: (position: number) => number;
  /** Whether `position` is in an earlier version of the file that is asked about. */
  readonly isStale: (position: number) => boolean;
}

/**
 * The weight of each outcome. All are exact sums of halves: the order of adding does not show.
 */
export type Tally = Map<number, number>;

export interface Winner {
  readonly outcome: number;
  /** Its part of all votes and the doubt, between 0 and 1. */
  readonly share: number;
}

/**
 * Adds to `tally` what followed the words of `context` elsewhere.
 *
 * Only the longest order that has a candidate votes. A vote is the length of the match in words, cubed, times the
 * locality (a cache language model: Tu, Su and Devanbu 2014; the nearest scope first: Hellendoorn and Devanbu 2017).
 * `admit` turns a candidate's token into the outcome that it votes for; a negative one does not vote. `bonus` is
 * added to each length, in words.
 */
export function castVotes(
  shelvings: readonly Shelving[],
  context: Context,
  tally: Tally,
  admit: (token: number, shelving: Shelving, position: number) => number,
  bonus = 0,
): void {
  for (const [index, order] of ORDERS.entries()) {
    let voted = false;
    for (const shelving of shelvings) {
      const { shelf, locality } = shelving;
      let candidates = 0;
      let steps = 0;
      for (
        let position = shelf.first(index, context);
        position >= 0 && candidates < MOST_CANDIDATES && steps < MOST_STEPS;
        position = shelf.next(index, position), steps++
      ) {
        const matched = shelf.matchLength(position, context, LONGEST_MATCH);
        if (matched < order) continue;
        const outcome = admit(shelf.tokens[position] ?? -1, shelving, position);
        if (outcome < 0) continue;
        const beyond = matched < LONGEST_MATCH ? shelf.matchBeyond(position, context, matched, LONGEST_BEYOND) : 0;
        const length = matched + beyond + bonus;
        tally.set(outcome, (tally.get(outcome) ?? 0) + length * length * length * locality(position));
        candidates++;
        voted = true;
      }
    }
    if (voted) return;
  }
}

/** The outcome with the most weight. Of two alike, the one whose spelling comes first, however it was numbered. */
export function winnerOf(tally: Tally, spelling: (outcome: number) => string): Winner | undefined {
  let best: number | undefined;
  let most = 0;
  let total = DOUBT;
  for (const [outcome, weight] of tally) {
    total += weight;
    if (best === undefined || weight > most || (weight === most && precedes(outcome, best, spelling))) {
      best = outcome;
      most = weight;
    }
  }
  return best === undefined ? undefined : { outcome: best, share: most / total };
}

function precedes(a: number, b: number, spelling: (outcome: number) => string): boolean {
  const [first, second] = [spelling(a), spelling(b)];
  return first === second ? a < b : first < second;
}
