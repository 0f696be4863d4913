import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Tables } from './tables.ts';

/** Where a database is. */
export type DatabaseAddress =
  | { readonly kind: 'url'; readonly url: string }
  /** On a socket in a folder that other users cannot enter. */
  | { readonly kind: 'socket'; readonly folder: string; readonly user: string; readonly name: string }
  /** On a port of this machine, for systems where PostgreSQL has no sockets. */
  | {
      readonly kind: 'port';
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly name: string;
    };

export interface DatabaseOptions {
  /** Connections at once. */
  readonly most?: number;
  /** How long one statement may take, in milliseconds. */
  readonly statementMs?: number;
}

/** An open database, and the pool beneath it for what the query builder does not say (cursors, COPY, LISTEN). */
export interface OpenDatabase {
  readonly database: Kysely<Tables>;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 10;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;
/** A session that holds a transaction open and says nothing is ended: its locks would stop everyone else. */
const IDLE_TRANSACTION_MS = 60_000;
/** The type of `date` in PostgreSQL's catalogue. */
const DATE = 1082;

/**
 * Opens a database; the first statement connects. Days are texts (`2026-11-23`), as a day is no moment; `bigint` and
 * `numeric` are texts too, as a number may be too small for them: ask for `::float8` where it is not.
 */
export function openDatabase(
  address: DatabaseAddress,
  { most = MOST_CONNECTIONS, statementMs = STATEMENT_MS }: DatabaseOptions = {},
): OpenDatabase {
  const pool = new pg.Pool({
    ...connectionOf(address),
    max: most,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'routing-policy',
    // Statements, not start-up parameters: poolers between us and the database refuse those. Compiling a statement takes
    // PostgreSQL, whose packages do so unless they are told not to, longer than all of ours take.
    onConnect: async (client) => {
      await client.query(
        `SET statement_timeout = ${statementMs}; SET idle_in_transaction_session_timeout = ${IDLE_TRANSACTION_MS}; SET TIME ZONE 'UTC'; SET jit = off`,
      );
    },
    types: { getTypeParser: (type, format) => (type === DATE ? String : pg.types.getTypeParser(type, format)) },
  });
  // An idle connection that the database ends is opened again when it is needed; a busy one tells whoever is waiting. One
  // that was handed out and waits between two statements tells nobody else, and would end this process: the next says so.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { database, pool, close: () => database.destroy() };
}

function connectionOf(address: DatabaseAddress): pg.PoolConfig {
  switch (address.kind) {
    case 'url':
      return { connectionString: address.url };
    case 'socket':
      return { host: address.folder, user: address.user, database: address.name };
    case 'port':
      return {
        host: '127.0.0.1',
        port: address.port,
        user: address.user,
        password: address.password,
        database: address.name,
      };
    default:
      return address satisfies never;
  }
}
