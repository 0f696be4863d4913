// A PostgreSQL of this machine's own packages (Debian's, for one), started for a while on loopback, with a password.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ownerOf } from '../../src/team/store/embedded/owner.ts';
import { freePort } from './freePort.ts';

/** Where packages put their programs, a folder a version. */
const PLACES = ['/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin', '/opt/homebrew/opt/postgresql@*/bin'];
const START_MS = 60_000;

export interface InstalledPostgres {
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** The oldest that is installed. @throws where there is none, or it does not start */
export async function startInstalledPostgres(): Promise<InstalledPostgres> {
  const bin = PLACES.flatMap((place) => globSync(place))
    .filter((path) => existsSync(join(path, 'initdb')))
    .toSorted()[0];
  if (bin === undefined)
    throw new Error('No PostgreSQL is installed here: apt-get install postgresql, or give its URL.');
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'installed-pg-'));
  const data = join(folder, 'data');
  const owner = ownerOf(data);
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  if (owner !== undefined) for (const path of [folder, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const options = { cwd: folder, ...owner, stdio: 'pipe' } as const;
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'test', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--no-locale'],
    options,
  );
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'fsync=off'];
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((one) => ['-c', one])], {
    ...options,
    stdio: 'ignore',
  });
  const stop = async (): Promise<void> => {
    if (server.exitCode === null) {
      server.kill('SIGINT');
      await once(server, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `postgres://test:${password}@127.0.0.1:${port}/postgres`;
  for (const deadline = Date.now() + START_MS; ; await sleep(100)) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      const { rows } = await client.query<{ version: string }>('SELECT version()');
      return { url, version: rows[0]?.version ?? '', stop };
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) {
        await stop();
        throw error;
      }
    } finally {
      await client.end().catch(() => undefined); // it never was connected
    }
  }
}
