import { Scroller } from '../../panel/components/Scroller.tsx';
import { Nothing, Section } from '../../panel/components/Section.tsx';
import { count, shortDay, spent, usd } from '../../panel/figures.ts';
import type { TeamWeek } from '../figures/trends.ts';
import { costWords, rateWords } from './TeamTotals.tsx';

const HEIGHT = 40;

/** Spend and pass rate of each week; the same figures as a table. */
export function TrendSection({ weeks }: { readonly weeks: readonly TeamWeek[] }) {
  const most = weeks.reduce((max, { totals }) => Math.max(max, totals.costNanoUsd), 0);
  const note = 'Weeks begin on Thursdays, as the names do under which installations report.';
  return (
    <Section id="weeks" title="By week" note={note} wide>
      {most === 0 && weeks.every(({ totals }) => totals.tasks === 0) ? (
        <Nothing>No week to show.</Nothing>
      ) : (
        <>
          {weeks.length > 1 && <Bars weeks={weeks} most={most} />}
          <Scroller label="Figures of each week">
            <table class="plain">
              <caption class="hidden">Figures of each week, the newest first</caption>
              <thead>
                <tr>
                  <th scope="col">Week from</th>
                  <th scope="col" class="number">
                    Spent
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
                  <th scope="col" class="number">
                    Completions kept
                  </th>
                </tr>
              </thead>
              <tbody>
                {weeks.toReversed().map(({ from, totals }) => (
                  <tr key={from}>
                    <th scope="row">{shortDay(from)}</th>
                    <td class="number">{spent(totals)}</td>
                    <td class="number">{count(totals.tasks)}</td>
                    <td class="number">{costWords(totals, 'change')}</td>
                    <td class="number">{rateWords(totals, 'change')}</td>
                    <td class="number">{costWords(totals, 'completion')}</td>
                    <td class="number">{rateWords(totals, 'completion')}</td>
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

function Bars({ weeks, most }: { readonly weeks: readonly TeamWeek[]; readonly most: number }) {
  const heightOf = (cost: number): number => (most === 0 || cost === 0 ? 0 : Math.max(1, (cost / most) * HEIGHT));
  const [first, last] = [weeks[0], weeks.at(-1)];
  return (
    <>
      <svg
        class="trend"
        viewBox={`0 0 ${weeks.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Spend of each of ${weeks.length} weeks, ${usd(most)} at most.`}
      >
        <line class="base" x1="0" x2={weeks.length} y1={HEIGHT} y2={HEIGHT} />
        {weeks.map(({ from, totals }, place) => (
          <rect
            key={from}
            class="amount"
            x={place + 0.12}
            width="0.76"
            y={HEIGHT - heightOf(totals.costNanoUsd)}
            height={heightOf(totals.costNanoUsd)}
          >
            <title>
              {shortDay(from)}: {usd(totals.costNanoUsd)}, {count(totals.tasks)} tasks
            </title>
          </rect>
        ))}
      </svg>
      <p class="axis" aria-hidden="true">
        <span>{first && shortDay(first.from)}</span>
        <span>{last && shortDay(last.from)}</span>
      </p>
    </>
  );
}
