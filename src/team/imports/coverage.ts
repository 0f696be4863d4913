import { sql } from 'kysely';
import { dayName } from '../../usage/report/dayRange.ts';
import type { FigureSource } from '../figures/atomSource.ts';
import { SHOWS_EVERYONE } from '../figures/leastPersons.ts';
import { remembered } from '../figures/remembered.ts';
import { lastSettledDay } from '../figures/weeks.ts';
import type { TeamServices } from '../services.ts';
import type { ImportSource } from './importTables.ts';

/** Days in UTC, `2026-11-01`; both are part of the range. Whole months are shown: the first and the last may be cut by it. */
export interface CoverageRange {
  readonly from: string;
  readonly until: string;
}

/**
 * Of one provider and month: what it billed. What of that went by the policy is told with the other figures of persons, who are
 * never counted in two ways. Amounts in nano-dollars.
 */
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
  /** What tools themselves have reported that did not go by it. */
  readonly reported: { readonly nanoUsd: number; readonly tokens: number };
}

export interface Coverage {
  /** The newest month first, then by what was billed. */
  readonly rows: readonly CoverageRow[];
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
  /** Seen in this period, and of them silent for {@link SILENT_DAYS} days; in steps of as many as may be told. */
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

/** `published` changes when more is published: until then it is known who was silent. undefined: it is looked up each time. */
type CoverageSource = Pick<TeamServices, 'database' | 'now'> & Pick<FigureSource, 'published'>;

/**
 * What was billed, and what tools have reported themselves, for each provider and month.
 *
 * @param fewest distinct persons that may be told as silent
 */
export async function coverage(
  services: CoverageSource,
  orgId: number,
  range: CoverageRange,
  fewest = FEWEST,
): Promise<Coverage> {
  const [billed, reported, silent, imports] = await Promise.all([
    billedBy(services, orgId, range),
    reportedOf(services, orgId, range),
    silentInstalls(services, orgId, fewest),
    newestImports(services, orgId),
  ]);
  const places = new Map<string, Place>();
  const at = (month: string, provider: string): Place => {
    const key = `${month} ${provider}`;
    const place = places.get(key) ?? { month, provider, billed: [], reported: undefined };
    places.set(key, place);
    return place;
  };
  for (const row of billed) at(row.month, row.provider).billed.push(row);
  for (const row of reported) at(row.month, row.provider).reported = row;
  return { rows: [...places.values()].map(rowOf).sort(newestFirst), silent, imports };
}

interface Place {
  readonly month: string;
  readonly provider: string;
  readonly billed: Billed[];
  reported: Reported | undefined;
}

function rowOf({ month, provider, billed, reported }: Place): CoverageRow {
  const bills = PRECEDENCE.map((source) => billed.find((one) => one.source === source && one.nano !== null));
  const bill = bills.find((one) => one !== undefined);
  return {
    month,
    provider,
    ...(bill === undefined || bill.nano === null ? {} : { billedNanoUsd: bill.nano, billedBy: bill.source }),
    billedTokens: billed.reduce((most, { tokens }) => Math.max(most, tokens), 0),
    reported: { nanoUsd: reported?.nano ?? 0, tokens: reported?.tokens ?? 0 },
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
  { database, now, published }: CoverageSource,
  orgId: number,
  fewest: number,
): Promise<SilentInstalls> {
  // As of the last day that figures are decided for: one person's request changes nothing today.
  const today = fewest === SHOWS_EVERYONE ? Math.floor(now() / DAY_MS) : lastSettledDay(now());
  const epoch = Math.floor(today / EPOCH_DAYS);
  // Whoever came on the first day is silent at the earliest so many days later.
  if (today - epoch * EPOCH_DAYS <= SILENT_DAYS) return { kind: 'too-early' };
  const since = dayName(today - SILENT_DAYS);
  const source = { database, orgId, now: now(), leastPersons: fewest, published };
  const { seen, silent } = await remembered(source, ['silent', today], async () => {
    const { rows } = await sql<{ seen: number; silent: number }>`
      SELECT COUNT(*)::float8 AS seen, (COUNT(*) FILTER (WHERE last < ${since}::date))::float8 AS silent
      FROM (
        SELECT person, MAX(day) AS last FROM attempt_presence
        WHERE org_id = ${orgId} AND epoch = ${epoch} AND day BETWEEN ${dayName(epoch * EPOCH_DAYS)}::date AND ${dayName(today)}::date
        GROUP BY person
      ) AS seen`.execute(database);
    return rows[0] ?? { seen: 0, silent: 0 };
  });
  // Neither those that are silent nor those that are not may be so few that each is known.
  const isFew = (count: number): boolean => count > 0 && count < fewest;
  if (seen < fewest || isFew(silent) || isFew(seen - silent)) return { kind: 'withheld' };
  // In steps of as many persons as may be told, so that no single one is told by a look before and a look after.
  const inSteps = (count: number): number => Math.floor(count / fewest) * fewest;
  return { kind: 'known', seen: inSteps(silent) + inSteps(seen - silent), silent: inSteps(silent), since };
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
