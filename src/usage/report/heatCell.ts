import { bootstrapCostPerSuccess, type CostPerSuccess, fieller, wilson } from './intervals.ts';
import type { TaskCell, TaskCost, ToldVerdict } from './taskCells.ts';
import type { Confidence, HeatCell, Interval } from './usageReport.ts';

/** Below so many judged tasks a figure says next to nothing, and below the second little. */
const FEW_TASKS = 20;
const LOW_TASKS = 50;
/** Up to so many tasks of a cell are drawn from one by one; beyond, their sums say the same. */
const MOST_DRAWN = 200;

/** Every task of a cell by itself; undefined where there are too many, or what each cost is lost. */
export type CostsOf = () => readonly TaskCost[] | undefined;

type Judged = Pick<HeatCell, 'successes' | 'unknown' | 'judged'>;

type ToldCell = TaskCell & { readonly verdict: ToldVerdict };

/** Whether it is told what became of them. */
export function isTold(cell: TaskCell): cell is ToldCell {
  return cell.verdict !== 'untold';
}

/** How many tasks it is not told of, where there are any. */
export function untoldOf(cells: readonly TaskCell[]): { readonly untold?: number } {
  const untold = cells.reduce((sum, cell) => sum + (isTold(cell) ? 0 : cell.tasks), 0);
  return untold > 0 ? { untold } : {};
}

interface Sums {
  tasks: number;
  cost: number;
  squared: number;
}

/**
 * What a model did for a class of work: the cost of all its tasks (every attempt of theirs: failed, cancelled, retried and
 * hedged ones, and those that fell to another model) over those of them that succeeded. A task belongs to the model that it
 * was first routed to, so that a weak model pays for what is done over. Tasks that are open or cannot be judged are left
 * out of the pass rate, and their cost is not: who asks has paid for them.
 *
 * Where tasks are unknown each figure is a range from the one extreme, that none of them succeeded, to the other (C. F.
 * Manski, Nonparametric bounds on treatment effects, AER 80 (1990) 319–323), and its interval goes from the low end of the
 * one to the high end of the other.
 */
export function heatCell(cells: readonly TaskCell[], costsOf: CostsOf): HeatCell {
  const told = cells.filter(isTold);
  const by = sumsByVerdict(told);
  const total = (field: 'costNanoUsd' | 'simulatedNanoUsd' | 'unpriced' | 'tasks'): number =>
    cells.reduce((sum, cell) => sum + cell[field], 0);
  const successes = by.success.tasks;
  const unknown = by.unknown.tasks;
  const judged = successes + unknown + by.failure.tasks;
  const confidence = confidenceOf(judged);
  const passRate = passRateOf({ successes, unknown, judged });
  const passInterval = united(wilson(successes, judged), wilson(successes + unknown, judged), passRate);
  const all = Object.values(by);
  const [toldTasks, toldCost] = [
    all.reduce((sum, { tasks }) => sum + tasks, 0),
    all.reduce((sum, { cost }) => sum + cost, 0),
  ];
  const perSuccess = costPerSuccessOf(toldCost, { successes, unknown });
  const chance = perSuccess === undefined || confidence === 'few' ? undefined : chanceOf(by, toldTasks, costsOf);
  const costInterval = united(chance?.withUnknown, chance?.without, perSuccess);
  return {
    costNanoUsd: total('costNanoUsd'),
    simulatedNanoUsd: total('simulatedNanoUsd'),
    unpriced: total('unpriced'),
    tasks: total('tasks'),
    ...untoldOf(cells),
    judged,
    successes,
    unknown,
    confidence,
    ...(passRate && { passRate }),
    ...(passInterval && { passInterval }),
    ...(perSuccess && { costPerSuccessNanoUsd: perSuccess }),
    ...(costInterval && { costInterval }),
  };
}

/** How many judged tasks succeeded: from none of the unknown ones to all. undefined: none was judged. */
export function passRateOf({ successes, unknown, judged }: Judged): Interval | undefined {
  return judged === 0 ? undefined : { low: successes / judged, high: (successes + unknown) / judged };
}

/** What a success cost: from all unknown tasks being one to none, where it has no upper end without any known one. */
export function costPerSuccessOf(
  costNanoUsd: number,
  { successes, unknown }: Omit<Judged, 'judged'>,
): Interval | undefined {
  if (successes + unknown === 0) return undefined;
  return {
    low: costNanoUsd / (successes + unknown),
    high: successes === 0 ? Number.POSITIVE_INFINITY : costNanoUsd / successes,
  };
}

function confidenceOf(judged: number): Confidence {
  return judged < FEW_TASKS ? 'few' : judged < LOW_TASKS ? 'low' : 'enough';
}

function sumsByVerdict(cells: readonly ToldCell[]): Readonly<Record<ToldVerdict, Sums>> {
  const none = (): Sums => ({ tasks: 0, cost: 0, squared: 0 });
  const by = { success: none(), failure: none(), unknown: none(), unjudged: none() };
  for (const { verdict, tasks, costNanoUsd, squaredCost } of cells) {
    const sums = by[verdict];
    sums.tasks += tasks;
    sums.cost += costNanoUsd;
    sums.squared += squaredCost;
  }
  return by;
}

function chanceOf(by: Readonly<Record<ToldVerdict, Sums>>, tasks: number, costsOf: CostsOf): Partial<CostPerSuccess> {
  const single = tasks <= MOST_DRAWN ? costsOf() : undefined;
  if (single !== undefined && single.length > 0) return bootstrapCostPerSuccess(single);
  const all = Object.values(by);
  const moments = {
    tasks,
    cost: all.reduce((sum, { cost }) => sum + cost, 0),
    squaredCost: all.reduce((sum, { squared }) => sum + squared, 0),
  };
  const { success, unknown } = by;
  const without = fieller({ ...moments, successes: success.tasks, costOfSuccesses: success.cost });
  const withUnknown = fieller({
    ...moments,
    successes: success.tasks + unknown.tasks,
    costOfSuccesses: success.cost + unknown.cost,
  });
  return { ...(without && { without }), ...(withUnknown && { withUnknown }) };
}

/** From the low end of the one to the high end of the other, and never less than what was seen. */
function united(
  low: Interval | undefined,
  high: Interval | undefined,
  seen: Interval | undefined,
): Interval | undefined {
  if (seen === undefined || low === undefined || (high === undefined && Number.isFinite(seen.high))) return undefined;
  return {
    low: Math.min(low.low, high?.low ?? low.low, seen.low),
    high: Math.max(low.high, high?.high ?? Number.POSITIVE_INFINITY, seen.high),
  };
}
