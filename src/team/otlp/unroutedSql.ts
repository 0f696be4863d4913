import type { Pool } from 'pg';
import type { Telemetry } from './readTelemetry.ts';
import { figureNames } from './tools.ts';

/** A count that is seen for the first time has begun now if its start is no longer ago than this; else what it had before is not known. */
const NEW_WITHIN = '10 minutes';
/** Counts that have not gone on for so long have ended with their process. */
const FORGET_AFTER = '7 days';

const rowNames = ['day', 'source', 'provider', 'model'] as const;
const figures = figureNames.join(', ');
const sums = (of: (name: string) => string): string => figureNames.map((name) => `${of(name)} AS ${name}`).join(', ');

/**
 * Adds what a request says to what is there. A running count adds by how much it has grown, or all of it when it began anew;
 * one that is not known, of a process that is not, begins where it is, because it may have been counted under another token.
 */
const addSql = `
  WITH told AS (
    SELECT row_number() OVER () AS place, * FROM unnest($4::date[], $5::text[], $6::text[], $7::text[], ${figureNames
      .map((_, index) => `$${index + 8}::numeric[]`)
      .join(', ')}) AS told (${rowNames.join(', ')}, ${figures})
  ),
  counts AS (
    SELECT * FROM unnest($15::uuid[], $16::uuid[], $17::timestamptz[], $18::timestamptz[], $19::numeric[], $20::int[], ${figureNames
      .map((_, index) => `$${index + 21}::int[]`)
      .join(', ')}) AS counts (stream, instance, start, at, value, place, ${figures})
  ),
  known AS (
    SELECT stream FROM otlp_streams WHERE org_id = $1 AND team_id = $2 AND stream IN (SELECT instance FROM counts)
  ),
  followed AS (
    INSERT INTO otlp_streams (org_id, team_id, stream, start, at, value)
    SELECT $1, $2, stream, start, at, value FROM (
      SELECT stream, start, at, value FROM counts
      UNION ALL
      SELECT instance, min(start), max(at), 0 FROM counts GROUP BY instance
    ) AS all_of_them ORDER BY stream
    ON CONFLICT (org_id, team_id, stream) DO UPDATE SET was_start = otlp_streams.start, was_value = otlp_streams.value,
      start = excluded.start, at = excluded.at, value = excluded.value
    WHERE excluded.at > otlp_streams.at
    RETURNING *
  ),
  grown AS (
    SELECT counts.*, CASE
        WHEN followed.was_value IS NULL THEN CASE
          WHEN counts.instance IN (SELECT stream FROM known) OR counts.at - counts.start <= interval '${NEW_WITHIN}'
            THEN counts.value ELSE 0 END
        WHEN followed.was_start = followed.start AND followed.value >= followed.was_value
          THEN followed.value - followed.was_value
        ELSE followed.value END AS growth
    FROM counts JOIN followed ON followed.stream = counts.stream
  ),
  added AS (
    SELECT ${rowNames.join(', ')}, ${figures} FROM told
    UNION ALL
    SELECT ${rowNames.map((name) => `told.${name}`).join(', ')}, ${figureNames.map((name) => `grown.growth * grown.${name}`).join(', ')}
    FROM grown JOIN told ON told.place = grown.place
  )
  INSERT INTO unrouted_signals (org_id, team_id, signal, ${rowNames.join(', ')}, ${figures})
  SELECT $1, $2, $3, ${rowNames.join(', ')}, ${sums((name) => `sum(${name})`)} FROM added
  GROUP BY ${rowNames.join(', ')} ORDER BY ${rowNames.join(', ')}
  ON CONFLICT (org_id, team_id, day, source, provider, model, signal) DO UPDATE SET
    ${figureNames.map((name) => `${name} = unrouted_signals.${name} + excluded.${name}`).join(', ')}`;

/** @param signal a tool may tell the same by both */
export async function addUnrouted(
  pool: Pool,
  { orgId, teamId }: { readonly orgId: number; readonly teamId: number },
  signal: 'metrics' | 'logs',
  { rows, running }: Telemetry,
): Promise<void> {
  if (rows.length === 0) return;
  await pool.query({
    name: 'unrouted',
    text: addSql,
    values: [
      orgId,
      teamId,
      signal,
      ...rowNames.map((name) => rows.map((row) => row[name])),
      ...figureNames.map((name) => rows.map((row) => row.figures[name])),
      running.map(({ stream }) => stream),
      running.map(({ instance }) => instance),
      running.map(({ start }) => new Date(start)),
      running.map(({ at }) => new Date(at)),
      running.map(({ value }) => value),
      running.map(({ row }) => row + 1),
      ...figureNames.map((name) => running.map(({ parts }) => parts[name] ?? 0)),
    ],
  });
}

/** Forgets counts whose process has ended. */
export async function forgetOldStreams(pool: Pool, now: number): Promise<void> {
  await pool.query(`DELETE FROM otlp_streams WHERE at < $1::timestamptz - interval '${FORGET_AFTER}'`, [new Date(now)]);
}
