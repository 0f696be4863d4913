import type { DatabaseSync } from 'node:sqlite';
import { type AttemptCell, readAttemptCells } from './attemptCells.ts';
import type { DayRange } from './dayRange.ts';
import { readSuccesses } from './figures.ts';
import { joinedTaskCells } from './joinedTaskCells.ts';
import { joinedFallbacks, joinedRefusals, readFallbacks, readRefusals } from './routeEvents.ts';
import { readTaskCells, type TaskCell } from './taskCells.ts';
import type { FallbackCount, RefusalCount } from './usageReport.ts';

/** What the ledger has of some days, added up as far as a report can still be made of it. What two parts of a range have, added up, is what the whole has. */
export interface LedgerFigures {
  readonly attempts: readonly AttemptCell[];
  readonly tasks: readonly TaskCell[];
  /** How many tasks succeeded that were opened on a day, by the day's name. */
  readonly successes: ReadonlyMap<string, number>;
  /** The most frequent first. */
  readonly fallbacks: readonly FallbackCount[];
  readonly refusals: readonly RefusalCount[];
}

/** Out of the attempts and tasks themselves. */
export function readFigures(database: DatabaseSync, range: DayRange): LedgerFigures {
  return {
    attempts: readAttemptCells(database, range),
    tasks: readTaskCells(database, range),
    successes: readSuccesses(database, range),
    fallbacks: readFallbacks(database, range),
    refusals: readRefusals(database, range),
  };
}

/** The figures of days that are apart, as those of all of them. */
export function joinedFigures(parts: readonly LedgerFigures[]): LedgerFigures {
  return {
    attempts: parts.flatMap(({ attempts }) => attempts),
    tasks: joinedTaskCells(parts.flatMap(({ tasks }) => tasks)),
    successes: new Map(parts.flatMap(({ successes }) => [...successes])),
    fallbacks: joinedFallbacks(parts.flatMap(({ fallbacks }) => fallbacks)),
    refusals: joinedRefusals(parts.flatMap(({ refusals }) => refusals)),
  };
}
