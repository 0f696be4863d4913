import { compare, grouped } from './grouped.ts';
import { type CostsOf, heatCell } from './heatCell.ts';
import { standardisedPassRates } from './standardised.ts';
import type { TaskCell, TaskCostRow, TaskGroup } from './taskCells.ts';
import type { HeatCell, HeatRow, HeatTable, TrialUse, WorkKind } from './usageReport.ts';

/** What is laid over the figures: the policy in force, and what is known of models. */
export interface HeatOverlay {
  /** What the policy sends a class to, by target, the first choice first. */
  routeOf(ofClass: string): readonly string[];
  /** undefined: reports do not judge the class. */
  passFloorOf(ofClass: string): number | undefined;
  /** By target. */
  makerOf(target: string): string | undefined;
  /** By target; undefined: unpriced. */
  dearnessOf(target: string): number | undefined;
}

/** What each task of a class and a kind of work cost that was first routed to a model. */
export type ReadCosts = (group: TaskGroup) => readonly TaskCostRow[];

/**
 * Classes of work by models. Completions, changes and questions of one class are rows of their own: they are judged by
 * different signals. A model's cell has the tasks that were first routed to it.
 */
export function heatTable(cells: readonly TaskCell[], readCosts: ReadCosts, overlay: HeatOverlay): HeatTable {
  const routed = cells.filter(({ target }) => target !== undefined);
  const costs = rememberedCosts(readCosts);
  const rows = [...grouped(routed, ({ class: ofClass, work }) => JSON.stringify([ofClass, work])).values()]
    .flatMap((own): Row[] => (own[0] === undefined ? [] : [{ class: own[0].class, work: own[0].work, own }]))
    .map((row) => ({
      row: heatRow(row, costs, overlay),
      cost: row.own.reduce((sum, cell) => sum + cell.costNanoUsd, 0),
    }))
    .sort((a, b) => b.cost - a.cost || compare(a.row.class, b.row.class) || compare(a.row.work, b.row.work))
    .map(({ row }) => row);
  return { models: modelsOf(routed, overlay), rows };
}

interface Row {
  readonly class: string;
  readonly work: WorkKind;
  readonly own: readonly TaskCell[];
}

function heatRow({ class: ofClass, work, own }: Row, costs: ReadCosts, overlay: HeatOverlay): HeatRow {
  const passFloor = overlay.passFloorOf(ofClass);
  const standardised = standardisedPassRates(own);
  const cells = [...grouped(own, ({ target }) => target ?? '')].map(([target, tasks]) => {
    const cell = heatCell(
      tasks,
      costsOf(tasks, () => costs({ class: ofClass, target, work })),
    );
    const rate = cell.confidence === 'few' ? undefined : standardised.get(target);
    return [
      target,
      { ...cell, ...(rate !== undefined && { standardisedPassRate: rate }), ...held(cell, passFloor) },
    ] as const;
  });
  const best = cheapest(cells, passFloor);
  return {
    class: ofClass,
    work,
    ...(passFloor !== undefined && { passFloor }),
    route: overlay.routeOf(ofClass),
    // A model may have any name, "__proto__" too.
    cells: Object.fromEntries(cells.sort(([a], [b]) => compare(a, b))),
    ...(best !== undefined && { best }),
    seniorReview: cells.length > 0 && cells.every(([, cell]) => cell.belowFloor === true),
  };
}

/** Below the floor is what stays below it even if all unknown tasks succeeded, and has enough of them. */
function held(cell: HeatCell, passFloor: number | undefined): Pick<HeatCell, 'belowFloor'> {
  if (passFloor === undefined || cell.passRate === undefined || cell.confidence === 'few') return {};
  return { belowFloor: cell.passRate.high < passFloor };
}

/**
 * The cheapest model above the floor: with enough tasks, and above it even if no unknown task succeeded. Without a floor
 * there is none: the cheapest would be the one that fails most cheaply.
 */
function cheapest(cells: readonly (readonly [string, HeatCell])[], passFloor: number | undefined): string | undefined {
  if (passFloor === undefined) return undefined;
  return (
    cells
      .filter(
        ([, { confidence, passRate }]) => confidence !== 'few' && passRate !== undefined && passRate.low >= passFloor,
      )
      // What has no price would win for nothing.
      .filter(([, { unpriced }]) => unpriced === 0)
      .map(([target, { costPerSuccessNanoUsd: cost }]) => ({ target, cost: cost?.high ?? Number.POSITIVE_INFINITY }))
      .filter(({ cost }) => Number.isFinite(cost))
      .sort((a, b) => a.cost - b.cost || compare(a.target, b.target))[0]?.target
  );
}

function modelsOf(cells: readonly TaskCell[], overlay: HeatOverlay): HeatTable['models'] {
  return [...grouped(cells, ({ target }) => target ?? '')]
    .map(([target, own]) => {
      const tasks = own.reduce((sum, cell) => sum + cell.tasks, 0);
      const cost = own.reduce((sum, cell) => sum + cell.costNanoUsd, 0);
      return { target, dearness: overlay.dearnessOf(target), perTask: cost / tasks, maker: overlay.makerOf(target) };
    })
    .sort((a, b) => (b.dearness ?? -1) - (a.dearness ?? -1) || b.perTask - a.perTask || compare(a.target, b.target))
    .map(({ target, maker }) => ({ target, ...(maker !== undefined && { maker }) }));
}

/** Trials, arm by arm: what each arm's tasks came to, whichever model they were routed to. */
export function trialsOf(cells: readonly TaskCell[], readCosts: ReadCosts): readonly TrialUse[] {
  const costs = rememberedCosts(readCosts);
  const inTrials = cells.filter(
    ({ trial, arm, target }) => trial !== undefined && arm !== undefined && target !== undefined,
  );
  const key = ({ trial, class: ofClass, work }: TaskCell): string => JSON.stringify([trial, ofClass, work]);
  return [...grouped(inTrials, key)]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([, own]) => {
      const [first] = own;
      if (first?.trial === undefined) return [];
      const { trial, class: ofClass, work } = first;
      const arms = (['control', 'trial'] as const).flatMap((arm) => {
        const ofArm = own.filter((cell) => cell.arm === arm);
        if (ofArm.length === 0) return [];
        const targets = [...new Set(ofArm.flatMap(({ target }) => target ?? []))].sort(compare);
        const rowsOfArm = (): readonly TaskCostRow[] =>
          targets
            .flatMap((target) => costs({ class: ofClass, target, work }))
            .filter((row) => row.trial === trial && row.arm === arm);
        return [{ arm, targets, cell: heatCell(ofArm, costsOf(ofArm, rowsOfArm)) }];
      });
      return [{ id: trial, class: ofClass, work, arms }];
    });
}

function costsOf(cells: readonly TaskCell[], read: () => readonly TaskCostRow[]): CostsOf {
  return () => (cells.some(({ isFolded }) => isFolded) ? undefined : read());
}

function rememberedCosts(read: ReadCosts): ReadCosts {
  const known = new Map<string, readonly TaskCostRow[]>();
  return (group) => {
    const key = JSON.stringify([group.class, group.target, group.work]);
    const found = known.get(key) ?? read(group);
    known.set(key, found);
    return found;
  };
}
