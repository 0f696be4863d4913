import { sql } from 'kysely';
import { errorCode } from '../../usage/writeResult.ts';
import type { DatabaseAddress, OpenDatabase } from './database.ts';
import { StoreError } from './storeError.ts';

/** What a connection that fails says by its code, and what to do. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no machine of that name: look at the host in --database',
  EAI_AGAIN: 'the name of its machine could not be looked up: look at the network, or the host in --database',
  ECONNREFUSED: 'nothing listens there: start it, or look at the host and the port in --database',
  ETIMEDOUT: 'it does not answer: look at the network, or the host and the port in --database',
  EHOSTUNREACH: 'its machine cannot be reached: look at the network, or the host in --database',
  ENETUNREACH: 'its network cannot be reached: look at the network, or the host in --database',
  EACCES: 'this user may not use its socket',
  ENOENT: 'there is no socket of that name: look at the host in --database',
  '28P01': 'it does not take the password in --database',
  '28000': 'it does not let this user in: look at the user in --database, and at its pg_hba.conf',
  '3D000': 'it has no database of that name: make it (createdb), or look at the name in --database',
  '53300': 'it has no connections left: raise its max_connections, or end what uses them',
  '57P03': 'it is starting up: try again in a minute',
};

/**
 * Makes sure that the database answers, before anything else is begun.
 * @throws {StoreError} which names its machine, and neither the user nor the password
 */
export async function reachable({ database }: OpenDatabase, address: DatabaseAddress): Promise<void> {
  try {
    await sql`SELECT 1`.execute(database);
  } catch (error) {
    const code = codeOf(error);
    const advice =
      ADVICE[code] ?? tlsAdvice(error) ?? `it cannot be used (${code === '' ? 'no reason is given' : code})`;
    throw new StoreError(`The database ${placeOf(address)} was not reached: ${advice}.`, { cause: error });
  }
}

/** What the system or PostgreSQL say where a connection cannot be made, or has ended: it starts, it ends, it has no place left. */
const OUT_OF_REACH =
  /^(?:E(?:CONNREFUSED|CONNRESET|PIPE|NOENT|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN)|08\w{3}|57P0[123]|53300)$/;

/** Whether this failed because the database was not there; asked again later, it may be. */
export function isOutOfReach(error: unknown): boolean {
  // What the connections' own library says of it has no code.
  return (
    OUT_OF_REACH.test(codeOf(error)) ||
    (error instanceof Error && /^Connection terminated|^timeout exceeded when trying to connect/.test(error.message))
  );
}

/** A name that has several addresses fails with one error for each. */
function codeOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const code = errorCode(first) ?? errorCode(error);
  if (code !== undefined) return code;
  return first instanceof Error && /timeout/i.test(first.message) ? 'ETIMEDOUT' : '';
}

function tlsAdvice(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : '';
  if (/does not support SSL/i.test(message)) return 'it does not speak TLS, which --database asks for (sslmode)';
  return /certificate|self.signed|SSL|TLS/i.test(message) || /CERT|TLS|SSL/.test(codeOf(error))
    ? 'its certificate is not trusted: add sslrootcert=FILE to --database, with the authority that signed it'
    : undefined;
}

function placeOf(address: DatabaseAddress): string {
  switch (address.kind) {
    case 'url':
      return URL.canParse(address.url) ? `at ${new URL(address.url).host || 'this machine'}` : 'in --database';
    case 'socket':
      return `in ${address.folder}`;
    case 'port':
      return `on port ${address.port}`;
    default:
      return address satisfies never;
  }
}
