import { BudgetsSection } from '../../../panel/components/BudgetsSection.tsx';
import { teamBudgetStandings } from '../../figures/budgetStandings.ts';
import { readTaskLabels } from '../../figures/taskFigures.ts';
import { totalsByName } from '../../figures/teamTotals.ts';
import { viewQuery } from '../../figures/teamView.ts';
import { TotalsTable } from '../TeamTotals.tsx';
import type { PageRequest } from '../usagePages.ts';

/** Spend against budgets, and by label: a cost centre, a product. */
export async function spendPage({ services, world, view }: PageRequest) {
  const { source } = world;
  const [budgets, labels] = await Promise.all([
    teamBudgetStandings(services, source, view.team),
    readTaskLabels(source, view),
  ]);
  const byLabel = totalsByName(labels);
  const isLabelled = byLabel.some(({ name }) => name !== '');
  return (
    <div class="sections">
      <div class="wide">
        <BudgetsSection budgets={budgets} timeZone="UTC" />
        {source.leastPersons > 1 && budgets.length > 0 && (
          <p class="told">
            Spend is rounded up to steps of 5% of the limit, so that no single request can be seen in it.
          </p>
        )}
      </div>
      <TotalsTable
        id="labels"
        title="By label"
        note="A task with several labels is in several rows."
        of="Label"
        rows={
          isLabelled
            ? byLabel.map(({ name, totals }) => {
                if (name === '') return { name: 'without a label, or not told by it', totals };
                const colon = name.indexOf(':');
                const label = { key: name.slice(0, colon), value: name.slice(colon + 1) };
                return { name: `${label.key}: ${label.value}`, totals, href: `/${viewQuery({ ...view, label })}` };
              })
            : []
        }
        nothing={'No label is told here. A policy gives them to its work: "labels": { "cost-centre": "4711" }.'}
      />
    </div>
  );
}
