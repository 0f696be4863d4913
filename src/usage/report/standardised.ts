import { compare, grouped } from './grouped.ts';
import type { TaskCell } from './taskCells.ts';

/** From how much another mix on a pass rate is told twice: the share of its tasks that would have to be other ones. */
const NOTABLE_MIX = 0.05;
/** So much of all work must be of kinds that the model had too. */
const LEAST_COVERED = 0.8;

/** Judged tasks of one kind: where they came from and how large they were. */
interface Stratum {
  judged: number;
  /** An unknown task counts half: the middle of what it may be. */
  passed: number;
}

type Strata = ReadonlyMap<string, Stratum>;

/**
 * The pass rate that each model would have had with the mix of work that all models together had, by direct
 * standardisation: its rate in each stratum, weighted by the stratum's share of all tasks (J. L. Fleiss, Statistical
 * Methods for Rates and Proportions, chapter "The standardization of rates"). The raw rates may say the opposite of each
 * stratum where one model had the harder work (E. H. Simpson, The interpretation of interaction in contingency tables,
 * JRSS B 13 (1951) 238–241). Strata are the surface and the size of the input; the ledger knows no languages.
 *
 * @returns by target; left out where the mix is near that of all, and where too much work is of kinds that the model never had
 */
export function standardisedPassRates(cells: readonly TaskCell[]): ReadonlyMap<string, number> {
  const byTarget = grouped(
    cells.filter(({ target }) => target !== undefined),
    ({ target }) => target ?? '',
  );
  const all = strataOf(cells);
  const total = judgedIn(all);
  const rates = new Map<string, number>();
  for (const [target, own] of byTarget) {
    const rate = standardised(strataOf(own), all, total);
    if (rate !== undefined) rates.set(target, rate);
  }
  return rates;
}

function standardised(own: Strata, all: Strata, total: number): number | undefined {
  const judged = judgedIn(own);
  if (judged === 0) return undefined;
  let covered = 0;
  let passed = 0;
  let otherMix = 0;
  for (const [key, { judged: tasks }] of all) {
    const weight = tasks / total;
    const mine = own.get(key);
    otherMix += Math.abs(weight - (mine?.judged ?? 0) / judged) / 2;
    if (mine === undefined) continue;
    covered += weight;
    passed += weight * (mine.passed / mine.judged);
  }
  return otherMix < NOTABLE_MIX || covered < LEAST_COVERED ? undefined : passed / covered;
}

function strataOf(cells: readonly TaskCell[]): Strata {
  const strata = new Map<string, Stratum>();
  for (const { surface, sizes, verdict } of cells) {
    if (verdict === 'unjudged' || verdict === 'untold') continue;
    for (const [size, tasks] of sizes.entries()) {
      if (tasks === 0) continue;
      const key = `${surface} ${size}`;
      const stratum = strata.get(key) ?? { judged: 0, passed: 0 };
      stratum.judged += tasks;
      stratum.passed += verdict === 'success' ? tasks : verdict === 'unknown' ? tasks / 2 : 0;
      strata.set(key, stratum);
    }
  }
  // In one order, whatever that of the cells: the same tasks give the same last digit.
  return new Map([...strata].sort(([a], [b]) => compare(a, b)));
}

function judgedIn(strata: Strata): number {
  return [...strata.values()].reduce((sum, { judged }) => sum + judged, 0);
}
