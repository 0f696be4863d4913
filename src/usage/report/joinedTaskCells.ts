import { grouped } from './grouped.ts';
import type { TaskCell } from './taskCells.ts';

/** Cells of tasks that are alike and ended alike, as one each. */
export function joinedTaskCells(cells: readonly TaskCell[]): readonly TaskCell[] {
  const key = ({ class: ofClass, work, surface, target, trial, arm, verdict, isFolded }: TaskCell): string =>
    [ofClass, work, surface, target, trial, arm, verdict, isFolded].join('\n');
  return [...grouped(cells, key).values()].flatMap((own) => {
    const [first, ...others] = own;
    return first === undefined ? [] : [others.reduce(added, first)];
  });
}

function added(a: TaskCell, b: TaskCell): TaskCell {
  return {
    ...a,
    tasks: a.tasks + b.tasks,
    sizes: a.sizes.map((tasks, size) => tasks + (b.sizes[size] ?? 0)),
    costNanoUsd: a.costNanoUsd + b.costNanoUsd,
    squaredCost: a.squaredCost + b.squaredCost,
    simulatedNanoUsd: a.simulatedNanoUsd + b.simulatedNanoUsd,
    unpriced: a.unpriced + b.unpriced,
  };
}
