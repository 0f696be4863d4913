import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Attempt } from './attempt.ts';
import { storedName } from './attemptColumns.ts';
import type { CountedAttempt } from './intake.ts';
import { SALVAGE } from './salvage.ts';
import {
  type Cost,
  costColumns,
  dayCostColumns,
  dayFilterSql,
  dayOf,
  filterSql,
  filterValues,
  type SpendFilter,
  sum,
} from './spend.ts';

/** Sums that are kept: a budget each. */
const mostSums = 500;
/** The name under which the ledger remembers the last row that was added up in a day. */
export const FOLDED = 'retention.folded';

/** A sum so far, and the last row that is in it. */
interface Running {
  readonly last: number;
  /** The last row, by its number, that was added up in a day. */
  readonly folded: number;
  /** What was copied of a damaged ledger: older rows than any that is added to. */
  readonly salvaged: string;
  readonly cost: Cost;
}

/** A sum, and what the tables' revision was when it was made. */
interface Known extends Running {
  readonly revision: number;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

const marks = `(SELECT MAX(rowid) FROM attempts) AS last,
  (SELECT CAST(value AS INTEGER) FROM sync WHERE name = '${FOLDED}') AS folded,
  (SELECT value FROM sync WHERE name = '${SALVAGE}') AS salvaged`;
const both = ['cost', 'simulated', 'unpriced'].map((column) => `${sum(column)} AS ${column}`).join(', ');
const ofAttempts = `SELECT ${costColumns} FROM attempts`;

/**
 * What attempts came to, asked before every request: each sum is made once and then goes on from the row where it ended,
 * whichever process has written since. That holds because what an attempt cost is written once, and an attempt that is
 * removed is in the days that were added up; where that has happened to rows that a sum has not seen, it is made anew.
 *
 * Reading throws where the file has become unreadable.
 */
export class RunningCosts {
  readonly #known = new Map<string, Known>();
  readonly #all: StatementSync;
  readonly #goneOn: StatementSync;

  constructor(database: DatabaseSync) {
    this.#all = database.prepare(
      `SELECT ${marks}, ${both} FROM (
         ${ofAttempts} WHERE at >= :since AND at < :until ${filterSql} UNION ALL
         SELECT ${dayCostColumns} FROM days WHERE day >= ${dayOf(':since')} ${dayFilterSql})`,
    );
    // A plus keeps an index from being used: the few newest rows are looked at by their number.
    this.#goneOn = database.prepare(
      `SELECT ${marks}, * FROM (${ofAttempts} WHERE rowid > :after AND +at >= :since AND +at < :until ${filterSql})`,
    );
  }

  /**
   * Of all attempts of a time, in milliseconds since the epoch.
   * @param until where it ends: what a clock that was wrong has put far ahead is not of this time
   * @param revision of the tables: while it is the same, so is each sum
   */
  between(since: number, until: number, filter: SpendFilter, revision: number): Cost {
    const { class: ofClass, condition, repoKey, team } = filter;
    const isOfAll = ofClass === undefined && condition === undefined && repoKey === undefined && team === undefined;
    const key = `${since} ${until} ${isOfAll ? '' : JSON.stringify([ofClass, condition, repoKey, team])}`;
    const before = this.#known.get(key);
    if (before?.revision === revision) return before.cost;
    const asked = { since, until: Math.min(until, Number.MAX_SAFE_INTEGER), ...filterValues(filter) };
    const newer = before && runningOf(this.#goneOn.get({ ...asked, after: before.last }));
    const goesOn = before && newer && isContinuation(before, newer);
    const now = goesOn ? { ...newer, cost: added(before.cost, newer.cost) } : runningOf(this.#all.get(asked));
    this.#known.delete(key);
    this.#known.set(key, { ...now, revision });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostSums && oldest !== undefined) this.#known.delete(oldest);
    return now.cost;
  }
}

function isContinuation(before: Running, newer: Running): boolean {
  return newer.last >= before.last && newer.folded <= before.last && newer.salvaged === before.salvaged;
}

function runningOf(row: Row | undefined): Running {
  return {
    last: Number(row?.['last'] ?? 0),
    folded: Number(row?.['folded'] ?? 0),
    salvaged: String(row?.['salvaged'] ?? ''),
    cost: {
      costNanoUsd: Number(row?.['cost'] ?? 0),
      simulatedNanoUsd: Number(row?.['simulated'] ?? 0),
      unpriced: Number(row?.['unpriced'] ?? 0),
    },
  };
}

/** Two sums as one. */
export function added(before: Cost, since: Cost): Cost {
  return {
    costNanoUsd: Math.min(before.costNanoUsd + since.costNanoUsd, Number.MAX_SAFE_INTEGER),
    simulatedNanoUsd: Math.min(before.simulatedNanoUsd + since.simulatedNanoUsd, Number.MAX_SAFE_INTEGER),
    unpriced: before.unpriced + since.unpriced,
  };
}

/** What an attempt adds to a sum, as SQL counts it. */
export function costOf({ costNanoUsd, inputTokens, simulated }: Attempt): Cost {
  const cost = costNanoUsd === undefined ? 0 : Math.max(0, Math.round(costNanoUsd));
  return {
    costNanoUsd: cost,
    simulatedNanoUsd: simulated === true ? cost : 0,
    unpriced: costNanoUsd === undefined && inputTokens !== undefined ? 1 : 0,
  };
}

/** Whether a sum of a time is of this attempt, too: what {@link ./spend.ts filterSql} says of those in their tables. */
export function isAmong(
  { attempt, classes, conditions }: CountedAttempt,
  since: number,
  until: number,
  { class: ofClass, condition, repoKey, team }: SpendFilter,
): boolean {
  const isNamed = (name: string, names: readonly string[]): boolean =>
    names.some((one) => storedName(one) === storedName(name));
  return (
    attempt.at >= since &&
    attempt.at < until &&
    (ofClass === undefined || isNamed(ofClass, classes)) &&
    (condition === undefined || isNamed(condition, conditions)) &&
    (repoKey === undefined || attempt.repoKey === repoKey) &&
    (team === undefined || attempt.team === team)
  );
}
