import { dependenceOn } from '../../routing/drill/dependence.ts';
import type { Drill } from '../../routing/drill/drill.ts';
import { type Supplier, supplierName } from '../../routing/drill/supplier.ts';
import { formatUsd } from '../../routing/labels.ts';
import { type SupplierShare, type SupplierUse, supplierUseDays } from '../../usage/supplierUse.ts';
import type { Cell, Section } from '../page.ts';
import { countWords, listed } from './words.ts';

/** Rows for each kind of supplier. */
const MOST_ROWS = 30;

/** A supplier as it was used, beside what the policy depends on it for. */
export interface SupplierRow {
  /** undefined: makers that are not known. */
  readonly supplier: Supplier | undefined;
  /** undefined: not used. */
  readonly share: SupplierShare | undefined;
  /** undefined: no drill was held without it. */
  readonly drill: Drill | undefined;
}

/** Suppliers that were used, the most used first, then those that only the policy names. */
export function supplierRows(
  use: SupplierUse,
  drills: readonly Drill[],
  kind: Supplier['kind'],
): readonly SupplierRow[] {
  const own = new Map(drills.flatMap((drill) => (drill.supplier?.kind === kind ? [[drill.supplier.id, drill]] : [])));
  const shares = kind === 'provider' ? use.providers : use.makers;
  const used = shares.map((share): SupplierRow => {
    const { id } = share;
    return {
      supplier: id === undefined ? undefined : { kind, id },
      share,
      drill: id === undefined ? undefined : own.get(id),
    };
  });
  const rest = [...own].filter(([id]) => !shares.some((share) => share.id === id));
  return [...used, ...rest.map(([id, drill]): SupplierRow => ({ supplier: { kind, id }, share: undefined, drill }))];
}

/** @param down of a drill of one supplier: what the policy depends on the others for is then not known here */
export function supplierSection(use: SupplierUse, drills: readonly Drill[], down: Supplier | undefined): Section {
  const rows = (['provider', 'maker'] as const).flatMap((kind) =>
    supplierRows(use, drills, kind)
      .slice(0, MOST_ROWS)
      .map((row) => cellsOf(row, down !== undefined)),
  );
  const heading = `Suppliers, as used on this machine in the last ${supplierUseDays} days`;
  if (use.requests === 0) return { heading, lines: ['No request was answered in that time.'] };
  const policy = down === undefined ? ['the policy'] : [];
  const simulated = [...use.providers].reduce((total, { simulatedNanoUsd }) => total + simulatedNanoUsd, 0);
  const unpriced = use.providers.reduce((total, one) => total + one.unpriced, 0);
  return {
    heading,
    table: { head: ['supplier', 'requests', 'share', 'spend', 'share', ...policy], rows, numbers: [1, 2, 3, 4] },
    lines: [
      `${countWords(use.requests, 'request')} in all repositories, ${formatUsd(use.costNanoUsd)}${simulated > 0 ? `, of which ${formatUsd(simulated)} simulated` : ''}${unpriced > 0 ? `, and ${countWords(unpriced, 'attempt')} without a known price` : ''}. This is kept on this machine alone.`,
    ],
  };
}

function cellsOf({ supplier, share, drill }: SupplierRow, isOfOne: boolean): readonly Cell[] {
  return [
    { text: supplier === undefined ? 'makers not known' : supplierName(supplier), tone: 'name' },
    (share?.requests ?? 0).toLocaleString('en-US'),
    percent(share?.requestShare ?? 0),
    share === undefined ? formatUsd(0) : spendOf(share),
    share === undefined ? percent(0) : share.costShare === undefined ? '-' : percent(share.costShare),
    ...(isOfOne ? [] : [dependenceCell(drill)]),
  ];
}

function spendOf({ costNanoUsd, unpriced }: SupplierShare): string {
  if (unpriced === 0) return formatUsd(costNanoUsd);
  return costNanoUsd === 0 ? 'unpriced' : `over ${formatUsd(costNanoUsd)}`;
}

function dependenceCell(drill: Drill | undefined): Cell {
  if (drill === undefined) return 'does not need it';
  const { stops, stopsInPart, moves } = dependenceOn(drill);
  const stopped = [...stops, ...stopsInPart.map((name) => `${name} in part`)];
  if (stopped.length > 0) return { text: `stops without it: ${listed(stopped, 3)}`, tone: 'bad' };
  return moves.length > 0 ? `moves without it: ${listed(moves, 3)}` : 'has it as a fallback';
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}
