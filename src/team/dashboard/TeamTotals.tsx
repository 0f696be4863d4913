import { Scroller } from '../../panel/components/Scroller.tsx';
import { Nothing, Section } from '../../panel/components/Section.tsx';
import { ShareBar } from '../../panel/components/ShareBar.tsx';
import { count, percent, percentRange, plain, spent, usdRange } from '../../panel/figures.ts';
import type { WorkKind, WorkTotals } from '../../usage/report/usageReport.ts';
import type { TeamTotals } from '../figures/teamTotals.ts';

interface TotalsTableProps {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  /** What the first column has. */
  readonly of: string;
  readonly rows: readonly { readonly name: string; readonly totals: TeamTotals; readonly href?: string }[];
  readonly nothing: string;
}

/** Totals beside each other: of teams, of labels. */
export function TotalsTable({ id, title, note, of, rows, nothing }: TotalsTableProps) {
  const all = rows.reduce((sum, { totals }) => sum + totals.costNanoUsd, 0);
  return (
    <Section id={id} title={title} note={note} wide>
      {rows.length === 0 ? (
        <Nothing>{nothing}</Nothing>
      ) : (
        <Scroller label={title}>
          <table class="plain shares">
            <caption class="hidden">{title}</caption>
            <thead>
              <tr>
                <th scope="col">{of}</th>
                <th scope="col" class="number">
                  Share
                </th>
                <TotalsHeads />
              </tr>
            </thead>
            <tbody>
              {rows.map(({ name, totals, href }) => (
                <tr key={name}>
                  <th scope="row">
                    {href === undefined ? plain(name) : <a href={href}>{plain(name)}</a>}
                    <ShareBar share={all === 0 ? 0 : totals.costNanoUsd / all} />
                  </th>
                  <td class="number">{all === 0 ? '–' : percent(totals.costNanoUsd / all)}</td>
                  <TotalsCells totals={totals} />
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Section>
  );
}

const figures: readonly (readonly [string, (totals: TeamTotals) => string])[] = [
  ['Spent', spent],
  ['Tasks', ({ tasks }) => count(tasks)],
  ['A successful change', (totals) => costWords(ofWork(totals, 'change'))],
  ['Changes that pass', (totals) => rateWords(ofWork(totals, 'change'))],
  ['A kept completion', (totals) => costWords(ofWork(totals, 'completion'))],
  ['Completions kept', (totals) => rateWords(ofWork(totals, 'completion'))],
];

/** What {@link TotalsCells} are of. */
export function TotalsHeads() {
  return (
    <>
      {figures.map(([name]) => (
        <th key={name} scope="col" class="number">
          {name}
        </th>
      ))}
    </>
  );
}

/** What tasks came to, a figure in each cell. */
export function TotalsCells({ totals }: { readonly totals: TeamTotals }) {
  return (
    <>
      {figures.map(([name, wordsOf]) => (
        <td key={name} class="number">
          {wordsOf(totals)}
        </td>
      ))}
    </>
  );
}

function ofWork({ byWork = [] }: TeamTotals, work: WorkKind): WorkTotals | undefined {
  return byWork.find((one) => one.work === work);
}

/** What a success of a kind of work cost: a range where outcomes are not known. */
function costWords(own: WorkTotals | undefined): string {
  return own?.costPerSuccessNanoUsd === undefined ? '–' : usdRange(own.costPerSuccessNanoUsd);
}

/** How many of the judged tasks succeeded. */
function rateWords(own: WorkTotals | undefined): string {
  return own?.passRate === undefined ? '–' : percentRange(own.passRate);
}
