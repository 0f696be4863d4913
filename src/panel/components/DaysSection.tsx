import type { UsageDay } from '../../usage/report/usageReport.ts';
import { count, counted, shortDay, spent } from '../figures.ts';
import { Scroller } from './Scroller.tsx';
import { Nothing, Section } from './Section.tsx';
import { SpendBars } from './SpendBars.tsx';

type Day = Pick<UsageDay, 'day' | 'costNanoUsd' | 'unpriced'> &
  Partial<Pick<UsageDay, 'requests' | 'successes'>> & { readonly tasks?: number };

const columns = { requests: 'Requests', tasks: 'Tasks', successes: 'Successes' } as const;
const columnNames = ['requests', 'tasks', 'successes'] as const;

/** What each day cost, as bars; the same figures as a table for whoever wants to read them. What days do not have is left out. */
export function DaysSection({ days }: { readonly days: readonly Day[] }) {
  const [first] = days;
  const last = days.at(-1);
  const dearest = days.reduce<Day | undefined>(
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
  const shown = columnNames.filter((name) => first[name] !== undefined);
  const words = `Most on ${shortDay(dearest.day)}: ${spent(dearest)}`;
  return (
    <Section id="days" title="By day">
      <p>{dearest.costNanoUsd === 0 ? 'Nothing was spent at list price.' : `${words}.`}</p>
      {days.length > 1 && (
        <SpendBars
          class="days"
          label={`Spend of each of ${days.length} days. ${words}.`}
          bars={days.map(({ day, costNanoUsd, requests, tasks = 0 }) => ({
            name: shortDay(day),
            costNanoUsd,
            detail: requests === undefined ? counted(tasks, 'task') : counted(requests, 'request'),
          }))}
        />
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
                {shown.map((name) => (
                  <th key={name} scope="col" class="number">
                    {columns[name]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {days.toReversed().map((day) => (
                <tr key={day.day}>
                  <th scope="row">{shortDay(day.day)}</th>
                  <td class="number">{spent(day)}</td>
                  {shown.map((name) => (
                    <td key={name} class="number">
                      {count(day[name] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      </details>
    </Section>
  );
}
