import type { TaskCell } from './taskCells.ts';

/** A cell that is being added to. */
type Growing = { -readonly [Field in keyof TaskCell]: Field extends 'sizes' ? number[] : TaskCell[Field] };

/** Cells of tasks that are alike and ended alike, as one each. */
export function joinedTaskCells(cells: readonly TaskCell[]): readonly TaskCell[] {
  const joined = new Map<string, Growing>();
  for (const cell of cells) {
    const key = keyOf(cell);
    const before = joined.get(key);
    if (before === undefined) joined.set(key, { ...cell, sizes: [...cell.sizes] });
    else add(before, cell);
  }
  return [...joined.values()];
}

/** No name has a line break in it. */
function keyOf({ class: ofClass, work, surface, target, trial, arm, verdict, isFolded }: TaskCell): string {
  return `${ofClass}\n${target}\n${surface}\n${verdict}\n${work}\n${trial}\n${arm}\n${isFolded}`;
}

function add(to: Growing, cell: TaskCell): void {
  to.tasks += cell.tasks;
  to.costNanoUsd += cell.costNanoUsd;
  to.squaredCost += cell.squaredCost;
  to.simulatedNanoUsd += cell.simulatedNanoUsd;
  to.unpriced += cell.unpriced;
  for (const [size, tasks] of cell.sizes.entries()) to.sizes[size] = (to.sizes[size] ?? 0) + tasks;
}
