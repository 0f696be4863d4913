import { sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { type PersonBuckets, toldBuckets } from './toldBuckets.ts';

interface Gathered {
  readonly atom: string;
  readonly latency: readonly PersonBuckets[];
  readonly first_token: readonly PersonBuckets[];
}

/** So many atoms are read at once. */
const AT_ONCE = 500;

/** Puts the histograms of single persons together, of atoms of a week that were made in this transaction. */
export async function joinBuckets(
  trx: Transaction<Tables>,
  {
    orgId,
    leastPersons,
    firstDay,
  }: { readonly orgId: number; readonly leastPersons: number; readonly firstDay: string },
): Promise<void> {
  for (;;) {
    const { rows } = await sql<Gathered>`SELECT atom, latency, first_token FROM latency_atoms
      WHERE org_id = ${orgId} AND to_day >= ${firstDay}::date AND jsonb_typeof(latency) = 'array' LIMIT ${AT_ONCE}`.execute(
      trx,
    );
    if (rows.length === 0) return;
    const joined = rows.map(({ atom, latency, first_token }) => ({
      atom,
      latency: toldBuckets(latency, leastPersons),
      first_token: toldBuckets(first_token, leastPersons),
    }));
    await sql`UPDATE latency_atoms AS a SET latency = j.latency, first_token = j.first_token
      FROM jsonb_to_recordset(${JSON.stringify(joined)}::jsonb) AS j (atom uuid, latency jsonb, first_token jsonb)
      WHERE a.org_id = ${orgId} AND a.atom = j.atom`.execute(trx);
  }
}
