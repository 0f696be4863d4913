import { HeatHead, Legend, RowHeader } from '../../panel/components/HeatSection.tsx';
import { CellFigures, cellClasses, RouteMark } from '../../panel/components/HeatTableCell.tsx';
import { Nothing, Section } from '../../panel/components/Section.tsx';
import { cellSentences, cellTitle } from '../../panel/heatCell.ts';
import type { HeatRow, HeatTable } from '../../usage/report/usageReport.ts';

interface TeamHeatProps {
  readonly heat: HeatTable;
  /** The address of a cell: the page with all that is known of it. */
  readonly linkOf: (row: HeatRow, target: string) => string;
  readonly chosen: { readonly class: string; readonly work: string; readonly target: string } | undefined;
  /** Whether a policy lies over the figures. */
  readonly hasPolicy: boolean;
  readonly leastPersons: number;
}

/** Classes of work by models. Each cell is a link to all that is known of it, because the page runs no script. */
export function TeamHeat({ heat, linkOf, chosen, hasPolicy, leastPersons }: TeamHeatProps) {
  const isChosen = (row: HeatRow, target: string): boolean =>
    chosen !== undefined && row.class === chosen.class && row.work === chosen.work && target === chosen.target;
  const chosenRow = heat.rows.find((row) => heat.models.some(({ target }) => isChosen(row, target)));
  return (
    <Section
      id="heat"
      title="Cost of a successful task, by class of work and model"
      note={
        hasPolicy
          ? 'All attempts of a task count, also those that failed, were cut or repeated. A cell leads to all that is known of it.'
          : 'All attempts of a task count. No policy is given out by this server, so no floor, no route and no best model is marked.'
      }
      wide
    >
      {heat.rows.length === 0 || heat.models.length === 0 ? (
        <Nothing>{nothingWords(leastPersons)}</Nothing>
      ) : (
        <>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form. */}
          <div class="scroller" role="group" aria-label="The table, which may be wider than the page">
            <table class="heat">
              <HeatHead models={heat.models} />
              <tbody>
                {heat.rows.map((row) => (
                  <tr key={`${row.class} ${row.work}`}>
                    <RowHeader row={row} />
                    {heat.models.map(({ target }) => (
                      <Cell
                        key={target}
                        row={row}
                        target={target}
                        href={linkOf(row, target)}
                        isChosen={isChosen(row, target)}
                      />
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {chosenRow !== undefined && chosen !== undefined && (
            <div class="card" id="cell">
              <p>
                <strong>{cellTitle(chosenRow, chosen.target)}.</strong>{' '}
                {cellSentences(chosenRow, chosen.target).join(' ')}
              </p>
            </div>
          )}
          <Legend />
          {leastPersons > 1 && (
            <p class="told">
              A dash: no work, or none that {leastPersons} people or more had part in. Work of fewer is added to that of
              other teams, then of other models and classes, until it is of enough. What became of work is told at the
              end of its week, of as much of it together as {leastPersons} people or more had part in each outcome of;
              until then, and where it cannot be, a cell says what was spent.
            </p>
          )}
        </>
      )}
    </Section>
  );
}

interface CellProps {
  readonly row: HeatRow;
  readonly target: string;
  readonly href: string;
  readonly isChosen: boolean;
}

function Cell({ row, target, href, isChosen }: CellProps) {
  const cell = row.cells[target];
  const drawn = cellClasses(row, target, cell);
  return (
    <td class={isChosen ? `${drawn} chosen` : drawn} title={cellSentences(row, target).join(' ')}>
      {cell === undefined ? (
        <>
          <span class="empty">–</span>
          <RouteMark row={row} target={target} />
        </>
      ) : (
        <a href={href} aria-current={isChosen ? 'true' : undefined}>
          <CellFigures row={row} target={target} cell={cell} />
          <RouteMark row={row} target={target} />
        </a>
      )}
    </td>
  );
}

function nothingWords(leastPersons: number): string {
  return leastPersons > 1
    ? `Nothing here that ${leastPersons} people or more had part in. Choose more weeks, or all teams and classes.`
    : 'No task in these weeks. Choose more of them, or all teams and classes.';
}
