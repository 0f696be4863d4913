import { type RawBuilder, sql } from 'kysely';

/** Without the largest two, the rest must be at least this share of the largest: who is the second cannot tell the first. */
const LEAST_REST = 0.1;
/** Of two persons each can tell the other's whatever the shares. */
export const LEAST_FOR_SHARES = 3;

/** That no one person has nearly all of something, in SQL: a row is a person. @param column how much each has, of nobody less than nothing */
export function isShared(column: string): RawBuilder<boolean> {
  const each = sql.ref(column);
  // Looked for where it decides: nobody has more than who has most.
  const second = sql`coalesce((SELECT one FROM unnest(array_agg(${each})) AS one ORDER BY one DESC OFFSET 1 LIMIT 1), 0)`;
  return sql`CASE WHEN sum(${each}) >= ${sql.lit(2 + LEAST_REST)} * max(${each}) THEN true
    ELSE sum(${each}) - max(${each}) - ${second} >= ${sql.lit(LEAST_REST)} * max(${each}) END`;
}
