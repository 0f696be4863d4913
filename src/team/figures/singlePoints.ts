import { compare, grouped } from '../../usage/report/grouped.ts';
import type { HeatOverlay } from '../../usage/report/heatTable.ts';
import type { WorkKind } from '../../usage/report/usageReport.ts';
import type { TeamTaskCell } from './taskFigures.ts';

/** From this share on a class of work hangs on one supplier. */
const NEARLY_ALL = 0.95;
/** So few tasks hang on one supplier by chance. */
const LEAST_TASKS = 20;

/** Work that stops when one provider, or one maker, does. */
export interface SinglePoint {
  readonly class: string;
  readonly work: WorkKind;
  readonly of: 'provider' | 'maker';
  readonly id: string;
  readonly tasks: number;
  /** From 0 to 1. */
  readonly share: number;
  /** The policy names a target of another one for the class; undefined: there is no policy to look at. */
  readonly hasOther?: boolean;
}

/** Classes of work that nearly all went to one supplier; what the policy has nobody else for comes first. */
export function singlePoints(
  cells: readonly TeamTaskCell[],
  overlay: HeatOverlay,
  makerOf: (target: string) => string | undefined,
): readonly SinglePoint[] {
  const told = cells.filter(({ class: ofClass, target }) => ofClass !== '' && target !== undefined);
  const rows = [...grouped(told, ({ class: ofClass, work }) => JSON.stringify([ofClass, work])).values()];
  const points = rows.flatMap((own) => [
    ...pointOf(own, 'provider', (target) => target.slice(0, target.indexOf('/')), overlay),
    ...pointOf(own, 'maker', makerOf, overlay),
  ]);
  return points.sort(
    (a, b) =>
      Number(a.hasOther === true) - Number(b.hasOther === true) || b.tasks - a.tasks || compare(a.class, b.class),
  );
}

function pointOf(
  cells: readonly TeamTaskCell[],
  of: SinglePoint['of'],
  supplierOf: (target: string) => string | undefined,
  overlay: HeatOverlay,
): readonly SinglePoint[] {
  const [first] = cells;
  const total = tasksOf(cells);
  if (first === undefined || total < LEAST_TASKS) return [];
  const [largest] = [...grouped(cells, ({ target = '' }) => supplierOf(target) ?? '')]
    .map(([id, own]) => ({ id, tasks: tasksOf(own) }))
    .sort((a, b) => b.tasks - a.tasks);
  if (largest === undefined || largest.id === '' || largest.tasks / total < NEARLY_ALL) return [];
  const route = overlay.routeOf(first.class);
  return [
    {
      class: first.class,
      work: first.work,
      of,
      id: largest.id,
      tasks: largest.tasks,
      share: largest.tasks / total,
      ...(route.length > 0 && {
        hasOther: route.some((target) => {
          const other = supplierOf(target);
          return other !== undefined && other !== largest.id;
        }),
      }),
    },
  ];
}

function tasksOf(cells: readonly TeamTaskCell[]): number {
  return cells.reduce((sum, { tasks }) => sum + tasks, 0);
}
