// The team's server on loopback with a database of its own, for a test: real HTTP, real PostgreSQL, a clock to set.
import type { Hono } from 'hono';
import { createToken } from '../../src/team/access/machineTokens.ts';
import { beginSession, personOf } from '../../src/team/access/sessions.ts';
import { teamApp } from '../../src/team/http/app.ts';
import { type Listening, type ListenLimits, listen, listenLimits } from '../../src/team/http/listen.ts';
import { partsOf } from '../../src/team/parts.ts';
import type { MachineScope, Role, TeamEnv, TeamServices } from '../../src/team/services.ts';
import { type OpenDatabase, openDatabase } from '../../src/team/store/database.ts';
import { migrate } from '../../src/team/store/migrate.ts';
import { type Postgres, startPostgres } from './postgres.ts';

/** The organisation and the team that are there from the start. */
export const ORG = 1;
export const TEAM = 1;

/** A browser in which a person is signed in. */
export interface SignedIn {
  readonly personId: number;
  readonly csrfToken: string;
  /** For reading. */
  readonly headers: Readonly<Record<string, string>>;
  /** For what changes something. */
  readonly changing: Readonly<Record<string, string>>;
}

export interface TeamStage {
  readonly url: string;
  readonly services: TeamServices;
  readonly database: OpenDatabase['database'];
  readonly pool: OpenDatabase['pool'];
  readonly postgres: Postgres;
  /** What was logged, a line each. */
  readonly logged: readonly string[];
  /** Sets the server's clock; milliseconds since the epoch. */
  setNow(now: number): void;
  addTeam(name: string): Promise<number>;
  token(scope?: MachineScope, teamId?: number): Promise<string>;
  signIn(role: Role, name?: string): Promise<SignedIn>;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Instead of all that the server has. */
  readonly parts?: (services: TeamServices) => readonly Hono<TeamEnv>[];
  /** The clock, until it is set; the machine's own unless told. */
  readonly now?: number;
  readonly limits?: Partial<ListenLimits>;
}

/** undefined: there is no PostgreSQL for this machine. */
export async function startTeamStage({
  parts = partsOf,
  now: fixed,
  limits = {},
}: StageOptions = {}): Promise<TeamStage | undefined> {
  const postgres = await startPostgres();
  if (postgres === undefined) return undefined;
  const { database, pool, close } = openDatabase(postgres.address);
  const ended = new AbortController();
  const logged: string[] = [];
  let clock = fixed;
  const services: TeamServices = {
    database,
    pool,
    now: () => clock ?? Date.now(),
    log: (level, message) => logged.push(`${level} ${message}`),
    signal: ended.signal,
  };
  let listening: Listening | undefined;
  const stop = async (): Promise<void> => {
    ended.abort();
    await listening?.close();
    await close();
    await postgres.stop();
  };
  try {
    await migrate(database);
    await database.insertInto('orgs').values({ name: 'Acme' }).execute();
    await database.insertInto('teams').values({ org_id: ORG, name: 'Payments' }).execute();
    let url = '';
    listening = await listen({ host: '127.0.0.1', port: 0, limits: { ...listenLimits, ...limits } }, (port) => {
      url = `http://127.0.0.1:${port}`;
      return teamApp(services, { origins: [url], isSecure: false }, parts(services));
    });
    return {
      url,
      services,
      database,
      pool,
      postgres,
      logged,
      setNow: (now) => {
        clock = now;
      },
      addTeam: async (name) => {
        const { id } = await database
          .insertInto('teams')
          .values({ org_id: ORG, name })
          .returning('id')
          .executeTakeFirstOrThrow();
        return id;
      },
      token: async (scope = 'ingest', teamId = TEAM) =>
        (
          await createToken(
            database,
            { orgId: ORG, ...(scope === 'policy' ? { scope } : { scope, teamId }) },
            services.now(),
          )
        ).token,
      signIn: (role, name = role) => signIn(services, url, role, name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function signIn(services: TeamServices, url: string, role: Role, name: string): Promise<SignedIn> {
  const { database } = services;
  const { id } = await database
    .insertInto('people')
    .values({
      org_id: ORG,
      issuer: 'test',
      subject: `${name} ${role}`,
      name,
      role,
      created_at: new Date(services.now()),
      removed_at: null,
    })
    .onConflict((conflict) => conflict.columns(['org_id', 'issuer', 'subject']).doUpdateSet({ name }))
    .returning('id')
    .executeTakeFirstOrThrow();
  const secret = await beginSession(database, ORG, id, services.now());
  const person = await personOf(database, secret, services.now());
  if (person === undefined) throw new Error('the session that was just begun does not hold');
  const headers = { cookie: `routing-policy-team=${secret}` };
  return {
    personId: id,
    csrfToken: person.csrfToken,
    headers,
    changing: { ...headers, origin: url, 'x-csrf-token': person.csrfToken },
  };
}
