import { formatUsd } from '../../routing/labels.ts';
import type { AdminFrame } from '../access/pages/adminPages.tsx';
import { Mark, pageOf, Table } from '../access/pages/shell.tsx';
import { inSteps } from '../figures/budgetStandings.ts';
import type { Team } from '../organisation.ts';
import { WHOLE_ORG } from './budgetTables.ts';
import type { TeamBudget } from './teamBudgets.ts';

const PERIODS = { day: 'a day', week: 'a week', month: 'a month', ever: 'from the beginning on' } as const;

/** What teams may spend and have spent; for admins, with what changes it. @param waiting how many claims wait for an admin */
export function budgetsPage(
  frame: AdminFrame,
  budgets: readonly TeamBudget[],
  teams: readonly Team[],
  waiting: number,
): string {
  const isAdmin = frame.person.role === 'admin';
  return pageOf(
    frame,
    <>
      <p class="dim">
        A policy’s budget <code>per: "team"</code> or <code>per: "org"</code> is counted here, under its id. Routers
        hold small parts of it in advance; what they hold counts as spent until they say what became of it. The sum is
        told in steps of 5 % of the amount, in which single requests do not show. Days and months are those of UTC.
      </p>
      {budgets.length === 0 ? (
        <p>No budget is set. Until one is, the policy’s own “onUnknown” says what becomes of requests.</p>
      ) : (
        <Table name="Budgets" columns={['Budget', 'Of', 'Amount', 'Spent or held by routers, at most', 'Set by']}>
          {budgets.map((budget) => (
            <Row key={`${budget.team?.id ?? WHOLE_ORG} ${budget.name} ${budget.period}`} budget={budget} />
          ))}
        </Table>
      )}
      {isAdmin ? (
        <p>
          <a href="/budgets/claims">What installations said beyond their leases</a>
          {waiting === 0 ? '' : `: ${waiting} ${waiting === 1 ? 'waits' : 'wait'} for an admin`}
        </p>
      ) : undefined}
      {isAdmin ? <SetForm frame={frame} teams={teams} /> : undefined}
    </>,
  );
}

function Row({ budget }: { readonly budget: TeamBudget }) {
  const { name, period, team, amountNanoUsd, spentNanoUsd, outNanoUsd, by } = budget;
  return (
    <tr>
      <th scope="row">
        <code>{name}</code>
      </th>
      <td>{team?.name ?? 'the organisation'}</td>
      <td>
        {formatUsd(amountNanoUsd)} {PERIODS[period]}
      </td>
      <td>{formatUsd(inSteps(spentNanoUsd + outNanoUsd, amountNanoUsd))}</td>
      <td class="dim">{by.kind === 'policy' ? `the policy ${by.name}` : by.name}</td>
    </tr>
  );
}

function SetForm({ frame, teams }: { readonly frame: AdminFrame; readonly teams: readonly Team[] }) {
  return (
    <>
      <h2>Set a budget</h2>
      <form method="post" action="/budgets">
        <Mark person={frame.person} />
        <label>
          Of{' '}
          <select name="team">
            <option value={WHOLE_ORG}>the organisation (per: "org")</option>
            {teams.map(({ id, name }) => (
              <option key={id} value={id}>
                {name} (per: "team")
              </option>
            ))}
          </select>
        </label>
        <label>
          Id in the policy <input name="name" required maxLength={128} />
        </label>
        <label>
          Period{' '}
          <select name="period">
            {(['month', 'week', 'day', 'ever'] as const).map((period) => (
              <option key={period} value={period}>
                {PERIODS[period]}
              </option>
            ))}
          </select>
        </label>
        <label>
          US dollars <input name="usd" inputMode="decimal" placeholder="empty: take it away" />
        </label>
        <button type="submit">Set it</button>
      </form>
    </>
  );
}
