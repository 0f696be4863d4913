import { DaysSection } from '../../../panel/components/DaysSection.tsx';
import { Nothing, Section } from '../../../panel/components/Section.tsx';
import { count } from '../../../panel/figures.ts';
import { readTaskParts } from '../../figures/taskFigures.ts';
import { teamTotals } from '../../figures/teamTotals.ts';
import { teamDays, teamWeeks } from '../../figures/trends.ts';
import { TrendSection } from '../TrendSection.tsx';
import type { PageRequest } from '../usagePages.ts';

/** With more of the work than this that no day shows, days would tell a wrong story. */
const MOST_UNTOLD = 0.2;

/** What came to what, week by week, and day by day as far as that can be told. */
export async function trendsPage({ world, view, days }: PageRequest) {
  const [weeks, byDay] = await Promise.all([
    readTaskParts(world.source, view, 'week'),
    readTaskParts(world.source, view, 'day'),
  ]);
  const untold = teamTotals(byDay.get('') ?? []).tasks;
  const all = teamTotals([...byDay.values()].flat()).tasks;
  return (
    <div class="sections">
      <TrendSection weeks={teamWeeks(weeks, days)} />
      <div class="wide">
        {untold > all * MOST_UNTOLD ? (
          <Section id="days" title="By day">
            <Nothing>
              Most of this work can be told by the week alone: on single days too few people had part in it. Look at all
              teams and classes.
            </Nothing>
          </Section>
        ) : (
          <DaysSection days={teamDays(byDay, days)} />
        )}
        {untold > 0 && untold <= all * MOST_UNTOLD && (
          <p class="told">
            {count(untold)} more tasks are told by the week alone, so that days seem smaller than they were.
          </p>
        )}
      </div>
    </div>
  );
}
