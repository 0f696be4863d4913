import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { StoreError } from '../storeError.ts';
import type { Binaries } from './binaries.ts';
import type { Owner } from './owner.ts';
import { sightingOf } from './process.ts';

const run = promisify(execFile);
const PID_FILE = 'postmaster.pid';
/** Its watcher ends it by itself when its server is gone. */
const OWN_END_MS = 5_000;
const LOOK_MS = 50;
const STOP_SECONDS = 30;

/**
 * Ends a database that a killed server has left running. The caller holds the folder's lock, so no server uses it.
 *
 * @param data the database's own folder
 * @throws {StoreError} where it does not end
 */
export async function endOrphan(data: string, binaries: Binaries, owner: Owner | undefined): Promise<void> {
  const pid = pidIn(data);
  if (pid === undefined) return;
  const deadline = Date.now() + OWN_END_MS;
  for (;;) {
    const standing = await standingOf(pid, data);
    if (standing === 'gone') return;
    if (standing === 'another') {
      // The id is some other program's by now, and PostgreSQL would take it for its own and not start.
      rmSync(join(data, PID_FILE), { force: true });
      return;
    }
    if (Date.now() > deadline) break;
    await sleep(LOOK_MS);
  }
  for (const mode of ['fast', 'immediate']) {
    const ended = await run(binaries.control, ['stop', '-D', data, '-m', mode, '-w', '-t', String(STOP_SECONDS)], {
      cwd: data,
      env: binaries.env,
      timeout: (STOP_SECONDS + 10) * 1_000,
      ...owner,
    }).then(
      () => true,
      () => false, // told below
    );
    if (ended || (await standingOf(pid, data)) === 'gone') return;
  }
  throw new StoreError(
    `A PostgreSQL that an earlier server started (process id ${pid}) still uses ${data} and does not end: end it, then start again.`,
  );
}

function pidIn(data: string): number | undefined {
  const pid = Number(pidFileLines(data)[0]);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

/** What a PostgreSQL that is up says of itself, a line each; the first is its process id, the fourth its port, the fifth its sockets' folder. */
export function pidFileLines(data: string): readonly string[] {
  try {
    return readFileSync(join(data, PID_FILE), 'utf8').split('\n');
  } catch {
    return []; // it was shut down as it should be
  }
}

async function standingOf(pid: number, data: string): Promise<'ours' | 'another' | 'gone'> {
  const seen = await sightingOf(pid);
  if (seen === undefined) return 'gone';
  if (process.platform === 'win32') return 'ours';
  if (!seen.program.includes('postgres')) return 'another';
  if (process.platform !== 'linux') return 'ours';
  try {
    // It works in its own folder.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data) ? 'ours' : 'another';
  } catch {
    return 'ours'; // another user's, whose folder is not told; or just ended, which the next look finds
  }
}
