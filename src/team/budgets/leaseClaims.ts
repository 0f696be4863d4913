import { sql } from 'kysely';
import { audit } from '../access/audit.ts';
import type { TeamServices } from '../services.ts';
import { addToPeriod, beyondOf, type LeaseRow, lockLease, lockPeriod } from './leaseRows.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** How many claims wait for an admin. */
export async function waitingClaims({ database }: Pick<TeamServices, 'database'>, orgId: number): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    SELECT count(*)::int AS waiting FROM budget_leases WHERE org_id = ${orgId} AND claim = 'waiting'`.execute(database);
  return rows[0]?.waiting ?? 0;
}

/** What an admin does with a lease. */
export interface LeaseJudgement {
  readonly orgId: number;
  readonly lease: string;
  readonly who: string;
}

export type Judged = { readonly kind: 'done' } | { readonly kind: 'mistake'; readonly message: string };

/** Says what becomes of a claim: accepted it counts as spent as well; refused only what counted at once does. */
export async function judgeClaim(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  judgement: LeaseJudgement,
  verdict: 'accepted' | 'refused',
): Promise<Judged> {
  const { orgId } = judgement;
  if (!UUID.test(judgement.lease)) return NO_CLAIM;
  return database.transaction().execute(async (inOne) => {
    const lease = await lockLease(inOne, orgId, judgement.lease);
    if (lease?.claim !== 'waiting' || lease.claimed === null) return NO_CLAIM;
    const before = lease.spent ?? 0;
    const after = verdict === 'accepted' ? lease.claimed : before;
    await lockPeriod(inOne, orgId, lease);
    await sql`UPDATE budget_leases SET claim = ${verdict}, spent_nano = ${after} WHERE ${is(orgId, lease)}`.execute(
      inOne,
    );
    const beyond = beyondOf(lease, after) - beyondOf(lease, before);
    await addToPeriod(inOne, orgId, lease, { committed: after - before, settled: after - before, beyond });
    const details = { ...named(lease), usd: (lease.claimed - before) / 1e9 };
    await audit(inOne, { orgId, who: judgement.who, what: `${verdict} a claim`, details }, now());
    return DONE;
  });
}

/**
 * Takes back what a lease came to: nothing of it counts any more. So it is with one that nobody has settled since it ran out,
 * as its amount would count for ever; who held it and tells of it later makes a claim.
 */
export async function takeLeaseBack(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  { orgId, lease: id, who }: LeaseJudgement,
): Promise<Judged> {
  if (!UUID.test(id)) return NO_LEASE;
  return database.transaction().execute(async (inOne) => {
    const lease = await lockLease(inOne, orgId, id);
    if (lease === undefined) return NO_LEASE;
    if (lease.takenBackAt !== null) return mistake('That was taken back already.');
    if (lease.spent === null && lease.expiresAt.getTime() > now()) {
      return mistake('That lease may still be spent from: it can be taken back once it has run out or is settled.');
    }
    const [counted, settled] = [lease.spent ?? lease.amount, lease.spent ?? 0];
    await lockPeriod(inOne, orgId, lease);
    await sql`UPDATE budget_leases SET spent_nano = 0, taken_back_at = ${new Date(now())},
        settled_at = COALESCE(settled_at, ${new Date(now())}),
        claim = CASE claim WHEN 'waiting' THEN 'refused' ELSE claim END
      WHERE ${is(orgId, lease)}`.execute(inOne);
    const beyond = -beyondOf(lease, settled);
    await addToPeriod(inOne, orgId, lease, { committed: -counted, settled: -settled, beyond });
    const details = { ...named(lease), usd: counted / 1e9 };
    await audit(inOne, { orgId, who, what: 'took a lease back', details }, now());
    return DONE;
  });
}

function is(orgId: number, { teamId, id }: LeaseRow) {
  return sql`org_id = ${orgId} AND team_id = ${teamId} AND id = ${id}::uuid`;
}

/** What the audit log says it was about. */
function named({ id, teamId, tokenId, settledBy, name }: LeaseRow): Readonly<Record<string, string | number | null>> {
  return { lease: id, token: settledBy ?? tokenId, team: teamId, budget: name };
}

const DONE = { kind: 'done' } as const;
const NO_CLAIM = mistake('There is no claim of that lease that waits.');
const NO_LEASE = mistake('There is no such lease: they are kept for 90 days.');

function mistake(message: string): Judged {
  return { kind: 'mistake', message };
}
