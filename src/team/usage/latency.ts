import type { Buckets } from './usageTables.ts';

/** Buckets of one doubling: OpenTelemetry's scale 3 has 2^3 of them, so that a bucket's middle is within 4.4% of what is in it. */
const PER_DOUBLING = 8;
/** How far the middle of a bucket is from what is in it, at most: half a bucket, as a share of it. */
export const RELATIVE_ERROR = 2 ** (1 / (2 * PER_DOUBLING)) - 1;

/**
 * The bucket of a duration: `i` with 2^(i/8) < ms <= 2^((i+1)/8), as in OpenTelemetry's exponential histograms
 * (https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram, "producer expectations").
 *
 * @param ms a whole number; 0 has a bucket of its own
 */
export function bucketOf(ms: number): string {
  if (ms <= 0) return 'zero';
  // Only powers of two lie on a border; a logarithm may come out a hair above theirs.
  return String(Math.ceil(Math.log2(ms) * PER_DOUBLING - 1e-9) - 1);
}

/** The same in SQL. @param ms an expression that is a whole number */
export function bucketSql(ms: string): string {
  return `CASE WHEN ${ms} <= 0 THEN 'zero' ELSE (ceil(ln(${ms}::float8) / ln(2::float8) * ${PER_DOUBLING} - 1e-9) - 1)::int::text END`;
}

/** How many of an array of durations lie in each bucket, in SQL. @param durations an expression that is an array, or null */
export function bucketsSql(durations: string): string {
  return `COALESCE((
    SELECT jsonb_object_agg(bucket, n) FROM (
      SELECT ${bucketSql('ms')} AS bucket, count(*) AS n FROM unnest(${durations}) AS ms GROUP BY 1
    ) AS counted
  ), '{}'::jsonb)`;
}

/** A histogram with another one added to it, in SQL: only the buckets of the other one are looked at. */
export function addedBucketsSql(one: string, other: string): string {
  return `${one} || COALESCE((
    SELECT jsonb_object_agg(key, value::bigint + COALESCE((${one} ->> key)::bigint, 0)) FROM jsonb_each_text(${other})
  ), '{}'::jsonb)`;
}

/**
 * The duration, in milliseconds, below which a share of them lies: the middle of the bucket in which it is. undefined: there is
 * none.
 *
 * @param share from 0 to 1
 */
export function quantileOf(buckets: Buckets, share: number): number | undefined {
  const sorted = Object.entries(buckets)
    .map(([bucket, n]) => ({ at: bucket === 'zero' ? Number.NEGATIVE_INFINITY : Number(bucket), n: Number(n) }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => a.at - b.at);
  const all = sorted.reduce((sum, { n }) => sum + n, 0);
  let before = 0;
  for (const { at, n } of sorted) {
    before += n;
    if (before >= share * all) return at === Number.NEGATIVE_INFINITY ? 0 : 2 ** ((at + 0.5) / PER_DOUBLING);
  }
  return undefined;
}
