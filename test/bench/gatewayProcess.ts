// Processes of the gateway's benchmarks: how they start and end, and what the operating system has counted of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 30_000;
const END_MS = 5_000;
/** Of /proc, on every Linux that there is. */
const TICKS_PER_SECOND = 100;

export interface Running {
  readonly pid: number;
  /** The first line that it printed. */
  readonly said: string;
  stop(): Promise<void>;
}

export interface Spawning {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Left out: it is running once it has printed a line. */
  readonly ready?: () => Promise<boolean>;
}

/** @throws when it ends, or is not ready within half a minute */
export async function start(
  program: string,
  args: readonly string[],
  { cwd, env = {}, ready }: Spawning = {},
): Promise<Running> {
  const child = spawn(program, args, { cwd, env: { PATH: process.env['PATH'], ...env }, stdio: 'pipe' });
  let said = '';
  let complained = '';
  child.stdout.on('data', (piece: Buffer) => {
    if (said.length < 10_000) said += piece.toString('utf8');
  });
  child.stderr.on('data', (piece: Buffer) => {
    if (complained.length < 10_000) complained += piece.toString('utf8');
  });
  const until = Date.now() + START_MS;
  while (!(ready ? await ready() : said.includes('\n'))) {
    if (child.exitCode !== null || Date.now() > until) {
      await end(child);
      throw new Error(`${program} ${args.join(' ')} did not start: ${complained || said || 'it said nothing'}`);
    }
    await sleep(2);
  }
  return { pid: child.pid ?? 0, said: said.split('\n', 1)[0] ?? '', stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await gone;
  clearTimeout(timer);
}

/** Processor time in milliseconds, with that of children that have ended (the git of a router, say). NaN but on Linux. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await proc(pid, 'stat');
  // The name before them may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return stat === '' ? Number.NaN : (ticks / TICKS_PER_SECOND) * 1000;
}

/** Resident memory in megabytes; NaN but on Linux. */
export async function memoryOf(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(await proc(pid, 'status'))?.[1]) / 1024;
}

/** Open file descriptors; NaN but on Linux. */
export async function descriptorsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => undefined))?.length ?? Number.NaN;
}

async function proc(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
