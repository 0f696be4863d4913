import type { HeatTable, Interval, WorkKind } from '../usage/report/usageReport.ts';

/** What came of all tasks of one kind of work, over all classes and models. */
export interface WorkTotals {
  readonly work: WorkKind;
  readonly judged: number;
  readonly successes: number;
  readonly unknown: number;
  /** The low end takes what is unknown for successes, and is all there is where none is known. Left out without either. */
  readonly costPerSuccessNanoUsd?: Interval;
}

/** Completions and changes apart: they are judged by different signals, and one figure for both would say nothing. */
export function workTotals(heat: HeatTable): readonly WorkTotals[] {
  const works: readonly WorkKind[] = ['change', 'completion'];
  return works.flatMap((work) => {
    const cells = heat.rows.filter((row) => row.work === work).flatMap(({ cells }) => Object.values(cells));
    if (cells.length === 0) return [];
    const sum = (key: 'judged' | 'successes' | 'unknown' | 'costNanoUsd'): number =>
      cells.reduce((total, cell) => total + cell[key], 0);
    const [successes, unknown, cost] = [sum('successes'), sum('unknown'), sum('costNanoUsd')];
    return [
      {
        work,
        judged: sum('judged'),
        successes,
        unknown,
        ...(successes + unknown === 0
          ? {}
          : { costPerSuccessNanoUsd: { low: cost / (successes + unknown), high: cost / successes } }),
      },
    ];
  });
}
