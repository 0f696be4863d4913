import { Figure, WorkFigure } from '../../../panel/components/Headline.tsx';
import { counted, spent, usd } from '../../../panel/figures.ts';
import { type PolicyChanges, policyChanges } from '../../../panel/policyChanges.ts';
import { grouped } from '../../../usage/report/grouped.ts';
import { daysWithOutcomes } from '../../figures/daysWithOutcomes.ts';
import { monthlySaving } from '../../figures/monthlySaving.ts';
import { readTaskParts, readTeamCells } from '../../figures/taskFigures.ts';
import { type TeamTotals, teamTotals, totalsByName } from '../../figures/teamTotals.ts';
import { viewQuery } from '../../figures/teamView.ts';
import { teamWeeks } from '../../figures/trends.ts';
import { heatOf, untold } from '../heatOf.ts';
import { TeamHeat } from '../TeamHeat.tsx';
import { TotalsTable } from '../TeamTotals.tsx';
import { TrendSection } from '../TrendSection.tsx';
import type { PageRequest } from '../usagePages.ts';

/** What was spent, whether it worked, by class and model, and by team. */
export async function overviewPage({ world, view, days, parameters }: PageRequest) {
  const [cells, span, weeks] = await Promise.all([
    readTeamCells(world.source, view),
    daysWithOutcomes(world.source, view),
    readTaskParts(world.source, view, 'week'),
  ]);
  const heat = heatOf(world, cells);
  const query = viewQuery(view);
  const chosen = chosenCell(parameters.get('cell'));
  const byTeam = totalsByName(grouped(cells, ({ team }) => String(team))).toSorted(
    (a, b) => Number(a.name === '0') - Number(b.name === '0'),
  );
  return (
    <>
      <Headline
        totals={teamTotals(cells)}
        rest={teamTotals(untold(cells))}
        changes={policyChanges(heat)}
        days={span}
        changesHref={`/usage/changes${query}`}
        hasPolicy={world.policy !== undefined}
      />
      <div class="sections">
        <TeamHeat
          heat={heat}
          linkOf={({ class: ofClass, work }, target) => {
            const cell = JSON.stringify([ofClass, work, target]);
            return `/${query}${query === '' ? '?' : '&'}cell=${encodeURIComponent(cell)}#cell`;
          }}
          chosen={chosen}
          hasPolicy={world.policy !== undefined}
          leastPersons={world.source.leastPersons}
        />
        <TrendSection weeks={teamWeeks(weeks, days)} />
        <TotalsTable
          id="teams"
          title="Teams"
          of="Team"
          rows={byTeam.map(({ name, totals }) => {
            const team = world.teams.find(({ id }) => String(id) === name);
            if (team === undefined) return { name: 'not told by team', totals };
            return { name: team.name, totals, href: `/${viewQuery({ ...view, team: team.id })}` };
          })}
          nothing="Nothing here that can be told."
        />
      </div>
    </>
  );
}

interface HeadlineProps {
  readonly totals: TeamTotals;
  /** Of what has no class or no model that is told. */
  readonly rest: TeamTotals;
  readonly changes: PolicyChanges;
  readonly days: number;
  readonly changesHref: string;
  readonly hasPolicy: boolean;
}

function Headline({ totals, rest, changes, days, changesHref, hasPolicy }: HeadlineProps) {
  const saves = changes.changes.reduce((sum, change) => {
    const saving = change.kind === 'route' ? monthlySaving(change, days) : undefined;
    return sum + Math.max(0, saving?.seen.low ?? 0);
  }, 0);
  return (
    <>
      <dl class="headline">
        <Figure name="Spent, at list price" value={spent(totals)}>
          on {counted(totals.tasks, 'task')}
          {totals.simulatedNanoUsd > 0 && `; ${usd(totals.simulatedNanoUsd)} of it simulated`}
        </Figure>
        {(totals.byWork ?? [])
          .filter(({ work }) => work !== 'question')
          .map((work) => (
            <WorkFigure key={work.work} totals={work} />
          ))}
        <Figure name="To change in the policy" value={hasPolicy ? changeWords(changes) : '–'}>
          {hasPolicy ? (
            <a href={changesHref}>{saves > 0 ? `about ${usd(saves)} a month less; see why` : 'see why'}</a>
          ) : (
            'no policy is given out here to compare with'
          )}
        </Figure>
      </dl>
      {rest.tasks > 0 && (
        <p class="told">
          {spent(rest)} of it, on {counted(rest.tasks, 'task')}, is told without its class or its model: too few people
          had part in each.
        </p>
      )}
    </>
  );
}

function changeWords({ changes }: PolicyChanges): string {
  return changes.length === 0 ? 'nothing' : counted(changes.length, 'line');
}

/** Of an address: JSON, as the links of the table write it. Anything else chooses nothing. */
function chosenCell(text: string | null) {
  let value: unknown;
  try {
    value = JSON.parse(text ?? 'null');
  } catch {
    return undefined; // an address that somebody has written by hand
  }
  if (!Array.isArray(value)) return undefined;
  const [ofClass, work, target]: readonly unknown[] = value;
  return typeof ofClass === 'string' && typeof work === 'string' && typeof target === 'string'
    ? { class: ofClass, work, target }
    : undefined;
}
