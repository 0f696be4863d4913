import type { DatabaseSync } from 'node:sqlite';
import type { ModelUse } from '../modelUse.ts';
import { supplierUse } from '../supplierUse.ts';
import { type AttemptCell, nameOfDay, rows } from './attemptCells.ts';
import { type DayRange, dayName, daysOf } from './dayRange.ts';
import { compare, grouped } from './grouped.ts';
import { costPerSuccessOf, isTold, passRateOf, untoldOf } from './heatCell.ts';
import type { TaskCell } from './taskCells.ts';
import type {
  BillingShare,
  TokenUse,
  UsageDay,
  UsageReport,
  UsageTotals,
  WorkKind,
  WorkTotals,
} from './usageReport.ts';

/** A sum of one figure of many cells, which stays a whole number that JavaScript holds exactly. */
function sumOf<Cell>(cells: readonly Cell[], figure: (cell: Cell) => number): number {
  return Math.min(
    cells.reduce((sum, cell) => sum + figure(cell), 0),
    Number.MAX_SAFE_INTEGER,
  );
}

const isRefusal = ({ outcome }: AttemptCell): boolean => outcome === 'blocked' || outcome === 'unserved';

export function totalsOf(attempts: readonly AttemptCell[], tasks: readonly TaskCell[]): UsageTotals {
  const byWork = workTotals(tasks);
  const perSuccesses = byWork.flatMap(({ costPerSuccessNanoUsd: cost }) => cost ?? []);
  const perSuccess = perSuccesses.length === 1 ? perSuccesses[0] : undefined;
  return {
    costNanoUsd: sumOf(attempts, ({ costNanoUsd }) => costNanoUsd),
    simulatedNanoUsd: sumOf(attempts, ({ simulatedNanoUsd }) => simulatedNanoUsd),
    unpriced: sumOf(attempts, ({ unpriced }) => unpriced),
    attempts: sumOf(attempts, (cell) => (isRefusal(cell) ? 0 : cell.attempts)),
    requests: sumOf(attempts, ({ requests }) => requests),
    tasks: sumOf(tasks, (cell) => cell.tasks),
    successes: sumOf(byWork, ({ successes }) => successes),
    billedNanoUsd: sumOf(attempts, ({ billedNanoUsd }) => billedNanoUsd),
    fallbacks: sumOf(attempts, ({ fallbacks }) => fallbacks),
    refusals: sumOf(attempts, (cell) => (isRefusal(cell) ? cell.attempts : 0)),
    ...(perSuccess !== undefined && { costPerSuccessNanoUsd: perSuccess }),
    byWork,
  };
}

const works: readonly WorkKind[] = ['change', 'completion', 'question'];

function workTotals(tasks: readonly TaskCell[]): readonly WorkTotals[] {
  return works.flatMap((work) => {
    const own = tasks.filter((cell) => cell.work === work);
    if (own.length === 0) return [];
    const count = (verdict: TaskCell['verdict']): number =>
      sumOf(own, (cell) => (cell.verdict === verdict ? cell.tasks : 0));
    const costNanoUsd = sumOf(own, (cell) => cell.costNanoUsd);
    const [successes, unknown] = [count('success'), count('unknown')];
    const judged = successes + count('failure') + unknown;
    const passRate = passRateOf({ successes, unknown, judged });
    const toldNanoUsd = sumOf(own.filter(isTold), (cell) => cell.costNanoUsd);
    const perSuccess = costPerSuccessOf(toldNanoUsd, { successes, unknown });
    return [
      {
        work,
        tasks: sumOf(own, (cell) => cell.tasks),
        ...untoldOf(own),
        judged,
        successes,
        unknown,
        costNanoUsd,
        ...(passRate && { passRate }),
        ...(perSuccess && { costPerSuccessNanoUsd: perSuccess }),
      },
    ];
  });
}

const successesSql = `
  SELECT opened_at / 86400000, COUNT(*) FROM tasks
  WHERE outcome IN ('kept', 'committed') AND opened_at / 86400000 BETWEEN ? AND ? GROUP BY opened_at / 86400000`;
const oldSuccessesSql = `
  SELECT day, SUM(tasks) FROM task_days WHERE outcome IN ('kept', 'committed') AND day BETWEEN ? AND ? GROUP BY day`;

/** How many tasks succeeded that were opened on a day, by the day's name; some of them may have been added up already. */
export function readSuccesses(database: DatabaseSync, { firstDay, lastDay }: DayRange): ReadonlyMap<string, number> {
  const successes = new Map<string, number>();
  const old = rows(database, oldSuccessesSql, dayName(firstDay), dayName(lastDay));
  const kept = rows(database, successesSql, firstDay, lastDay);
  for (const [written, count] of [...old, ...kept]) {
    const day = nameOfDay(written);
    successes.set(day, (successes.get(day) ?? 0) + Number(count));
  }
  return successes;
}

/** A day each, the oldest first, without gaps. */
export function usageDays(
  range: DayRange,
  attempts: readonly AttemptCell[],
  successes: ReadonlyMap<string, number>,
): readonly UsageDay[] {
  const byDay = grouped(attempts, ({ day }) => day);
  return daysOf(range, new Set([...byDay.keys(), ...successes.keys()])).map((day) => {
    const own = byDay.get(day) ?? [];
    return {
      day,
      costNanoUsd: sumOf(own, ({ costNanoUsd }) => costNanoUsd),
      simulatedNanoUsd: sumOf(own, ({ simulatedNanoUsd }) => simulatedNanoUsd),
      unpriced: sumOf(own, ({ unpriced }) => unpriced),
      requests: sumOf(own, ({ requests }) => requests),
      successes: successes.get(day) ?? 0,
    };
  });
}

/** Who was depended on. @param makerOf undefined: not in the catalogue */
export function suppliersOf(
  attempts: readonly AttemptCell[],
  makerOf: (model: string) => string | undefined,
): UsageReport['suppliers'] {
  const { providers, makers } = supplierUse(modelUses(attempts), makerOf);
  return { providers, makers };
}

function modelUses(attempts: readonly AttemptCell[]): readonly ModelUse[] {
  const answered = attempts.filter(
    (cell) => !isRefusal(cell) && cell.provider !== undefined && cell.model !== undefined,
  );
  const byTarget = [...grouped(answered, ({ provider, model }) => `${provider}/${model}`)].sort(([a], [b]) =>
    compare(a, b),
  );
  return byTarget.flatMap(([, own]) => {
    const { provider, model } = own[0] ?? {};
    if (provider === undefined || model === undefined) return [];
    return [
      {
        provider,
        model,
        requests: sumOf(own, (cell) => (cell.outcome === 'failed' ? 0 : cell.attempts)),
        failed: sumOf(own, (cell) => (cell.outcome === 'failed' ? cell.attempts : 0)),
        costNanoUsd: sumOf(own, ({ costNanoUsd }) => costNanoUsd),
        simulatedNanoUsd: sumOf(own, ({ simulatedNanoUsd }) => simulatedNanoUsd),
        unpriced: sumOf(own, ({ unpriced }) => unpriced),
      },
    ];
  });
}

export function tokensOf(attempts: readonly AttemptCell[]): TokenUse {
  const input = sumOf(attempts, (cell) => cell.input);
  const cacheRead = sumOf(attempts, (cell) => cell.cacheRead);
  const cacheWrite = sumOf(attempts, (cell) => cell.cacheWrite);
  const read = input + cacheRead + cacheWrite;
  return {
    input,
    cacheRead,
    cacheWrite,
    output: sumOf(attempts, (cell) => cell.output),
    reasoning: sumOf(attempts, (cell) => cell.reasoning),
    ...(read > 0 && { cacheHitShare: cacheRead / read }),
  };
}

/** What was asked for at list price and what will be billed, by how it is billed. */
export function billingOf(attempts: readonly AttemptCell[]): readonly BillingShare[] {
  const served = attempts.filter((cell) => !isRefusal(cell));
  return [...grouped(served, ({ billing }) => billing)]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([, own]) =>
      own[0] === undefined
        ? []
        : [
            {
              billing: own[0].billing,
              listNanoUsd: sumOf(own, ({ costNanoUsd }) => costNanoUsd),
              billedNanoUsd: sumOf(own, ({ billedNanoUsd }) => billedNanoUsd),
              requests: sumOf(own, ({ requests }) => requests),
            },
          ],
    );
}
