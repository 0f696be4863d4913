import { sql } from 'kysely';
import type { TeamServices } from '../services.ts';
import type { ImportSource } from './importTables.ts';

/** Days in UTC, `2026-11-01`; both are part of the range. Whole months are shown: the first and the last may be cut by it. */
export interface CoverageRange {
  readonly from: string;
  readonly until: string;
}

/** Of one provider and month: what it billed, and how much of that went by the policy. Amounts in nano-dollars. */
export interface CoverageRow {
  /** `2026-11`. */
  readonly month: string;
  readonly provider: string;
  /** What the provider's own export says. undefined: none was imported. */
  readonly billedNanoUsd?: number;
  /** Which export says so. Of several the first of {@link PRECEDENCE}: they would count the same twice. */
  readonly billedBy?: ImportSource;
  /** Tokens of exports that tell no cost. */
  readonly billedTokens: number;
  /** What went by the policy; undefined: fewer persons than may be shown. */
  readonly routed?: { readonly nanoUsd: number; readonly calls: number };
  /** What tools themselves have reported that did not go by it. */
  readonly reported: { readonly nanoUsd: number; readonly tokens: number };
  /** Of what was billed, how much went by the policy: 0 to 1. undefined: one of the two is not known. */
  readonly share?: number;
}

export interface Coverage {
  /** The newest month first, then by what was billed. */
  readonly rows: readonly CoverageRow[];
  /** Of all rows together that tell both; undefined: none does. */
  readonly total?: { readonly billedNanoUsd: number; readonly share: number };
  readonly silent: SilentInstalls;
  /** What was taken in last, of each source. */
  readonly imports: readonly {
    readonly source: ImportSource;
    readonly at: number;
    readonly until: string;
  }[];
}

/**
 * Installations that have sent nothing for a while. Their names last 28 days, so each such period is looked at by itself, and
 * only one that has gone on for longer than the while says anything.
 */
export type SilentInstalls =
  /** Seen in this period, and of them silent for {@link SILENT_DAYS} days. */
  | { readonly kind: 'known'; readonly seen: number; readonly silent: number; readonly since: string }
  /** Fewer than may be shown are either of the two. */
  | { readonly kind: 'withheld' }
  /** The period has begun too lately. */
  | { readonly kind: 'too-early' };

/** Days without a word after which an installation counts as silent. */
export const SILENT_DAYS = 7;
/** Fewer distinct persons than these are not shown, unless the operator says otherwise. */
const FEWEST = 5;
/** A provider's own word counts before a bill that was put together from many. */
const PRECEDENCE: readonly ImportSource[] = ['anthropic', 'openai', 'copilot', 'focus'];

const DAY_MS = 86_400_000;
const EPOCH_DAYS = 28;

/**
 * What was billed beside what went by the policy, for each provider and month.
 *
 * @param fewest distinct persons that a figure of what was routed must come from, and that may be told as silent
 */
export async function coverage(
  services: Pick<TeamServices, 'database' | 'now'>,
  orgId: number,
  range: CoverageRange,
  fewest = FEWEST,
): Promise<Coverage> {
  const [billed, routed, reported, silent, imports] = await Promise.all([
    billedBy(services, orgId, range),
    routedTo(services, orgId, range),
    reportedOf(services, orgId, range),
    silentInstalls(services, orgId, fewest),
    newestImports(services, orgId),
  ]);
  const places = new Map<string, Place>();
  const at = (month: string, provider: string): Place => {
    const key = `${month} ${provider}`;
    const place = places.get(key) ?? { month, provider, billed: [], routed: undefined, reported: undefined };
    places.set(key, place);
    return place;
  };
  for (const row of billed) at(row.month, row.provider).billed.push(row);
  for (const row of routed) at(row.month, row.provider).routed = row;
  for (const row of reported) at(row.month, row.provider).reported = row;
  const rows = [...places.values()].map((place) => rowOf(place, fewest)).sort(newestFirst);
  const told = rows.filter(({ share, billedNanoUsd }) => share !== undefined && billedNanoUsd !== undefined);
  const sum = told.reduce((total, { billedNanoUsd = 0 }) => total + billedNanoUsd, 0);
  const covered = told.reduce((total, { billedNanoUsd = 0, share = 0 }) => total + billedNanoUsd * share, 0);
  return {
    rows,
    ...(sum > 0 ? { total: { billedNanoUsd: sum, share: covered / sum } } : {}),
    silent,
    imports,
  };
}

interface Place {
  readonly month: string;
  readonly provider: string;
  readonly billed: Billed[];
  routed: Routed | undefined;
  reported: Reported | undefined;
}

function rowOf({ month, provider, billed, routed, reported }: Place, fewest: number): CoverageRow {
  const bill = PRECEDENCE.map((source) => billed.find((one) => one.source === source && one.nano !== null)).find(
    Boolean,
  );
  const billedNanoUsd = bill?.nano ?? undefined;
  const isShown = routed !== undefined && routed.persons >= fewest;
  // What Copilot's report tells is what was used, at list price; of seats and pools nothing more is billed.
  const routedNanoUsd = routed && (bill?.source === 'copilot' ? routed.cost : routed.billed);
  const isNone = routed === undefined;
  const known = isNone ? 0 : isShown ? routedNanoUsd : undefined;
  return {
    month,
    provider,
    ...(billedNanoUsd === undefined || bill === undefined ? {} : { billedNanoUsd, billedBy: bill.source }),
    billedTokens: billed.reduce((total, { tokens }) => Math.max(total, tokens), 0),
    ...(isShown ? { routed: { nanoUsd: routedNanoUsd ?? 0, calls: routed.calls } } : {}),
    ...(isNone ? { routed: { nanoUsd: 0, calls: 0 } } : {}),
    reported: { nanoUsd: reported?.nano ?? 0, tokens: reported?.tokens ?? 0 },
    ...(billedNanoUsd !== undefined && billedNanoUsd > 0 && known !== undefined
      ? { share: Math.min(1, known / billedNanoUsd) }
      : {}),
  };
}

function newestFirst(one: CoverageRow, other: CoverageRow): number {
  return (
    other.month.localeCompare(one.month) ||
    (other.billedNanoUsd ?? 0) - (one.billedNanoUsd ?? 0) ||
    one.provider.localeCompare(other.provider)
  );
}

interface Billed {
  readonly month: string;
  readonly provider: string;
  readonly source: ImportSource;
  /** null: no row tells a cost. */
  readonly nano: number | null;
  readonly tokens: number;
}

async function billedBy(
  { database }: Pick<TeamServices, 'database'>,
  orgId: number,
  { from, until }: CoverageRange,
): Promise<readonly Billed[]> {
  const { rows } = await sql<Billed>`
    SELECT to_char(day, 'YYYY-MM') AS month, provider, source, SUM(billed_nano)::float8 AS nano,
      SUM(input_tokens + cache_read_tokens + cache_write_tokens + output_tokens)::float8 AS tokens
    FROM import_rows WHERE org_id = ${orgId} AND day BETWEEN ${from}::date AND ${until}::date
    GROUP BY 1, 2, 3`.execute(database);
  return rows;
}

interface Routed {
  readonly month: string;
  readonly provider: string;
  readonly cost: number;
  readonly billed: number;
  readonly calls: number;
  /** Distinct names of the 28 days that have most of them. */
  readonly persons: number;
}

async function routedTo(
  { database }: Pick<TeamServices, 'database'>,
  orgId: number,
  { from, until }: CoverageRange,
): Promise<readonly Routed[]> {
  const { rows } = await sql<Routed>`
    WITH cells AS (
      SELECT to_char(day, 'YYYY-MM') AS month, provider, team_id, day, span, cell, cost_nano_usd, billed_nano_usd,
        attempts - refusals AS calls
      FROM attempt_rollups
      WHERE org_id = ${orgId} AND NOT simulated AND provider <> ''
        AND day BETWEEN ${from}::date AND ${until}::date
    ), sums AS (
      SELECT month, provider, SUM(cost_nano_usd)::float8 AS cost, SUM(billed_nano_usd)::float8 AS billed,
        SUM(calls)::float8 AS calls
      FROM cells GROUP BY 1, 2
    ), epochs AS (
      SELECT c.month, c.provider, p.epoch, COUNT(DISTINCT p.person) AS persons
      FROM (SELECT DISTINCT month, provider, team_id, day, span, cell FROM cells) c
      JOIN attempt_presence p ON p.org_id = ${orgId} AND p.team_id = c.team_id AND p.day = c.day AND p.span = c.span
        AND p.cell = c.cell
      GROUP BY 1, 2, 3
    )
    SELECT month, provider, cost, billed, calls,
      COALESCE((SELECT MAX(persons) FROM epochs e WHERE e.month = s.month AND e.provider = s.provider), 0)::float8 AS persons
    FROM sums s`.execute(database);
  return rows;
}

interface Reported {
  readonly month: string;
  readonly provider: string;
  readonly nano: number;
  readonly tokens: number;
}

async function reportedOf(
  { database }: Pick<TeamServices, 'database'>,
  orgId: number,
  { from, until }: CoverageRange,
): Promise<readonly Reported[]> {
  const { rows } = await sql<Reported>`
    SELECT to_char(day, 'YYYY-MM') AS month, provider, SUM(cost_nano_usd)::float8 AS nano,
      SUM(input_tokens + cache_read_tokens + cache_write_tokens + output_tokens)::float8 AS tokens
    FROM unrouted WHERE org_id = ${orgId} AND day BETWEEN ${from}::date AND ${until}::date
    GROUP BY 1, 2`.execute(database);
  return rows;
}

async function silentInstalls(
  { database, now }: Pick<TeamServices, 'database' | 'now'>,
  orgId: number,
  fewest: number,
): Promise<SilentInstalls> {
  const today = Math.floor(now() / DAY_MS);
  const epoch = Math.floor(today / EPOCH_DAYS);
  // Whoever came on the first day is silent at the earliest so many days later.
  if (today - epoch * EPOCH_DAYS <= SILENT_DAYS) return { kind: 'too-early' };
  const since = new Date((today - SILENT_DAYS) * DAY_MS).toISOString().slice(0, 10);
  const { rows } = await sql<{ seen: number; silent: number }>`
    SELECT COUNT(*)::float8 AS seen, (COUNT(*) FILTER (WHERE last < ${since}::date))::float8 AS silent
    FROM (
      SELECT person, MAX(day) AS last FROM attempt_presence
      WHERE org_id = ${orgId} AND epoch = ${epoch} AND day >= ${new Date(epoch * EPOCH_DAYS * DAY_MS).toISOString().slice(0, 10)}::date
      GROUP BY person
    ) seen`.execute(database);
  const { seen = 0, silent = 0 } = rows[0] ?? {};
  // Neither those that are silent nor those that are not may be so few that each is known.
  const isFew = (count: number): boolean => count > 0 && count < fewest;
  if (seen < fewest || isFew(silent) || isFew(seen - silent)) return { kind: 'withheld' };
  return { kind: 'known', seen, silent, since };
}

async function newestImports(
  { database }: Pick<TeamServices, 'database'>,
  orgId: number,
): Promise<Coverage['imports']> {
  const { rows } = await sql<{ source: ImportSource; at: Date; until: string | null }>`
    SELECT i.source, MAX(i.imported_at) AS at,
      (SELECT MAX(day)::text FROM import_rows r WHERE r.org_id = ${orgId} AND r.source = i.source) AS until
    FROM imports i WHERE i.org_id = ${orgId} GROUP BY i.source ORDER BY i.source`.execute(database);
  return rows.map(({ source, at, until }) => ({ source, at: at.getTime(), until: until ?? '' }));
}
