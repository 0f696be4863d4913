// A real PostgreSQL for a test: the one that TEST_DATABASE_URL names, else one of the test's own in a temporary folder.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { withLock } from '../../scripts/lock.ts';
import { ROOT, run } from '../../scripts/steps.ts';
import { type DatabaseAddress, openDatabase } from '../../src/team/store/database.ts';
import { startCluster } from '../../src/team/store/embedded/cluster.ts';
import { StoreError } from '../../src/team/store/storeError.ts';

/** In a cluster's folder. */
const DATA = 'postgresql';

export interface Postgres {
  readonly address: DatabaseAddress;
  readonly pool: pg.Pool;
  stop(): Promise<void>;
}

/**
 * An empty database. undefined: npm has no binaries for this platform, or another user than root cannot run programs here.
 * @throws when it does not start
 */
export async function startPostgres(): Promise<Postgres | undefined> {
  const url = process.env['TEST_DATABASE_URL'];
  return url === undefined || url === '' ? embedded() : given(url);
}

async function embedded(): Promise<Postgres | undefined> {
  if (process.platform === 'win32') return undefined;
  if (process.getuid?.() === 0 && (statSync('/dev/null').mode & 0o002) === 0) return undefined;
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'pg-'));
  try {
    await layDown(folder);
    // What a killed process has written is kept by the system; only a machine that stops loses it, and none does here.
    const cluster = await startCluster({ folder, settings: { fsync: 'off' }, log: () => undefined });
    const { pool, close } = openDatabase(cluster.address);
    const stop = async (): Promise<void> => {
      await close();
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    };
    return { address: cluster.address, pool, stop };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (error instanceof StoreError && error.message.includes('are not installed')) return undefined;
    throw error;
  }
}

/** A database's files as they are made, to be copied: to make them takes longer than all else before a test's first statement. */
async function layDown(folder: string): Promise<void> {
  const made = join(ROOT, 'node_modules', '.cache', `postgresql-${madeBy()}`);
  if (!existsSync(made)) {
    await withLock(`${made}.lock`, async () => {
      if (!existsSync(made)) await makeOnce(made);
    });
  }
  await copy(made, join(folder, DATA));
}

async function makeOnce(made: string): Promise<void> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'pg-'));
  try {
    const cluster = await startCluster({ folder, settings: { fsync: 'off' }, log: () => undefined });
    await cluster.stop();
    await copy(join(folder, DATA), `${made}.draft`);
    renameSync(`${made}.draft`, made);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With owners and permissions, on which PostgreSQL insists. */
async function copy(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  await run('cp', ['-a', from, to]);
}

/** What they would be made by: other programs, or another way to call them, make others. */
function madeBy(): string {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'src/team/store/embedded/cluster.ts'])
    hash.update(readFileSync(join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}

/** A database of its own in a server that is shared. */
async function given(url: string): Promise<Postgres> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const own = new URL(url);
  own.pathname = `/${name}`;
  await asked(url, `CREATE DATABASE ${name}`);
  const address: DatabaseAddress = { kind: 'url', url: own.href };
  const { pool, close } = openDatabase(address);
  const stop = async (): Promise<void> => {
    await close();
    await asked(url, `DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { address, pool, stop };
}

async function asked(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
