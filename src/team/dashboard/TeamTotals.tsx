import { Scroller } from '../../panel/components/Scroller.tsx';
import { Nothing, Section } from '../../panel/components/Section.tsx';
import { ShareBar } from '../../panel/components/ShareBar.tsx';
import { count, percent, percentRange, plain, spent, usdRange } from '../../panel/figures.ts';
import type { UsageTotals, WorkKind } from '../../usage/report/usageReport.ts';

interface TotalsTableProps {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  /** What the first column has. */
  readonly of: string;
  readonly rows: readonly { readonly name: string; readonly totals: UsageTotals; readonly href?: string }[];
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
                  Spent
                </th>
                <th scope="col" class="number">
                  Share
                </th>
                <th scope="col" class="number">
                  Tasks
                </th>
                <th scope="col" class="number">
                  A successful change
                </th>
                <th scope="col" class="number">
                  Changes that pass
                </th>
                <th scope="col" class="number">
                  A kept completion
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ name, totals, href }) => (
                <tr key={name}>
                  <th scope="row">
                    {href === undefined ? plain(name) : <a href={href}>{plain(name)}</a>}
                    <ShareBar share={all === 0 ? 0 : totals.costNanoUsd / all} />
                  </th>
                  <td class="number">{spent(totals)}</td>
                  <td class="number">{all === 0 ? '–' : percent(totals.costNanoUsd / all)}</td>
                  <td class="number">{count(totals.tasks)}</td>
                  <td class="number">{costWords(totals, 'change')}</td>
                  <td class="number">{rateWords(totals, 'change')}</td>
                  <td class="number">{costWords(totals, 'completion')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Section>
  );
}

/** What a success of a kind of work cost: a range where outcomes are not known. */
export function costWords({ byWork = [] }: UsageTotals, work: WorkKind): string {
  const own = byWork.find((one) => one.work === work);
  if (own === undefined || own.successes + own.unknown === 0) return '–';
  return usdRange({ low: own.costNanoUsd / (own.successes + own.unknown), high: own.costNanoUsd / own.successes });
}

/** How many of the judged tasks succeeded. */
export function rateWords({ byWork = [] }: UsageTotals, work: WorkKind): string {
  const own = byWork.find((one) => one.work === work);
  if (own === undefined || own.judged === 0) return '–';
  return percentRange({ low: own.successes / own.judged, high: (own.successes + own.unknown) / own.judged });
}
