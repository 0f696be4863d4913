import { formatUsd } from '../routing/labels.ts';
import { COMMAND_LINE } from '../team/access/audit.ts';
import { WHOLE_ORG } from '../team/budgets/budgetTables.ts';
import { budgetWritten } from '../team/budgets/budgetWords.ts';
import { judgeClaim, takeLeaseBack } from '../team/budgets/leaseClaims.ts';
import { isLeasePlace, type ListedLease, listLeases } from '../team/budgets/leaseList.ts';
import { listTeamBudgets, setTeamBudget } from '../team/budgets/teamBudgets.ts';
import { OWN_ORG } from '../team/organisation.ts';
import { type Call, CommandError, type ExitCode, textOption, writeJson } from './command.ts';
import { columns } from './table.ts';
import { teamAsked } from './teamAccess.ts';
import { withPlace } from './teamPlace.ts';

/** `team budget list|set NAME USD|leases|accept LEASE|refuse LEASE|take-back LEASE` */
export async function runTeamBudget(call: Call): Promise<ExitCode> {
  const [what, name, usd] = call.positionals;
  switch (what) {
    case 'list':
      return list(call);
    case 'set':
      return set(call, name, usd);
    case 'leases':
      return leases(call);
    case 'accept':
    case 'refuse':
    case 'take-back':
      return judge(call, what, name);
    default:
      throw new CommandError(
        `There is no "team budget ${what}": there are list, set NAME USD, leases, accept LEASE, refuse LEASE and take-back LEASE.`,
      );
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

/** Leases that are told at once. */
const LEASES_PAGE = 500;

/** What installations said that leases came to and that is not believed without an admin; with `--token`, all leases of one. */
async function leases(call: Call): Promise<ExitCode> {
  const tokenId = textOption(call, 'token');
  const asked = tokenId === undefined ? ({ kind: 'claims' } as const) : ({ kind: 'of-token', tokenId } as const);
  const before = textOption(call, 'before');
  if (before !== undefined && !isLeasePlace(before)) {
    throw new CommandError('--before takes what the page before ended with: it is said there.');
  }
  const {
    leases: found,
    inAll,
    older,
  } = await withPlace(call, ({ store: { database } }) =>
    listLeases({ database }, OWN_ORG, asked, { most: LEASES_PAGE, before }),
  );
  if (call.values['json'] === true) {
    await writeJson(call, { inAll, ...(older === undefined ? {} : { older }), leases: found });
    return 0;
  }
  const none = tokenId === undefined ? 'Nothing was claimed.\n' : 'That token has taken no lease in 90 days.\n';
  await call.write(found.length === 0 ? none : columns(found.map(leaseWords)));
  if (inAll > found.length) {
    await call.write(
      `These are ${found.length} of ${inAll}: first claims that wait, of the largest leases before others, then the newest.${older === undefined ? '' : ` Those after them: --before ${older}`}\n`,
    );
  }
  return 0;
}

function leaseWords(lease: ListedLease): readonly string[] {
  const { id, name, team, tokenId, settledBy, amountNanoUsd, grantedAt, countedNanoUsd, claimedNanoUsd } = lease;
  return [
    id,
    grantedAt.toISOString().slice(0, 16).replace('T', ' '),
    name,
    team,
    `token ${settledBy ?? tokenId ?? 'not known'}`,
    `lease ${formatUsd(amountNanoUsd)}`,
    countedNanoUsd === null ? 'not settled' : `counts ${formatUsd(countedNanoUsd)}`,
    claimedNanoUsd === null ? '' : `said ${formatUsd(claimedNanoUsd)}: ${lease.claim}`,
    lease.takenBackAt === null ? '' : 'taken back',
  ];
}

async function judge(
  call: Call,
  what: 'accept' | 'refuse' | 'take-back',
  lease: string | undefined,
): Promise<ExitCode> {
  if (lease === undefined) throw new CommandError('Which lease? routing-policy team budget leases tells their ids.');
  const judgement = { orgId: OWN_ORG, lease, who: COMMAND_LINE };
  const judged = await withPlace(call, ({ store: { database } }) => {
    const services = { database, now: () => call.now };
    if (what === 'take-back') return takeLeaseBack(services, judgement);
    return judgeClaim(services, judgement, what === 'accept' ? 'accepted' : 'refused');
  });
  if (judged.kind === 'mistake') throw new CommandError(judged.message);
  await call.write(
    {
      accept: 'Accepted: all that was said of it counts as spent.\n',
      refuse: 'Refused: what counted of it already still does.\n',
      'take-back': 'Taken back: nothing of it counts as spent any more.\n',
    }[what],
  );
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
