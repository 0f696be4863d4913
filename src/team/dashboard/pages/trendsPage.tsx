import { DaysSection } from '../../../panel/components/DaysSection.tsx';
import { count } from '../../../panel/figures.ts';
import { readTaskParts } from '../../figures/taskFigures.ts';
import { teamTotals } from '../../figures/teamTotals.ts';
import { teamDays, teamWeeks } from '../../figures/trends.ts';
import { TrendSection } from '../TrendSection.tsx';
import type { PageRequest } from '../usagePages.ts';

/** What came to what, week by week, and day by day as far as that can be told. */
export async function trendsPage({ world, view, days }: PageRequest) {
  const [weeks, byDay] = await Promise.all([
    readTaskParts(world.source, view, 'week'),
    readTaskParts(world.source, view, 'day'),
  ]);
  const untold = teamTotals(byDay.get('') ?? []);
  return (
    <div class="sections">
      <TrendSection weeks={teamWeeks(weeks, days)} />
      <div class="wide">
        <DaysSection days={teamDays(byDay, days)} />
        {untold.tasks > 0 && (
          <p class="told">
            {count(untold.tasks)} more tasks are told by the week alone: on single days too few people had part in them.
          </p>
        )}
      </div>
    </div>
  );
}
