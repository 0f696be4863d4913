import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Pool, PoolClient } from 'pg';
import { errorCode } from '../../../usage/writeResult.ts';
import { StoreError } from '../storeError.ts';
import { migrationsIn, tablesOf } from './catalogue.ts';
import { add, FORMAT, ROW, VERSION } from './format.ts';

/** Rows that are in memory at once. */
const BATCH = 2_000;

/**
 * Writes everything that a server keeps into a file, as it is at one moment, while the server goes on. Sessions and links
 * that let somebody in are left out; of tokens it has the hashes.
 *
 * @returns how many rows there are
 * @throws {StoreError} where the file cannot be written
 */
export async function writeBackup(pool: Pool, file: string, now: Date): Promise<number> {
  const client = await pool.connect();
  const draft = `${file}.${randomBytes(6).toString('hex')}.part`;
  const counted = { rows: 0 };
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SET LOCAL statement_timeout = 0');
    await pipeline(
      linesFrom(client, now, counted),
      createGzip(),
      createWriteStream(draft, { flags: 'wx', mode: 0o600 }),
    );
    await client.query('COMMIT');
    await written(draft);
    await rename(draft, file);
    return counted.rows;
  } catch (error) {
    await rm(draft, { force: true });
    const code = errorCode(error);
    if (code?.startsWith('E'))
      throw new StoreError(`${file} could not be written (${code}): make room, or name another file.`, {
        cause: error,
      });
    throw error;
  } finally {
    // What was begun ends with the connection.
    client.release(true);
  }
}

async function* linesFrom(client: PoolClient, now: Date, counted: { rows: number }): AsyncGenerator<string> {
  const sum = createHash('sha256');
  const summed = (line: string): string => {
    add(sum, line);
    return `${line}\n`;
  };
  const migrations = await migrationsIn(client);
  yield summed(JSON.stringify({ format: FORMAT, version: VERSION, madeAt: now.toISOString(), migrations }));
  for (const { name, columns, partitions } of await tablesOf(client)) {
    yield summed(JSON.stringify({ table: name, columns, partitions }));
    const list = columns.map((column) => `"${column}"`).join(', ');
    await client.query(
      `DECLARE backup NO SCROLL CURSOR FOR SELECT to_json(one)::text AS line FROM (SELECT ${list} FROM "${name}") AS one`,
    );
    for (;;) {
      const { rows } = await client.query<{ line: string }>(`FETCH ${BATCH} FROM backup`);
      if (rows.length === 0) break;
      counted.rows += rows.length;
      yield rows.map(({ line }) => summed(`${ROW}${onOneLine(line)}}`)).join('');
    }
    await client.query('CLOSE backup');
  }
  yield `${JSON.stringify({ end: true, rows: counted.rows, sha256: sum.digest('hex') })}\n`;
}

/** What the database wrote, without what a reader takes for the end of a line: between values a space, within them escaped. */
function onOneLine(json: string): string {
  return json.replaceAll('\n', ' ').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** On the disk, not only on its way there. */
async function written(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
