import { type RawBuilder, sql } from 'kysely';
import type { BudgetPeriod } from '../../usage/leases/wire.ts';
import type { TeamServices } from '../services.ts';
import type { BudgetLeaseTable } from './budgetTables.ts';

/** A lease as admins see it. Amounts in nano-dollars. */
export interface ListedLease {
  readonly id: string;
  /** Of the installation that took it. */
  readonly team: string;
  /** What took it, and what has settled it. */
  readonly tokenId: string | null;
  readonly settledBy: string | null;
  readonly label: string | null;
  readonly name: string;
  readonly period: BudgetPeriod;
  readonly amountNanoUsd: number;
  readonly grantedAt: Date;
  readonly settledAt: Date | null;
  /** What counts of it as spent; null: nobody has settled it, and its amount does. */
  readonly countedNanoUsd: number | null;
  /** What the installation said, where that is more than what counted at once. */
  readonly claimedNanoUsd: number | null;
  readonly claim: BudgetLeaseTable['claim'];
  readonly takenBackAt: Date | null;
}

/** Claims, or whatever came by one token. */
export type LeasesAsked = { readonly kind: 'claims' } | { readonly kind: 'of-token'; readonly tokenId: string };

/** Which part of them, in their order. */
export interface LeasePage {
  readonly most: number;
  /** Only what comes after that one: a {@link LeaseList}'s `older`. */
  readonly before?: string | undefined;
}

/** What was asked for, as far as one page of it goes. */
export interface LeaseList {
  readonly leases: readonly ListedLease[];
  /** How many there are, also of those that are not listed. */
  readonly inAll: number;
  /** Where the next page goes on; undefined: this is the last one. */
  readonly older: string | undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What leases are sorted by, of the last one of a page: the next page begins there whatever becomes of that lease meanwhile. */
const PLACE = /^([01])_(\d{1,18})_(\d{1,16})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Whether a page can begin there. */
export function isLeasePlace(text: string): boolean {
  return PLACE.test(text);
}

/**
 * Claims that wait for an admin first, those of the largest leases before others: a lease takes its amount out of the budget, but
 * one of nothing is had for nothing, and what is said of it is whatever somebody likes. Then the newest.
 */
export async function listLeases(
  { database }: Pick<TeamServices, 'database'>,
  orgId: number,
  asked: LeasesAsked,
  { most, before }: LeasePage,
): Promise<LeaseList> {
  if (asked.kind === 'of-token' && !UUID.test(asked.tokenId)) return { leases: [], inAll: 0, older: undefined };
  const which =
    asked.kind === 'claims'
      ? sql`l.claim IS NOT NULL`
      : sql`(l.token_id = ${asked.tokenId}::uuid OR l.settled_by = ${asked.tokenId}::uuid)`;
  const { rows } = await sql<ListedLease & { readonly inAll: number; readonly place: string }>`
    SELECT id, team, "tokenId", "settledBy", label, name, period, "amountNanoUsd", "grantedAt", "settledAt", "countedNanoUsd",
      "claimedNanoUsd", claim, "takenBackAt", "inAll", concat_ws('_', waits, worth, at, id) AS place
    FROM (
      SELECT l.id, t.name AS team, l.token_id AS "tokenId", l.settled_by AS "settledBy", m.label, l.name, l.period,
        l.amount_nano::float8 AS "amountNanoUsd", l.granted_at AS "grantedAt", l.settled_at AS "settledAt",
        l.spent_nano::float8 AS "countedNanoUsd", l.claimed_nano::float8 AS "claimedNanoUsd", l.claim,
        l.taken_back_at AS "takenBackAt", count(*) OVER ()::int AS "inAll",
        (l.claim IS NOT DISTINCT FROM 'waiting')::int AS waits,
        CASE l.claim WHEN 'waiting' THEN l.amount_nano ELSE 0 END AS worth,
        (extract(epoch FROM COALESCE(l.settled_at, l.granted_at)) * 1000000)::bigint AS at
      FROM budget_leases l
      JOIN teams t ON t.org_id = l.org_id AND t.id = l.team_id
      LEFT JOIN machine_tokens m ON m.org_id = l.org_id AND m.id = COALESCE(l.settled_by, l.token_id)
      WHERE l.org_id = ${orgId} AND ${which}
    ) AS listed
    WHERE ${comesAfter(before)}
    ORDER BY waits DESC, worth DESC, at DESC, id DESC LIMIT ${most + 1}`.execute(database);
  const page = rows.slice(0, most);
  return {
    leases: page.map(({ inAll: _count, place: _place, ...lease }) => lease),
    inAll: rows[0]?.inAll ?? 0,
    older: rows.length > most ? page.at(-1)?.place : undefined,
  };
}

function comesAfter(before: string | undefined): RawBuilder<boolean> {
  const [, waits, worth, at, id] = PLACE.exec(before ?? '') ?? [];
  if (id === undefined) return sql`true`;
  return sql`(waits, worth, at, id) < (${waits}::int, ${worth}::bigint, ${at}::bigint, ${id}::uuid)`;
}
