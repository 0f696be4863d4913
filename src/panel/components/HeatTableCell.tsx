import type { HeatCell, HeatRow } from '../../usage/report/usageReport.ts';
import { count, percent, percentRange, spent, usdRange } from '../figures.ts';
import { cellSentences, heatLevel, routePlace, standardisedDiffers } from '../heatCell.ts';

interface HeatTableCellProps {
  readonly row: HeatRow;
  readonly target: string;
  readonly place: string;
  /** The id of all that is known of it; undefined: it is not written yet. */
  readonly describedBy: string | undefined;
  readonly isInTabOrder: boolean;
  readonly onLook: (isFocus: boolean) => void;
}

/** One class on one model. Everything that colour, outline or hatching says is said in words as well. */
export function HeatTableCell({ row, target, place, describedBy, isInTabOrder, onLook }: HeatTableCellProps) {
  const cell = row.cells[target];
  return (
    <td
      class={cellClasses(row, target, cell)}
      tabIndex={isInTabOrder ? 0 : -1}
      data-place={place}
      aria-describedby={describedBy}
      onFocus={() => onLook(true)}
      onMouseOver={() => onLook(false)}
    >
      {cell === undefined ? <span class="empty">–</span> : <CellFigures row={row} target={target} cell={cell} />}
      <RouteMark row={row} target={target} />
      {describedBy !== undefined && (
        <span hidden id={describedBy}>
          {cellSentences(row, target).join(' ')}
        </span>
      )}
    </td>
  );
}

/** What a cell says of its tasks. */
export function CellFigures({
  row,
  target,
  cell,
}: {
  readonly row: HeatRow;
  readonly target: string;
  readonly cell: HeatCell;
}) {
  return (
    <>
      <span class="cost">
        {row.best === target && (
          <span class="star" role="img" aria-label="cheapest above the floor">
            ★
          </span>
        )}
        {costWords(row, cell)}
      </span>
      <span class="rate">
        {rateWords(row, cell)}
        <span class="n"> · n {tasksWords(cell)}</span>
      </span>
      {standardisedDiffers(cell) && <span class="mark">{percent(cell.standardisedPassRate ?? 0)} on the same mix</span>}
      {cell.belowFloor === true && <span class="mark">▽ below floor</span>}
      {cell.passRate !== undefined && cell.confidence === 'few' && <span class="mark">too few</span>}
      {cell.passRate !== undefined && cell.confidence === 'low' && <span class="mark">low confidence</span>}
    </>
  );
}

/** Where it is not told of all what became, of how many it is. */
function tasksWords({ tasks, untold = 0 }: HeatCell): string {
  return untold === 0 || untold >= tasks ? count(tasks) : `${count(tasks - untold)} of ${count(tasks)}`;
}

/** What has not been judged has no success to divide by: then what was spent. */
function costWords({ work }: HeatRow, cell: HeatCell): string {
  if (cell.judged === 0)
    return `${spent(cell)} ${work === 'question' || cell.untold !== undefined ? 'in all' : 'so far'}`;
  const { costPerSuccessNanoUsd: cost, unpriced } = cell;
  if (cost === undefined) return unpriced === 0 ? 'no success' : 'unpriced';
  return `${unpriced > 0 ? '≥ ' : ''}${usdRange(cost)}`;
}

function rateWords({ work }: HeatRow, { passRate, untold }: HeatCell): string {
  if (passRate !== undefined) return percentRange(passRate);
  if (untold !== undefined) return 'outcomes not told';
  return work === 'question' ? 'unverified' : 'not judged yet';
}

/** Where the policy has it, in words. */
export function RouteMark({ row, target }: { readonly row: HeatRow; readonly target: string }) {
  const place = routePlace(row, target);
  if (place === undefined) return null;
  return <span class="mark policy">{place === 1 ? 'policy' : `policy, choice ${place}`}</span>;
}

/** How a cell is drawn. */
export function cellClasses(row: HeatRow, target: string, cell: HeatCell | undefined): string {
  const place = routePlace(row, target);
  const level = cell && heatLevel(row, cell);
  return [
    cell === undefined ? 'none' : '',
    level === undefined ? '' : `h${level}`,
    cell?.belowFloor === true ? 'below' : '',
    cell?.confidence === 'few' ? 'few' : '',
    place === undefined ? '' : place === 1 ? 'route' : 'route next',
  ]
    .filter(Boolean)
    .join(' ');
}
