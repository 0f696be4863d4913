import { formatUsd } from '../routing/labels.ts';
import { COMMAND_LINE } from '../team/access/audit.ts';
import { WHOLE_ORG } from '../team/budgets/budgetTables.ts';
import { budgetWritten } from '../team/budgets/budgetWords.ts';
import { listTeamBudgets, setTeamBudget } from '../team/budgets/teamBudgets.ts';
import { OWN_ORG } from '../team/organisation.ts';
import { type Call, CommandError, type ExitCode, textOption, writeJson } from './command.ts';
import { columns } from './table.ts';
import { teamAsked } from './teamAccess.ts';
import { withPlace } from './teamPlace.ts';

/** `team budget list|set NAME USD` */
export async function runTeamBudget(call: Call): Promise<ExitCode> {
  const [what, name, usd] = call.positionals;
  switch (what) {
    case 'list':
      return list(call);
    case 'set':
      return set(call, name, usd);
    default:
      throw new CommandError(`There is no "team budget ${what}": there are list and set NAME USD.`);
  }
}

async function list(call: Call): Promise<ExitCode> {
  const budgets = await withPlace(call, ({ store: { database } }) =>
    listTeamBudgets({ database, now: () => call.now }, OWN_ORG),
  );
  if (call.values['json'] === true) {
    await writeJson(call, budgets);
    return 0;
  }
  const rows = budgets.map(({ name, period, team, amountNanoUsd, spentNanoUsd, outNanoUsd, by }) => [
    name,
    team?.name ?? 'the organisation',
    `${formatUsd(amountNanoUsd)} ${period === 'ever' ? 'in all' : `a ${period}`}`,
    `${formatUsd(spentNanoUsd)} spent`,
    `${formatUsd(outNanoUsd)} held by routers`,
    by.kind === 'policy' ? `by the policy ${by.name}` : `by ${by.name}`,
  ]);
  await call.write(rows.length === 0 ? 'No budget is set.\n' : columns(rows));
  return 0;
}

async function set(call: Call, name: string | undefined, usd: string | undefined): Promise<ExitCode> {
  if (name === undefined || usd === undefined) {
    throw new CommandError('Which budget, and how much? routing-policy team budget set NAME USD; none takes it away.');
  }
  const written = budgetWritten(name, textOption(call, 'period') ?? 'month', usd);
  if (written.kind === 'mistake') throw new CommandError(written.message);
  const isOrgs = call.values['org'] === true;
  if (isOrgs && textOption(call, 'team') !== undefined) {
    throw new CommandError('A budget is of a team (--team) or of the organisation (--org): give one of them.');
  }
  const whose = await withPlace(call, async ({ store: { database } }) => {
    const team = isOrgs ? undefined : await teamAsked(call, database);
    const of = { orgId: OWN_ORG, teamId: team?.id ?? WHOLE_ORG, name, period: written.period };
    await setTeamBudget({ database, now: () => call.now }, of, written.amountNanoUsd, COMMAND_LINE);
    return team === undefined ? 'the organisation' : `the team "${team.name}"`;
  });
  await call.write(
    written.amountNanoUsd === undefined
      ? `${whose} has no budget "${name}" any more, unless a policy of this server declares it.\n`
      : `${whose} may spend ${formatUsd(written.amountNanoUsd)} ${written.period === 'ever' ? 'in all' : `a ${written.period}`} by the budget "${name}".\n`,
  );
  return 0;
}
