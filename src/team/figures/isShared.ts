import { type RawBuilder, sql } from 'kysely';

/** Without the largest two, the rest must be at least this share of the largest: who is the second cannot tell the first. */
const LEAST_REST = 0.1;
/** Of two persons each can tell the other's whatever the shares. */
export const LEAST_FOR_SHARES = 3;

/** That no one person has nearly all of something, in SQL: a row is a person. @param column how much each has */
export function isShared(column: string): RawBuilder<boolean> {
  const each = sql.ref(column);
  const second = sql`coalesce((array_agg(${each} ORDER BY ${each} DESC))[2], 0)`;
  return sql`sum(${each}) - max(${each}) - ${second} >= ${sql.lit(LEAST_REST)} * max(${each})`;
}
