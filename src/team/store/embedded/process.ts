import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LOOK_MS = 5_000;

/** A process as the machine knows it. */
export interface ProcessSighting {
  /** When it started, in the machine's own words: with its id, what tells it from a later one of the same id. */
  readonly started: string;
  /** The name of its program. */
  readonly program: string;
}

/** Looks at a process. undefined: there is none of this id. */
export async function sightingOf(pid: number): Promise<ProcessSighting | undefined> {
  if (!isThere(pid)) return undefined;
  if (process.platform === 'linux') return onLinux(pid);
  if (process.platform === 'win32') return { started: '', program: '' };
  const { stdout } = await run('/bin/ps', ['-o', 'lstart=,comm=', '-p', String(pid)], { timeout: LOOK_MS }).catch(
    () => ({
      stdout: '', // ended meanwhile
    }),
  );
  const [, started, program] = /^(\S+ +\S+ +\d+ +[\d:]+ +\d+) +(.+)$/m.exec(stdout.trim()) ?? [];
  return started === undefined || program === undefined ? undefined : { started, program };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Ticks since the machine started, and which start that was. A process that has ended and was not asked for is none. */
function onLinux(pid: number): ProcessSighting | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name stands in brackets, and may have any in it.
    const program = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'));
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return { started: `${boot} ${fields[19]}`, program };
  } catch {
    return undefined; // ended between the two looks
  }
}
