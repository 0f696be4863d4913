import type { TaskCell, TaskCostRow, ToldVerdict } from './taskCells.ts';
import type { WorkKind } from './usageReport.ts';

/** A task as a test tells it; a completion of class "tests" on `a/m` unless told. */
export interface ToldTask {
  readonly verdict: ToldVerdict;
  /** In nano-dollars. */
  readonly cost: number;
  readonly class?: string;
  readonly target?: string;
  readonly work?: WorkKind;
  readonly surface?: string;
  /** From 0 to 4. */
  readonly size?: number;
  readonly trial?: string;
  readonly arm?: 'trial' | 'control';
}

/** The cell of one task: cells of one kind may come in any number. */
export function taskCell(told: ToldTask): TaskCell {
  const { verdict, cost, size = 0, target = 'a/m', work = 'completion', surface = 'completion', trial, arm } = told;
  return {
    class: told.class ?? 'tests',
    work,
    surface,
    target,
    trial,
    arm,
    verdict,
    tasks: 1,
    sizes: [0, 1, 2, 3, 4, 5].map((one) => (one === size ? 1 : 0)),
    costNanoUsd: cost,
    squaredCost: cost ** 2,
    simulatedNanoUsd: 0,
    unpriced: 0,
    isFolded: false,
  };
}

export function taskCostRow({ verdict, cost, trial, arm }: ToldTask): TaskCostRow {
  return { verdict, costNanoUsd: cost, trial, arm };
}

/** So many of the same. */
export function times<Item>(count: number, item: Item): readonly Item[] {
  return Array.from({ length: count }, () => item);
}
