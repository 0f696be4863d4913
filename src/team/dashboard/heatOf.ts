import { heatTable } from '../../usage/report/heatTable.ts';
import type { HeatTable } from '../../usage/report/usageReport.ts';
import type { TeamTaskCell } from '../figures/taskFigures.ts';
import type { DashboardWorld } from './world.ts';

/** Classes by models, of what is told by both. */
export function heatOf(world: Pick<DashboardWorld, 'overlay'>, cells: readonly TeamTaskCell[]): HeatTable {
  // What each task cost is known to nobody here: intervals come from sums.
  return heatTable(
    cells.filter(({ class: ofClass }) => ofClass !== ''),
    () => [],
    world.overlay,
  );
}

/** What is told without its class, or without its model. */
export function untold(cells: readonly TeamTaskCell[]): readonly TeamTaskCell[] {
  return cells.filter(({ class: ofClass, target }) => ofClass === '' || target === undefined);
}
