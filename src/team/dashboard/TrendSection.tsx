import { Scroller } from '../../panel/components/Scroller.tsx';
import { Nothing, Section } from '../../panel/components/Section.tsx';
import { SpendBars } from '../../panel/components/SpendBars.tsx';
import { counted, shortDay, usd } from '../../panel/figures.ts';
import type { TeamWeek } from '../figures/trends.ts';
import { TotalsCells, TotalsHeads } from './TeamTotals.tsx';

/** What each week came to: spend as bars, and all figures as a table. */
export function TrendSection({ weeks }: { readonly weeks: readonly TeamWeek[] }) {
  const most = weeks.reduce((max, { totals }) => Math.max(max, totals.costNanoUsd), 0);
  const note = 'Weeks begin on Thursdays, as the names do under which installations report.';
  return (
    <Section id="weeks" title="By week" note={note} wide>
      {weeks.every(({ totals }) => totals.tasks === 0) ? (
        <Nothing>No week to show.</Nothing>
      ) : (
        <>
          {weeks.length > 1 && (
            <SpendBars
              class="trend"
              label={`Spend of each of ${weeks.length} weeks, ${usd(most)} at most.`}
              bars={weeks.map(({ from, totals }) => ({
                name: shortDay(from),
                costNanoUsd: totals.costNanoUsd,
                detail: counted(totals.tasks, 'task'),
              }))}
            />
          )}
          <Scroller label="Figures of each week">
            <table class="plain">
              <caption class="hidden">Figures of each week, the newest first</caption>
              <thead>
                <tr>
                  <th scope="col">Week from</th>
                  <TotalsHeads />
                </tr>
              </thead>
              <tbody>
                {weeks.toReversed().map(({ from, totals }) => (
                  <tr key={from}>
                    <th scope="row">{shortDay(from)}</th>
                    <TotalsCells totals={totals} />
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroller>
        </>
      )}
    </Section>
  );
}
