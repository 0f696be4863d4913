import type { UsageDay } from '../../usage/report/usageReport.ts';
import { count, shortDay, spent, usd } from '../figures.ts';
import { Scroller } from './Scroller.tsx';
import { Nothing, Section } from './Section.tsx';

const HEIGHT = 40;

/** What each day cost, as bars; the same figures as a table for whoever wants to read them. */
export function DaysSection({ days }: { readonly days: readonly UsageDay[] }) {
  const [first] = days;
  const last = days.at(-1);
  const dearest = days.reduce<UsageDay | undefined>(
    (most, day) => (most === undefined || day.costNanoUsd > most.costNanoUsd ? day : most),
    undefined,
  );
  if (first === undefined || last === undefined || dearest === undefined) {
    return (
      <Section id="days" title="By day">
        <Nothing>No day to show.</Nothing>
      </Section>
    );
  }
  const words = `Most on ${shortDay(dearest.day)}: ${spent(dearest)}`;
  return (
    <Section id="days" title="By day">
      <p>{dearest.costNanoUsd === 0 ? 'Nothing was spent at list price.' : `${words}.`}</p>
      {days.length > 1 && (
        <>
          <Bars days={days} most={dearest.costNanoUsd} words={words} />
          <p class="axis" aria-hidden="true">
            <span>{shortDay(first.day)}</span>
            <span>{shortDay(last.day)}</span>
          </p>
        </>
      )}
      <details>
        <summary>Each day's figures</summary>
        <Scroller label="Each day's figures">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">Day (UTC)</th>
                <th scope="col" class="number">
                  Spent
                </th>
                <th scope="col" class="number">
                  Requests
                </th>
                <th scope="col" class="number">
                  Successes
                </th>
              </tr>
            </thead>
            <tbody>
              {days.toReversed().map((day) => (
                <tr key={day.day}>
                  <th scope="row">{shortDay(day.day)}</th>
                  <td class="number">{spent(day)}</td>
                  <td class="number">{count(day.requests)}</td>
                  <td class="number">{count(day.successes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      </details>
    </Section>
  );
}

interface BarsProps {
  readonly days: readonly UsageDay[];
  readonly most: number;
  readonly words: string;
}

function Bars({ days, most, words }: BarsProps) {
  const heightOf = (cost: number): number => (most === 0 || cost === 0 ? 0 : Math.max(1, (cost / most) * HEIGHT));
  return (
    <svg
      class="days"
      viewBox={`0 0 ${days.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Spend of each of ${days.length} days. ${words}.`}
    >
      <line class="base" x1="0" x2={days.length} y1={HEIGHT} y2={HEIGHT} />
      {days.map((day, index) => (
        <rect
          key={day.day}
          x={index + 0.12}
          width="0.76"
          y={HEIGHT - heightOf(day.costNanoUsd)}
          height={heightOf(day.costNanoUsd)}
        >
          <title>
            {shortDay(day.day)}: {usd(day.costNanoUsd)}, {count(day.requests)} requests
          </title>
        </rect>
      ))}
    </svg>
  );
}
