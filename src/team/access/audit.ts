import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** Whoever has a shell on the machine with the database. */
export const COMMAND_LINE = 'command line';

/** Something that somebody did, as it is written down: never with a token, a link or an address in it. */
export interface AuditEntry {
  readonly orgId: number;
  readonly who: string;
  /** A few words that are always the same: `signed in`, `made a token`. */
  readonly what: string;
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

/** An entry as it is read. */
export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly who: string;
  readonly what: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Writes down what was done. */
export async function audit(
  database: Kysely<Tables>,
  { orgId, who, what, details = {} }: AuditEntry,
  now: number,
): Promise<void> {
  await database
    .insertInto('audit_log')
    .values({ org_id: orgId, at: new Date(now), who, what, details: JSON.stringify(details) })
    .execute();
}

/** The newest entries first. @param before an entry's id; what is older than it */
export async function auditRows(
  database: Kysely<Tables>,
  orgId: number,
  most: number,
  before?: string,
): Promise<readonly AuditRow[]> {
  return database
    .selectFrom('audit_log')
    .select(['id', 'at', 'who', 'what', 'details'])
    .where('org_id', '=', orgId)
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
}
