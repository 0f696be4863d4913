import type { PoolClient } from 'pg';

/** A table as a backup has it. */
export interface BackedUpTable {
  readonly name: string;
  /** Its columns that are written, not computed. */
  readonly columns: readonly string[];
  /** Its partitions, each with its bounds as PostgreSQL writes them. */
  readonly partitions: readonly { readonly name: string; readonly bounds: string }[];
}

/** What runs out within hours, and lets somebody in until then. */
const LEFT_OUT = ['sessions', 'sign_ins', 'admin_links', 'kysely_migration', 'kysely_migration_lock'];

/** Every table of ours, those that others refer to first. */
export async function tablesOf(client: PoolClient): Promise<readonly BackedUpTable[]> {
  const { rows } = await client.query<{ name: string; columns: string[]; partitions: BackedUpTable['partitions'] }>(
    `SELECT c.relname AS name,
       (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}') FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       (SELECT coalesce(json_agg(json_build_object('name', p.relname, 'bounds', pg_get_expr(p.relpartbound, p.oid)) ORDER BY p.relname), '[]')
          FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid WHERE i.inhparent = c.oid) AS partitions
     FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> ALL ($1)
     ORDER BY c.relname`,
    [LEFT_OUT],
  );
  const references = await referencesOf(client);
  const ordered: BackedUpTable[] = [];
  const waiting = [...rows];
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ name }) =>
      waiting.every((other) => other.name === name || !(references.get(name)?.has(other.name) ?? false)),
    );
    ordered.push(...waiting.splice(Math.max(at, 0), 1));
  }
  return ordered;
}

async function referencesOf(client: PoolClient): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await client.query<{ source: string; target: string }>(
    `SELECT s.relname AS source, t.relname AS target FROM pg_constraint k
       JOIN pg_class s ON s.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
     WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace`,
  );
  const found = new Map<string, Set<string>>();
  for (const { source, target } of rows) found.set(source, (found.get(source) ?? new Set()).add(target));
  return found;
}

/** Which changes of the tables have been made. */
export async function migrationsIn(client: PoolClient): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM kysely_migration ORDER BY name');
  return rows.map(({ name }) => name);
}

/** Any tables at all. */
export async function hasTables(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') LIMIT 1`,
  );
  return rows.length > 0;
}
