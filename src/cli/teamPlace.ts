import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { onOneLine } from '../routing/labels.ts';
import { OWN_ORG } from '../team/organisation.ts';
import type { DatabaseOptions } from '../team/store/database.ts';
import { type DatabasePlace, type OpenPlace, openBeside } from '../team/store/place.ts';
import { stateFolderPath } from '../usage/stateFolder.ts';
import { errorCode } from '../usage/writeResult.ts';
import { type Call, CommandError, textOption } from './command.ts';

/** Where the server of the whole machine keeps its figures: root's own folders are closed to the user that PostgreSQL runs as. */
const OF_ROOT: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: '/Library/Application Support/routing-policy/team-server',
  linux: '/var/lib/routing-policy/team-server',
};

/**
 * Where the figures are: what `--data` or `--database` say, else `DATABASE_URL`, else this user's own folder.
 * @throws {CommandError} where that is no address of a PostgreSQL, or both are given
 */
export function placeAsked(call: Call): DatabasePlace {
  const [data, named] = [textOption(call, 'data'), textOption(call, 'database')];
  if (data !== undefined && named !== undefined) {
    throw new CommandError('--data is for a PostgreSQL of the server’s own, --database for another: give one of them.');
  }
  if (data !== undefined) return { kind: 'folder', folder: resolve(call.cwd, data) };
  const url = named ?? call.env['DATABASE_URL'];
  if (url === undefined || url === '') return { kind: 'folder', folder: defaultFolder(call) };
  const isPostgres = URL.canParse(url) && /^postgres(?:ql)?:$/.test(new URL(url).protocol);
  if (isPostgres) return { kind: 'url', url };
  // It may have a password in it, and is not repeated.
  throw new CommandError(
    `${named === undefined ? 'DATABASE_URL' : '--database'} is no address of a PostgreSQL: postgres://USER:PASSWORD@HOST:5432/NAME.`,
  );
}

function defaultFolder({ env }: Call): string {
  const isRoot = process.getuid?.() === 0;
  const ofRoot = isRoot && env['ROUTING_POLICY_STATE_DIR'] === undefined ? OF_ROOT[process.platform] : undefined;
  return ofRoot ?? join(stateFolderPath({ env, platform: process.platform, home: homedir() }), 'team-server');
}

/** What the server says while it runs: to standard error, a line each. */
export function logLine(level: 'info' | 'warn' | 'error', message: string): void {
  process.stderr.write(`routing-policy ${level}: ${onOneLine(message)}\n`);
}

/**
 * Does something with the figures beside a server, or without one.
 * @param isSetUp whether there has to be a server's organisation already
 * @param statementMs how long one statement may take; 0: as long as it takes
 */
export async function withPlace<Result>(
  call: Call,
  work: (open: OpenPlace) => Promise<Result>,
  { isSetUp = true, ...options }: { readonly isSetUp?: boolean } & Pick<DatabaseOptions, 'statementMs'> = {},
): Promise<Result> {
  const opened = await openBeside(placeAsked(call), logLine, { most: 4, ...options });
  try {
    if (isSetUp) await assertSetUp(opened);
    return await work(opened);
  } finally {
    await opened.close();
  }
}

/** What a database says that does not have a table. */
const NO_TABLE = '42P01';

async function assertSetUp({ store: { database } }: OpenPlace): Promise<void> {
  const org = await database
    .selectFrom('orgs')
    .select('id')
    .where('id', '=', OWN_ORG)
    .executeTakeFirst()
    .catch((error: unknown) => {
      if (errorCode(error) === NO_TABLE) return undefined;
      throw error;
    });
  if (org === undefined)
    throw new CommandError('There is no server’s data yet: start it once with routing-policy team.');
}

/** A file as it was named, from where the command was called. */
export function fileAt({ cwd }: Call, name: string): string {
  return resolve(cwd, name);
}
