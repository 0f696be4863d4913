import type { PoolClient } from 'pg';
import type { OpenDatabase } from '../database.ts';
import { migrate } from '../migrate.ts';
import { migrations } from '../migrations.ts';
import { StoreError } from '../storeError.ts';
import { hasTables, tablesOf } from './catalogue.ts';
import { type BackupHeader, type BackupTable, linesOf } from './format.ts';

/** Rows of one statement: no more than so many, and no more text than that. */
const BATCH = 1_000;
const BATCH_CHARS = 4 * 1024 * 1024;

/**
 * Puts a backup into an empty database: with the tables that it was written from, which are then brought up to date. The
 * whole file is read and its checksum compared before anything is changed.
 *
 * @returns how many rows there are
 * @throws {StoreError} where the file is damaged, or the database is not empty
 */
export async function restoreBackup({ database, pool }: OpenDatabase, file: string): Promise<number> {
  const { header, rows } = await verified(file);
  const client = await pool.connect();
  try {
    if (await hasTables(client)) {
      throw new StoreError(
        'There are tables in this database already: restore into an empty one (a new folder, or a new database).',
      );
    }
    const unknown = header.migrations.filter((name) => !Object.hasOwn(migrations, name));
    if (unknown.length > 0) {
      throw new StoreError(`${file} was written by a newer routing-policy: install that version, then restore it.`);
    }
    try {
      await migrate(
        database,
        Object.fromEntries(Object.entries(migrations).filter(([name]) => header.migrations.includes(name))),
      );
      await client.query('BEGIN');
      await client.query('SET LOCAL statement_timeout = 0');
      await fill(client, file);
      await client.query('COMMIT');
      await migrate(database);
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined); // the connection may be what failed
      await empty(client);
      throw error;
    }
    return rows;
  } finally {
    client.release(true);
  }
}

async function verified(file: string): Promise<{ readonly header: BackupHeader; readonly rows: number }> {
  let header: BackupHeader | undefined;
  let rows = 0;
  for await (const line of linesOf(file)) {
    if (line.kind === 'header') ({ header } = line);
    if (line.kind === 'end') ({ rows } = line);
  }
  if (header === undefined) throw new StoreError(`${file} is empty.`);
  return { header, rows };
}

async function fill(client: PoolClient, file: string): Promise<void> {
  const known = new Map((await tablesOf(client)).map((table) => [table.name, table]));
  let table: BackupTable | undefined;
  let batch: string[] = [];
  let chars = 0;
  const flush = async (): Promise<void> => {
    if (table === undefined || batch.length === 0) return;
    const columns = table.columns.map((column) => `"${column}"`).join(', ');
    await client.query(
      `INSERT INTO "${table.table}" (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM json_populate_recordset(NULL::"${table.table}", $1::json)`,
      [`[${batch.join(',')}]`],
    );
    batch = [];
    chars = 0;
  };
  for await (const line of linesOf(file)) {
    if (line.kind === 'row') {
      batch.push(line.json);
      chars += line.json.length;
      if (batch.length >= BATCH || chars >= BATCH_CHARS) await flush();
      continue;
    }
    await flush();
    if (line.kind !== 'table') continue;
    ({ table } = line);
    const own = known.get(table.table);
    if (own === undefined || table.columns.some((column) => !own.columns.includes(column))) {
      throw new StoreError(`${file} has a table or a column that this version does not know (${table.table}).`);
    }
    for (const { name, bounds } of table.partitions) {
      if (own.partitions.some((partition) => partition.name === name)) continue;
      await client.query(`CREATE TABLE "${name}" PARTITION OF "${table.table}" ${bounds}`);
    }
  }
  for (const { name, columns } of known.values()) await continueNumbers(client, name, columns);
}

/** What is numbered goes on after what there is. */
async function continueNumbers(client: PoolClient, table: string, columns: readonly string[]): Promise<void> {
  for (const column of columns) {
    const { rows } = await client.query<{ sequence: string | null }>(
      'SELECT pg_get_serial_sequence($1, $2) AS sequence',
      [`"${table}"`, column],
    );
    const sequence = rows[0]?.sequence ?? null;
    if (sequence === null) continue;
    await client.query(`SELECT setval($1, (SELECT coalesce(max("${column}"), 0) + 1 FROM "${table}"), false)`, [
      sequence,
    ]);
  }
}

/** As it was found. */
async function empty(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
  );
  for (const { name } of rows) await client.query(`DROP TABLE IF EXISTS "${name}" CASCADE`);
}
