import type { BudgetStanding } from '../../usage/report/usageReport.ts';
import { moment, percent, plain, usd } from '../figures.ts';
import { Nothing, Section } from './Section.tsx';
import { Sentence } from './Sentence.tsx';

/** Spend against each budget, with its steps on the bar; one that does not bind says so before anything else. */
export function BudgetsSection({
  budgets,
  timeZone,
}: {
  readonly budgets: readonly BudgetStanding[];
  readonly timeZone?: string | undefined;
}) {
  return (
    <Section id="budgets" title="Budgets">
      {budgets.length === 0 && <Nothing>The policy here sets no budget.</Nothing>}
      <ul class="budgets">
        {budgets.map((budget) => (
          <li key={`${budget.id} ${budget.of ?? ''}`}>
            <Budget budget={budget} timeZone={timeZone} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Budget({ budget, timeZone }: { readonly budget: BudgetStanding; readonly timeZone: string | undefined }) {
  const { spentNanoUsd: spent, reservedNanoUsd: reserved, limitNanoUsd: limit, notEnforced, until } = budget;
  return (
    <>
      <h3>
        {plain(budget.id)} <span class="scope">{scopeWords(budget)}</span>
      </h3>
      {notEnforced !== undefined && (
        <p class="alarm">
          <strong>Not counted.</strong> <Sentence text={notEnforced} />
        </p>
      )}
      {spent === undefined ? (
        <p>
          {notEnforced === undefined
            ? `${usd(limit)} at most for each ${plain(budget.per)}.`
            : `The limit is ${usd(limit)}.`}
        </p>
      ) : (
        <>
          <BudgetBar budget={budget} spent={spent} />
          <p>
            <strong>{usd(spent)}</strong> of {usd(limit)}
            {limit > 0 && ` (${percent(spent / limit)})`}
            {reserved > 0 && `, ${usd(reserved)} reserved for requests under way`}
            {until !== undefined && `; until ${moment(until, timeZone)}`}
          </p>
        </>
      )}
      {budget.steps.length > 0 && (
        <ul class="steps">
          {budget.steps.map(({ atShare, then, reached }) => (
            <li key={`${atShare} ${then}`} class={reached ? 'reached' : undefined}>
              at {percent(atShare)}: {plain(then)}
              {reached && <strong> – reached</strong>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function scopeWords({ per, period, of }: BudgetStanding): string {
  const whose = of === undefined ? `per ${plain(per)}` : `per ${plain(per)}, for ${plain(of)}`;
  return period === undefined ? whose : `${whose}, each ${plain(period)}`;
}

/** Spent, then reserved, then what is left; a line for each step. */
function BudgetBar({ budget, spent }: { readonly budget: BudgetStanding; readonly spent: number }) {
  const { limitNanoUsd: limit, reservedNanoUsd: reserved, steps } = budget;
  const part = (amount: number): number => (limit <= 0 ? 100 : Math.min(100, Math.max(0, (amount / limit) * 100)));
  const tone = spent >= limit ? 'over' : steps.some(({ reached }) => reached) ? 'warn' : '';
  return (
    <svg class={`bar budget ${tone}`} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width="100" height="10" />
      <rect class="reserved" width={part(spent + reserved)} height="10" />
      <rect class="fill" width={part(spent)} height="10" />
      {steps
        .filter(({ atShare }) => atShare < 1)
        .map(({ atShare, then }) => (
          <line key={`${atShare} ${then}`} class="step" x1={atShare * 100} x2={atShare * 100} y1="0" y2="10" />
        ))}
    </svg>
  );
}
