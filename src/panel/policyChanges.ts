import type { HeatCell, HeatRow, HeatTable, Interval } from '../usage/report/usageReport.ts';

/** What the evidence says against a line of the policy. */
export type PolicyChange =
  | {
      readonly kind: 'route';
      readonly row: HeatRow;
      readonly from: string;
      readonly to: string;
      /** Of the route of today; left out where it had no task in the range. */
      readonly before?: HeatCell;
      readonly after: HeatCell;
      /** What the tasks that went to `from` would have cost less; negative: more. Left out where it cannot be said. */
      readonly savesNanoUsd?: Interval;
      /** The two costs differ by no more than chance may do. */
      readonly mayBeChance: boolean;
    }
  | { readonly kind: 'senior-review'; readonly row: HeatRow };

export interface PolicyChanges {
  /** What saves the most first. */
  readonly changes: readonly PolicyChange[];
  /** Rows whose route is the best one by the evidence. */
  readonly agreeing: number;
  /** Rows without the evidence for any word. */
  readonly undecided: number;
  /** Rows for which the policy names no pass floor: no model can be called good enough there. */
  readonly withoutFloor: number;
}

/** What the policy would say if it went by these figures: only where there are enough tasks. */
export function policyChanges(heat: HeatTable): PolicyChanges {
  const rows = heat.rows.filter(({ work, route }) => work !== 'question' && route.length > 0);
  const changes = rows.flatMap((row): readonly PolicyChange[] => changeOf(row));
  const withoutFloor = rows.filter(({ passFloor }) => passFloor === undefined).length;
  const agreeing = rows.filter(({ best, route }) => best !== undefined && best === route[0]).length;
  return {
    changes: changes.toSorted((a, b) => savingOf(b) - savingOf(a)),
    agreeing,
    undecided: rows.length - changes.length - agreeing - withoutFloor,
    withoutFloor,
  };
}

function changeOf(row: HeatRow): readonly PolicyChange[] {
  if (row.seniorReview) return [{ kind: 'senior-review', row }];
  const [from] = row.route;
  const to = row.best;
  const after = to === undefined ? undefined : row.cells[to];
  if (from === undefined || to === undefined || after === undefined || from === to) return [];
  const before = row.cells[from];
  if (before !== undefined && mayBeBetter(before, after)) return [];
  const saves = before && savingBetween(before, after);
  return [
    {
      kind: 'route',
      row,
      from,
      to,
      ...(before === undefined ? {} : { before }),
      after,
      ...(saves === undefined ? {} : { savesNanoUsd: saves }),
      mayBeChance: before !== undefined && overlap(before.costInterval, after.costInterval),
    },
  ];
}

/** Cheaper, and perhaps above the floor: what is not known of it is no reason to leave it. */
function mayBeBetter(before: HeatCell, after: HeatCell): boolean {
  const [old, other] = [before.costPerSuccessNanoUsd, after.costPerSuccessNanoUsd];
  const isKnown = before.confidence !== 'few' && before.belowFloor !== true;
  return isKnown && old !== undefined && other !== undefined && old.low <= other.low;
}

/** The successes of `before`, each at the other's cost. */
function savingBetween(before: HeatCell, after: HeatCell): Interval | undefined {
  const { costPerSuccessNanoUsd: old, successes } = before;
  const other = after.costPerSuccessNanoUsd;
  // Too few tasks say nothing of what the rest would cost.
  if (old === undefined || other === undefined || before.confidence === 'few' || before.unpriced + after.unpriced > 0) {
    return undefined;
  }
  if (![old.high, other.high].every(Number.isFinite)) return undefined;
  return { low: (old.low - other.high) * successes, high: (old.high - other.low) * successes };
}

function overlap(one: Interval | undefined, other: Interval | undefined): boolean {
  return one !== undefined && other !== undefined && one.low <= other.high && other.low <= one.high;
}

function savingOf(change: PolicyChange): number {
  // Work that no model does well enough comes before any saving.
  if (change.kind === 'senior-review') return Number.MAX_VALUE;
  const { savesNanoUsd: saves } = change;
  return saves === undefined ? 0 : (saves.low + saves.high) / 2;
}

/** The place in the policy that routes a class, and the layer that it is in: `org:ledger` is `ledger` of `org`. */
export function policyLine(ofClass: string): { readonly path: string; readonly layer?: string } {
  if (ofClass === 'default') return { path: 'default' };
  const colon = ofClass.lastIndexOf(':');
  const id = ofClass.slice(colon + 1);
  const path = /^[\w$]+$/.test(id) ? `routes.${id}.use` : `routes["${id}"].use`;
  return colon < 0 ? { path } : { path, layer: ofClass.slice(0, colon) };
}
