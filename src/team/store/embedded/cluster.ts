import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import type { DatabaseAddress } from '../database.ts';
import { StoreError } from '../storeError.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { endOrphan, pidFileLines } from './orphan.ts';
import { closedFolder, type Owner, ownerOf } from './owner.ts';
import { adviceFor } from './startFailure.ts';
import { spawnWatched } from './watcher.ts';

const run = promisify(execFile);

const DATA = 'postgresql';
const LOG = 'postgresql.log';
const PASSWORD = 'password';
const USER = 'routing_policy';
const NAME = 'postgres';
/** What this program's PostgreSQL writes into its folder. */
const MAJOR = '18';
/** The longest path that a socket can have, on the systems where it is shortest, without the socket's own name. */
const LONGEST_SOCKET_FOLDER = 103 - '/.s.PGSQL.5432'.length;
const LARGEST_LOG = 8 * 1024 * 1024;
const INITDB_MS = 120_000;
const START_MS = 30_000;
/** What was not written out yet when it was killed is written first, which takes as long as it takes. */
const RECOVERY_MS = 600_000;
const STOP_MS = 30_000;
const LOOK_MS = 50;
/** Ends within a minute after which it is not started again. */
const MOST_ENDS = 6;
const ENDS_WITHIN_MS = 60_000;
/** How often it is started, one time after the other, before it is said that it does not start. */
const MOST_STARTS = 3;
/** What a database says that is on its way up. */
const STARTING_UP = '57P03';

const SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '60',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // What a statement says may be somebody's name.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length_on_error: '0',
};

/** A PostgreSQL of this program's own, which ends with it. */
export interface Cluster {
  readonly address: DatabaseAddress;
  /** Settles where it ended again and again, and is not started any more. */
  readonly failed: Promise<StoreError>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** The server's folder, which the caller has locked. */
  readonly folder: string;
  /** `port`: on loopback with a password, for systems where PostgreSQL has no sockets. */
  readonly transport?: 'socket' | 'port';
  /** PostgreSQL's own, by name, over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/**
 * Starts the database of a folder, and makes one where there is none. Where it ends by itself, it is started again.
 *
 * @throws {StoreError} with what to do
 */
export async function startCluster({
  folder,
  transport = process.platform === 'win32' ? 'port' : 'socket',
  settings: asked = {},
  log,
}: ClusterOptions): Promise<Cluster> {
  const data = join(realpathSync(folder), DATA);
  const owner = ownerOf(data);
  if (owner !== undefined) {
    chmodSync(folder, 0o711);
    const closed = closedFolder(folder, owner);
    if (closed !== undefined) {
      throw new StoreError(
        `PostgreSQL does not run as root, and the user that it runs as (${owner.uid}) may not enter ${closed}: name a folder elsewhere with --data, or start the server as another user.`,
      );
    }
  }
  const place: Place = { folder: realpathSync(folder), data, owner, binaries: findBinaries(folder, owner) };
  if (existsSync(join(data, 'PG_VERSION'))) {
    assertMajor(data);
    await endOrphan(data, place.binaries, owner);
  } else await createData(place, transport);
  const { address, settings } = await addressOf(place, transport);
  return supervise(place, address, { ...asked, ...settings }, log);
}

/**
 * Where the database of a folder is that another process has started.
 * @throws {StoreError} where it is not up
 */
export function runningAddress(folder: string): DatabaseAddress {
  const [, , , port = '', sockets = ''] = pidFileLines(join(folder, DATA));
  if (sockets !== '') return { kind: 'socket', folder: sockets, user: USER, name: NAME };
  if (!/^\d+$/.test(port)) {
    throw new StoreError(`The database in ${folder} is not up yet: try again in a moment.`);
  }
  const password = readFileSync(join(folder, PASSWORD), 'utf8').trim();
  return { kind: 'port', port: Number(port), user: USER, password, name: NAME };
}

interface Place {
  readonly folder: string;
  readonly data: string;
  readonly owner: Owner | undefined;
  readonly binaries: Binaries;
}

function assertMajor(data: string): void {
  const major = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (major === MAJOR) return;
  throw new StoreError(
    `${data} was made by PostgreSQL ${major}, and this routing-policy has ${MAJOR}: write a backup with the version that made it (routing-policy team backup FILE), and restore it into a new folder.`,
  );
}

/** Made under another name first, so that what was interrupted is no database. */
async function createData({ folder, data, owner, binaries }: Place, transport: 'socket' | 'port'): Promise<void> {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${DATA}.draft`)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  const draft = `${data}.draft-${process.pid}`;
  mkdirSync(draft, { mode: 0o700 });
  giveTo(draft, owner);
  const passwordFile = join(folder, PASSWORD);
  const authentication = transport === 'port' ? ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`] : ['-A', 'trust'];
  if (transport === 'port') {
    writeFileSync(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    giveTo(passwordFile, owner);
  }
  try {
    await run(
      binaries.initdb,
      ['-D', draft, '-U', USER, ...authentication, '-E', 'UTF8', '--no-locale', '--no-instructions'],
      {
        cwd: folder,
        env: binaries.env,
        timeout: INITDB_MS,
        ...owner,
      },
    );
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new StoreError(`PostgreSQL could not make its folder ${data}. ${adviceFor(said)}`, { cause: error });
  }
  renameSync(draft, data);
}

function giveTo(path: string, owner: Owner | undefined): void {
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
}

async function addressOf(
  { folder, owner }: Place,
  transport: 'socket' | 'port',
): Promise<{ readonly address: DatabaseAddress; readonly settings: Readonly<Record<string, string>> }> {
  if (transport === 'port') {
    const port = await freePort();
    const password = readFileSync(join(folder, PASSWORD), 'utf8').trim();
    return {
      address: { kind: 'port', port, user: USER, password, name: NAME },
      settings: { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' },
    };
  }
  const sockets = join(folder, 'run');
  if (sockets.length > LONGEST_SOCKET_FOLDER) {
    throw new StoreError(
      `The path ${folder} is too long for the database’s socket: name one with --data that has ${LONGEST_SOCKET_FOLDER - '/run'.length} characters at most.`,
    );
  }
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  giveTo(sockets, owner);
  return {
    address: { kind: 'socket', folder: sockets, user: USER, name: NAME },
    settings: { listen_addresses: '', unix_socket_directories: sockets, unix_socket_permissions: '0700' },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Starts it, and again whenever it ends before it should. */
async function supervise(
  place: Place,
  address: DatabaseAddress,
  settings: Readonly<Record<string, string>>,
  log: ClusterOptions['log'],
): Promise<Cluster> {
  let stopping = false;
  let child: ChildProcess | undefined;
  const ends: number[] = [];
  const start = async (): Promise<ChildProcess> => {
    const started = launch(place, settings);
    child = started;
    await ready(started, address, place, () => stopping);
    return started;
  };
  const first = await start();
  const failed = new Promise<StoreError>((settle) => {
    const watch = (running: ChildProcess): void => {
      // Who kills it again may do so before we have seen it answer: that is another end, and not yet a failure to start.
      const again = async (triesLeft = MOST_STARTS): Promise<void> => {
        if (stopping) return;
        ends.push(Date.now());
        if (ends.filter((at) => at > Date.now() - ENDS_WITHIN_MS).length > MOST_ENDS) {
          settle(new StoreError(`PostgreSQL ends again and again. ${adviceFor(lastWords(place))}`));
          return;
        }
        log('warn', 'The database ended and is started again.');
        try {
          await endOrphan(place.data, place.binaries, place.owner);
          watch(await start());
        } catch (error) {
          if (stopping) return;
          if (triesLeft > 1) return again(triesLeft - 1);
          settle(error instanceof StoreError ? error : new StoreError(String(error), { cause: error }));
        }
      };
      if (hasEnded(running)) void again();
      else running.once('exit', () => void again());
    };
    watch(first);
  });
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    if (child !== undefined) await end(child, place);
  };
  return { address, failed, stop };
}

function launch({ folder, data, owner, binaries }: Place, settings: Readonly<Record<string, string>>): ChildProcess {
  const logFile = join(folder, LOG);
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_LOG) truncateSync(logFile);
  const log = openSync(logFile, 'a', 0o600);
  try {
    const all = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return spawnWatched(binaries.server, ['-D', data, ...all], {
      cwd: data,
      env: binaries.env,
      stdio: ['pipe', log, log],
      ...owner,
    });
  } finally {
    closeSync(log);
  }
}

/** Resolves when it answers. */
async function ready(
  child: ChildProcess,
  address: DatabaseAddress,
  place: Place,
  isStopping: () => boolean,
): Promise<void> {
  const started = Date.now();
  const spawned = new Promise<never>((_, reject) => child.once('error', reject));
  spawned.catch(() => undefined); // looked at below
  for (;;) {
    const answer = await Promise.race([knock(address), spawned]);
    if (answer === 'ready') return;
    const waitedMs = Date.now() - started;
    if (hasEnded(child) || waitedMs > (answer === 'starting' ? RECOVERY_MS : START_MS) || isStopping()) {
      await end(child, place);
      throw new StoreError(`PostgreSQL did not start. ${adviceFor(lastWords(place))}`);
    }
    await sleep(LOOK_MS);
  }
}

async function knock(address: DatabaseAddress): Promise<'ready' | 'starting' | 'silent'> {
  const client = new pg.Client({
    ...(address.kind === 'socket'
      ? { host: address.folder, user: address.user, database: address.name }
      : address.kind === 'port'
        ? {
            host: '127.0.0.1',
            port: address.port,
            user: address.user,
            password: address.password,
            database: address.name,
          }
        : { connectionString: address.url }),
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => undefined); // it was asked whether it is there, and that is told by what it answers
  try {
    await client.connect();
    return 'ready';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === STARTING_UP ? 'starting' : 'silent';
  } finally {
    await client.end().catch(() => undefined); // it never was connected
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** What it wrote last, for the advice. */
function lastWords({ folder }: Place): string {
  try {
    return readFileSync(join(folder, LOG), 'utf8').slice(-2_000);
  } catch {
    return ''; // it has written nothing
  }
}

/** A fast shutdown: what is under way is given up, and all that was acknowledged is kept. */
async function end(child: ChildProcess, { data, owner, binaries }: Place): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const ended = new Promise<boolean>((settle) => child.once('exit', () => settle(true)));
  const stop = (mode: string): Promise<unknown> =>
    run(binaries.control, ['stop', '-D', data, '-m', mode, '-W'], {
      cwd: data,
      env: binaries.env,
      timeout: STOP_MS,
      ...owner,
    }).catch(() => undefined); // it has ended already, or is told again below
  if (process.platform === 'win32') await stop('fast');
  else child.stdin?.end();
  const inTime = await Promise.race([ended, sleep(STOP_MS, false, { ref: false })]);
  if (!inTime) {
    await stop('immediate');
    await Promise.race([ended, sleep(STOP_MS, false, { ref: false })]);
  }
}
