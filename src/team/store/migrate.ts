import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { migrations } from './migrations.ts';
import { StoreError } from './storeError.ts';
import type { Tables } from './tables.ts';

/** Of PostgreSQL: what our statements need. */
const OLDEST_MAJOR = 15;

/**
 * Brings a database's tables up to this program's, in one transaction, one program at a time.
 *
 * @param wanted what there is up to, by default all of it
 * @throws {StoreError} where the database is too old, or was made by a newer program
 */
export async function migrate(
  database: Kysely<Tables>,
  wanted: Readonly<Record<string, Migration>> = migrations,
): Promise<void> {
  await assertMajor(database);
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => ({ ...wanted }) } });
  const known = await migrator.getMigrations().catch((error: unknown) => {
    throw new StoreError('The database does not tell which tables it has.', { cause: error });
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
  if (failed === undefined && known.length > 0 && String(error).includes('previously executed migration')) {
    throw new StoreError(
      'This database was made by a newer routing-policy: install that version, or restore a backup of this one into an empty database.',
      { cause: error },
    );
  }
  throw new StoreError(
    `The database could not be brought up to date${failed === undefined ? '' : ` (${failed})`}: ${messageOf(error)} Nothing in it was changed.`,
    { cause: error },
  );
}

async function assertMajor(database: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ version: string }>`SELECT current_setting('server_version_num') AS version`.execute(
    database,
  );
  const major = Math.floor(Number(rows[0]?.version ?? 0) / 10_000);
  if (major >= OLDEST_MAJOR) return;
  throw new StoreError(
    `This is PostgreSQL ${major}; the server needs ${OLDEST_MAJOR} or newer. Upgrade it, or name another with --database.`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
