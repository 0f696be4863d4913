import { sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { type PersonBuckets, toldBuckets } from './toldBuckets.ts';

interface Gathered {
  readonly atom: string;
  readonly latency: string;
  readonly first_token: string;
}

/** So many atoms are read at once. */
const AT_ONCE = 500;

/** Puts the calls of single persons together, of atoms of a week that were made in this transaction. */
export async function joinBuckets(
  trx: Transaction<Tables>,
  {
    orgId,
    leastPersons,
    firstDay,
  }: { readonly orgId: number; readonly leastPersons: number; readonly firstDay: string },
): Promise<void> {
  for (;;) {
    const { rows } = await sql<Gathered>`
      SELECT atom, latency #>> '{}' AS latency, first_token #>> '{}' AS first_token FROM latency_atoms
      WHERE org_id = ${orgId} AND to_day >= ${firstDay}::date AND jsonb_typeof(latency) = 'string' LIMIT ${AT_ONCE}`.execute(
      trx,
    );
    if (rows.length === 0) return;
    const joined = rows.map(({ atom, latency, first_token }) => ({
      atom,
      latency: toldBuckets(bucketsOf(latency), leastPersons),
      first_token: toldBuckets(bucketsOf(first_token), leastPersons),
    }));
    await sql`UPDATE latency_atoms AS a SET latency = j.latency, first_token = j.first_token
      FROM jsonb_to_recordset(${JSON.stringify(joined)}::jsonb) AS j (atom uuid, latency jsonb, first_token jsonb)
      WHERE a.org_id = ${orgId} AND a.atom = j.atom`.execute(trx);
  }
}

/** A line for each person: who, and the bucket of each of their calls. */
function bucketsOf(lines: string): readonly PersonBuckets[] {
  if (lines === '') return [];
  return lines.split('\n').map((line): PersonBuckets => {
    const [person = '', ...calls] = line.split(' ');
    const buckets: Record<string, number> = {};
    for (const bucket of calls) buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    return [person, buckets];
  });
}
