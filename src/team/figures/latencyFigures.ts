import { type RawBuilder, sql } from 'kysely';
import type { WorkKind } from '../../usage/report/usageReport.ts';
import { quantileOf } from '../usage/latency.ts';
import type { Buckets } from '../usage/usageTables.ts';
import { type FigureSource, latencyInView } from './atomSource.ts';
import { SHOWS_EVERYONE } from './leastPersons.ts';
import { addUp, keyColumn, type SheetColumn } from './sheets/addUp.ts';
import { isInView } from './sheets/isInView.ts';
import { bucketsIn, type SheetKeys } from './sheets/sheet.ts';
import { latencySheets } from './sheets/sheetFamilies.ts';
import type { TeamView } from './teamView.ts';

export const quantileNames = ['p50', 'p95', 'p99'] as const;

/** Milliseconds below which half, 95 % and 99 % of calls lie. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * How long calls took; nobody says of how many. What they are told apart by is there where it was asked for; an empty text is one
 * that is not told.
 */
export interface LatencyRow {
  /** 0: of more than one team, or of one that is too small. */
  readonly team?: number;
  readonly class?: string;
  readonly work?: WorkKind | '';
  readonly provider?: string;
  /** `provider/model`. */
  readonly target?: string;
  /** Until the answer was whole. */
  readonly latency?: Quantiles;
  /** Of those that said a word before that. */
  readonly firstToken?: Quantiles;
}

const columns = {
  team: sql`team_id`,
  class: sql`class`,
  work: sql`work`,
  provider: sql`provider`,
  target: sql`concat_ws('/', nullif(provider, ''), nullif(model, ''))`,
} as const;
export type LatencyColumn = keyof typeof columns;

interface Histograms extends Omit<LatencyRow, 'latency' | 'firstToken'> {
  readonly latency: Buckets;
  readonly first_token: Buckets;
}

/** Of the calls that models have answered. Stand-ins are left out. */
export async function readLatency(
  source: FigureSource,
  view: TeamView,
  by: readonly LatencyColumn[],
): Promise<readonly LatencyRow[]> {
  const rows =
    source.leastPersons === SHOWS_EVERYONE
      ? await queryHistograms(source, view, by)
      : await sumHistograms(source, view, by);
  return rows.map(({ latency, first_token, ...row }) => ({
    ...row,
    ...quantilesOf('latency', latency),
    ...quantilesOf('firstToken', first_token),
  }));
}

function quantilesOf<Name extends string>(name: Name, buckets: Buckets): { readonly [Key in Name]?: Quantiles } {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantileOf(buckets, share));
  return p50 === undefined || p95 === undefined || p99 === undefined
    ? {}
    : ({ [name]: { p50, p95, p99 } } as { readonly [Key in Name]?: Quantiles });
}

const targetOf = ({ provider, model }: SheetKeys, at: number): string =>
  [provider?.[at], model?.[at]].filter((name) => name !== undefined && name !== '').join('/');
const sheetColumns: Readonly<Record<LatencyColumn, SheetColumn>> = {
  team: keyColumn('team_id'),
  class: keyColumn('class'),
  work: keyColumn('work'),
  provider: keyColumn('provider'),
  target: { kind: 'key', of: targetOf },
};

/** Histograms of what is published, from sheets. */
export async function sumHistograms(
  source: FigureSource,
  view: TeamView,
  by: readonly LatencyColumn[],
): Promise<readonly Histograms[]> {
  const isAsked = isInView(view);
  const groups = await addUp(source, [latencySheets], view, {
    by: by.map((name) => [name, sheetColumns[name]] as const),
    where: (keys, at) => keys['simulated']?.[at] === false && isAsked(keys, at),
  });
  return groups
    .flatMap(({ named, slots: { latency, first_token: first } }) =>
      // The words of a sheet are what the columns of its table have.
      latency === undefined ? [] : [{ ...named, latency: bucketsIn(latency), first_token: bucketsIn(first ?? none) }],
    )
    .sort((one, other) => inOrder(one, other, by));
}

const none = new Float64Array();

function inOrder(one: Histograms, other: Histograms, by: readonly LatencyColumn[]): number {
  for (const name of by) {
    const [own, its] = [one[name] ?? '', other[name] ?? ''];
    if (own !== its) return own < its ? -1 : 1;
  }
  return 0;
}

/** The same by the database, of all rows that there are. */
export async function queryHistograms(
  source: FigureSource,
  view: TeamView,
  by: readonly LatencyColumn[],
): Promise<readonly Histograms[]> {
  const named = sql.join(by.map((column) => sql`${columns[column]} AS ${sql.ref(column)}`));
  const names = sql.join(by.map((column) => sql.ref(column)));
  const added = (of: 'latency' | 'first_token'): RawBuilder<unknown> => sql`(
    SELECT ${names}, jsonb_object_agg(bucket, calls) AS ${sql.ref(of)} FROM (
      SELECT ${names}, bucket, sum(calls::float8) AS calls FROM seen, jsonb_each_text(${sql.ref(of)}) AS b (bucket, calls)
      GROUP BY ${names}, bucket
    ) AS buckets GROUP BY ${names}
  )`;
  const { rows } = await sql<Histograms>`
    WITH seen AS MATERIALIZED (
      SELECT ${named}, latency, first_token FROM ${latencyInView(source, view)} AND NOT simulated
    )
    SELECT ${names}, latency, coalesce(first_token, '{}'::jsonb) AS first_token
    FROM ${added('latency')} AS whole LEFT JOIN ${added('first_token')} AS first USING (${names})
    ORDER BY ${names}`.execute(source.database);
  return rows;
}
