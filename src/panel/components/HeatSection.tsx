import type { TargetedKeyboardEvent } from 'preact';
import { useState } from 'preact/hooks';
import type { HeatRow, HeatTable } from '../../usage/report/usageReport.ts';
import { percent, plain, targetNames } from '../figures.ts';
import { cellSentences, cellTitle, workNames } from '../heatCell.ts';
import { HeatTableCell } from './HeatTableCell.tsx';
import { Nothing, Section } from './Section.tsx';

interface Place {
  readonly row: number;
  readonly column: number;
}

interface HeatSectionProps {
  readonly heat: HeatTable;
  /** Whether each cell has in words all that is known of it: to write them takes a third of the time. */
  readonly isDescribed: boolean;
}

/** Class of work by model: what a successful task cost, how often it worked, and where the policy sends it. */
export function HeatSection({ heat, isDescribed }: HeatSectionProps) {
  return (
    <Section
      id="heat"
      title="Cost of a successful task, by class of work and model"
      note="All attempts of a task count, also those that failed, were cut or repeated. Arrow keys move between cells."
      wide
    >
      {heat.rows.length === 0 || heat.models.length === 0 ? (
        <Nothing>No task yet. Ask for a completion or a change, and its class and model appear here.</Nothing>
      ) : (
        <HeatGrid heat={heat} isDescribed={isDescribed} />
      )}
    </Section>
  );
}

/** Exactly one cell is in the tab order; the arrows, Home and End move among the cells. */
function HeatGrid({ heat, isDescribed }: HeatSectionProps) {
  const [focus, setFocus] = useState<Place>({ row: 0, column: 0 });
  const [shown, setShown] = useState<Place>();
  const last = { row: heat.rows.length - 1, column: heat.models.length - 1 };
  const current = { row: Math.min(focus.row, last.row), column: Math.min(focus.column, last.column) };

  const move = (event: TargetedKeyboardEvent<HTMLTableElement>): void => {
    const next = placeAfter(event.key, event.ctrlKey || event.metaKey, current, last);
    if (next === undefined) return;
    event.preventDefault();
    setFocus(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-place="${next.row}-${next.column}"]`)?.focus();
  };
  const look = (place: Place): void => setShown(place);

  return (
    <>
      <div class="scroller">
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is what arrow keys move in. */}
        <table class="heat" role="grid" aria-readonly="true" onKeyDown={move}>
          <HeatHead models={heat.models} />
          <tbody>
            {heat.rows.map((row, y) => (
              <tr key={`${row.class} ${row.work}`}>
                <RowHeader row={row} />
                {heat.models.map(({ target }, x) => (
                  <HeatTableCell
                    key={target}
                    row={row}
                    target={target}
                    place={`${y}-${x}`}
                    describedBy={isDescribed ? `heat-${y}-${x}` : undefined}
                    isInTabOrder={current.row === y && current.column === x}
                    onLook={(isFocus) => {
                      if (isFocus) setFocus({ row: y, column: x });
                      look({ row: y, column: x });
                    }}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <CellCard heat={heat} place={shown} />
      <Legend />
    </>
  );
}

/** What the table is of, and its models. */
export function HeatHead({ models }: Pick<HeatTable, 'models'>) {
  return (
    <>
      <caption class="hidden">
        For each class of work and model: cost of a successful task, pass rate, and number of tasks
      </caption>
      <thead>
        <tr>
          <th scope="col">Class of work</th>
          {models.map(({ target }) => (
            <th scope="col" key={target} title={plain(target)}>
              <span class="model">{targetNames(target).model}</span>
              <span class="provider">{targetNames(target).provider}</span>
            </th>
          ))}
        </tr>
      </thead>
    </>
  );
}

/** A class and a kind of work, with the floor that is asked of it. */
export function RowHeader({ row }: { readonly row: HeatRow }) {
  return (
    <th scope="row">
      <span class="class">{plain(row.class)}</span>
      <span class="work">
        {workNames[row.work]}
        {row.passFloor !== undefined && `, floor ${percent(row.passFloor)}`}
      </span>
      {row.seniorReview && <strong class="senior">senior review</strong>}
    </th>
  );
}

/** What the cell under the pointer or the focus says in full. Screen readers have it as the cell's description. */
function CellCard({ heat, place }: { readonly heat: HeatTable; readonly place: Place | undefined }) {
  const row = place && heat.rows[place.row];
  const target = place && heat.models[place.column]?.target;
  return (
    <div class="card" aria-hidden="true">
      {row === undefined || target === undefined ? (
        <p class="note">Point at a cell, or move to it, to read all that is known of it.</p>
      ) : (
        <p>
          <strong>{cellTitle(row, target)}.</strong> {cellSentences(row, target).join(' ')}
        </p>
      )}
    </div>
  );
}

/** What colours, outlines and marks say. */
export function Legend() {
  return (
    <ul class="legend">
      <li>
        <span class="swatch route" /> the policy's first choice (dotted: its next ones)
      </li>
      <li>★ cheapest that reaches the class's pass floor</li>
      <li>
        <span class="swatch h0" />
        <span class="swatch h1" />
        <span class="swatch h2" />
        <span class="swatch h3" />
        <span class="swatch h4" /> cheapest of its row, up to 2, 4, 10 times that, more
      </li>
      <li>
        <span class="swatch below" /> below the floor: never the cheapest, whatever it costs
      </li>
      <li>too few: under 20 judged tasks; low confidence: under 50</li>
      <li>a range: some outcomes are not known</li>
    </ul>
  );
}

function placeAfter(key: string, isFar: boolean, { row, column }: Place, last: Place): Place | undefined {
  switch (key) {
    case 'ArrowLeft':
      return { row, column: Math.max(0, column - 1) };
    case 'ArrowRight':
      return { row, column: Math.min(last.column, column + 1) };
    case 'ArrowUp':
      return { row: Math.max(0, row - 1), column };
    case 'ArrowDown':
      return { row: Math.min(last.row, row + 1), column };
    case 'Home':
      return { row: isFar ? 0 : row, column: 0 };
    case 'End':
      return { row: isFar ? last.row : row, column: last.column };
    default:
      return undefined;
  }
}
