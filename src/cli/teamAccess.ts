import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ADMIN_LINK_MINUTES, createAdminLink } from '../team/access/adminLinks.ts';
import { audit, COMMAND_LINE } from '../team/access/audit.ts';
import { forgetPerson } from '../team/access/forget.ts';
import {
  createToken,
  isTokenLabel,
  LABEL_WORDS,
  listTokens,
  revokeToken,
  tokenFor,
} from '../team/access/machineTokens.ts';
import { addTeam, isTeamName, listTeams, OWN_ORG, type Team } from '../team/organisation.ts';
import { rememberedOrigin } from '../team/serverSettings.ts';
import type { MachineScope } from '../team/services.ts';
import type { OpenPlace } from '../team/store/place.ts';
import { linkOf, MembershipError, membershipFromLink } from '../usage/sync/membership.ts';
import { type Call, CommandError, type ExitCode, textOption } from './command.ts';
import { columns } from './table.ts';
import { fileAt, withPlace } from './teamPlace.ts';

const SCOPES = ['ingest', 'lease', 'metrics', 'policy'] as const satisfies readonly MachineScope[];
const DAY_MS = 86_400_000;
const SALT_BYTES = 24;

/** `team add TEAM` */
export async function runTeamAdd(call: Call): Promise<ExitCode> {
  const name = call.positionals[0] ?? '';
  if (!isTeamName(name)) {
    throw new CommandError(`"${name}" cannot name a team: letters, digits, spaces, dots and dashes, at most 64.`);
  }
  await withPlace(call, async ({ store: { database } }) => {
    if ((await addTeam(database, OWN_ORG, name)) === undefined) {
      throw new CommandError(
        `There is a team "${name}" already: routing-policy team enrol --team "${name}" makes a link to join it.`,
      );
    }
    await noted(call, database, 'added a team', { team: name });
  });
  await call.write(`Added the team "${name}". routing-policy team enrol --team "${name}" makes a link to join it.\n`);
  return 0;
}

/** `team token new|list|revoke ID` */
export async function runToken(call: Call): Promise<ExitCode> {
  const [what, id] = call.positionals;
  switch (what) {
    case 'new':
      return newToken(call);
    case 'list':
      return tokenList(call);
    case 'revoke':
      return revoke(call, id);
    default:
      throw new CommandError(`There is no "team token ${what}": there are new, list and revoke ID.`);
  }
}

async function newToken(call: Call): Promise<ExitCode> {
  const scope = scopeAsked(call);
  const expiresAt = expiryAsked(call);
  const label = textOption(call, 'label') ?? '';
  if (!isTokenLabel(label)) throw new CommandError(LABEL_WORDS);
  const isWhole = scope === 'policy';
  if (isWhole && textOption(call, 'team') !== undefined) {
    throw new CommandError(
      'A token that publishes policies is the organisation’s, as they hold for all of its teams: leave --team out.',
    );
  }
  await withPlace(call, async ({ store: { database } }) => {
    const team = isWhole ? undefined : await teamAsked(call, database);
    const wanted = tokenFor(scope, team?.id);
    if (wanted === undefined) throw new CommandError(`A token for ${scope} is of a team: --team names it.`);
    const { id, token } = await createToken(database, { ...wanted, orgId: OWN_ORG, label, expiresAt }, call.now);
    await noted(call, database, 'made a token', { token: id, label, team: team?.name ?? null, scope });
    await call.write(`${token}\n`);
    await call.note(
      `For ${scope} of ${team === undefined ? 'the organisation' : `the team "${team.name}"`}; shown this once. Its id is ${id}. Tokens that there were before hold as well: revoke them when nobody has them any more.\n`,
    );
  });
  return 0;
}

async function tokenList(call: Call): Promise<ExitCode> {
  const tokens = await withPlace(call, ({ store }) => listTokens(store.database, OWN_ORG));
  if (call.values['json'] === true) {
    await call.write(`${JSON.stringify(tokens, undefined, 2)}\n`);
    return 0;
  }
  const day = (moment: Date): string => moment.toISOString().slice(0, 10);
  const rows = tokens.map(({ id, team, scope, label, createdAt, expiresAt, revokedAt }) => [
    id,
    team ?? 'the organisation',
    scope,
    label,
    `made ${day(createdAt)}`,
    revokedAt !== null
      ? `revoked ${day(revokedAt)}`
      : expiresAt === null
        ? 'until revoked'
        : `${expiresAt.getTime() <= call.now ? 'expired' : 'until'} ${day(expiresAt)}`,
  ]);
  await call.write(rows.length === 0 ? 'There are no tokens.\n' : columns(rows));
  return 0;
}

async function revoke(call: Call, id: string | undefined): Promise<ExitCode> {
  if (id === undefined) throw new CommandError('Which token? routing-policy team token list tells their ids.');
  await withPlace(call, async ({ store: { database } }) => {
    if (!(await revokeToken(database, OWN_ORG, id, call.now))) {
      throw new CommandError(`No token with the id "${id}" holds: routing-policy team token list tells those that do.`);
    }
    await noted(call, database, 'revoked a token', { token: id });
  });
  await call.write('Revoked. It lets nobody in from now on.\n');
  return 0;
}

/**
 * `team enrol`: a link to join a team. The salt in it is the team's own: it is in no database, so a second link takes it
 * from an earlier one.
 */
export async function runEnrol(call: Call): Promise<ExitCode> {
  const salt = await saltAsked(call);
  const expiresAt = expiryAsked(call);
  await withPlace(call, async (opened) => {
    const { database } = opened.store;
    const team = await teamAsked(call, database);
    const endpoint = await originOf(opened);
    const { id, token } = await createToken(
      database,
      { orgId: OWN_ORG, teamId: team.id, scope: 'ingest', expiresAt },
      call.now,
    );
    await noted(call, database, 'made a link to join', { token: id, team: team.name });
    const leases = await createToken(
      database,
      { orgId: OWN_ORG, teamId: team.id, scope: 'lease', expiresAt },
      call.now,
    );
    await noted(call, database, 'made a token', { token: leases.id, team: team.name, scope: 'lease' });
    await call.write(`${linkOf({ endpoint, token, salt, lease: leases.token, name: team.name })}\n`);
    await call.note(
      'Keep it where the team keeps its secrets: the server does not know its salt, and a later link takes that from this one.\n',
    );
  });
  return 0;
}

async function saltAsked(call: Call): Promise<string> {
  const file = textOption(call, 'link');
  const isNew = call.values['new-salt'] === true;
  if ((file === undefined) === !isNew) {
    throw new CommandError(
      'A link has the team’s salt, which this server does not know. --link FILE takes it from an earlier link (- reads standard input), so that people keep their names; --new-salt makes one, for a team that nobody has joined yet: with it, whoever joins counts as somebody new.',
    );
  }
  if (file === undefined) return newSalt();
  const text =
    file === '-' ? await allOf(call.stdin) : await readFile(fileAt(call, file), 'utf8').catch(() => undefined);
  if (text === undefined) throw new CommandError(`--link ${file} cannot be read.`);
  try {
    return membershipFromLink(text).salt;
  } catch (error) {
    if (error instanceof MembershipError)
      throw new CommandError(`--link ${file} has no link to join in it. ${error.message}`);
    throw error;
  }
}

/** What a team's names are keyed with. */
export function newSalt(): string {
  return randomBytes(SALT_BYTES).toString('base64url');
}

async function allOf(input: Call['stdin']): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of input) pieces.push(piece.toString());
  return pieces.join('');
}

/** `team admin-link` */
export async function runAdminLink(call: Call): Promise<ExitCode> {
  await withPlace(call, async (opened) => {
    const { database } = opened.store;
    const origin = await originOf(opened);
    const secret = await createAdminLink(database, OWN_ORG, call.now);
    await noted(call, database, 'made an admin link', {});
    await call.write(`${origin}/enter/${secret}\n`);
    await call.note(`Signs in, as an admin, whoever follows it first, within ${ADMIN_LINK_MINUTES} minutes.\n`);
  });
  return 0;
}

/** `team forget PERSON` */
export async function runForget(call: Call): Promise<ExitCode> {
  const forgotten = await withPlace(call, async ({ store: { database } }) => {
    const found = await forgetPerson(database, OWN_ORG, call.positionals[0] ?? '');
    if (found === undefined) {
      throw new CommandError(
        'A person’s name has 16 hexadecimal digits: Routing Policy: Show Exactly What Is Sent shows it, on the person’s own machine.',
      );
    }
    await noted(call, database, 'had a person forgotten', { ...found });
    return found;
  });
  await call.write(
    `Deleted ${forgotten.events} events and ${forgotten.tasks} tasks. Figures that they were added up in name nobody, and stay.\n`,
  );
  return 0;
}

type Database = OpenPlace['store']['database'];

async function noted(
  { now }: Call,
  database: Database,
  what: string,
  details: Readonly<Record<string, string | number | null>>,
): Promise<void> {
  await audit(database, { orgId: OWN_ORG, who: COMMAND_LINE, what, details }, now);
}

async function originOf({ store: { database } }: OpenPlace): Promise<string> {
  const origin = await rememberedOrigin(database);
  if (origin === undefined)
    throw new CommandError(
      'The server has not run yet, so its address is not known: start it with routing-policy team.',
    );
  return origin;
}

/** The team that `--team` names, or the only one. @throws {CommandError} */
export async function teamAsked(call: Call, database: Database): Promise<Team> {
  const teams = await listTeams(database, OWN_ORG);
  const name = textOption(call, 'team');
  const [only] = teams;
  if (name === undefined && teams.length === 1 && only !== undefined) return only;
  const found = teams.find((team) => team.name === name);
  if (found !== undefined) return found;
  const known = teams.map((team) => `"${team.name}"`).join(', ');
  throw new CommandError(
    name === undefined
      ? `Which team? --team names one of ${known}.`
      : `There is no team "${name}": there are ${known}.`,
  );
}

function scopeAsked(call: Call): MachineScope {
  const text = textOption(call, 'scope') ?? 'ingest';
  const scope = SCOPES.find((one) => one === text);
  if (scope === undefined) throw new CommandError(`--scope is ${SCOPES.join(', ')}, not "${text}".`);
  return scope;
}

function expiryAsked(call: Call): Date | undefined {
  const text = textOption(call, 'expires');
  if (text === undefined) return undefined;
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const at =
    days === undefined ? Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? text : '') : call.now + Number(days) * DAY_MS;
  if (Number.isNaN(at) || at <= call.now) {
    throw new CommandError(`--expires takes days from now or a day that is to come, 90d or 2027-10-01, not "${text}".`);
  }
  return new Date(at);
}
