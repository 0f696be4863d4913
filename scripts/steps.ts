// Running other programs from our scripts: what is slow says so, and what fails shows its output.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** A program that ended with something other than 0; `output` is what it printed, both streams together. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the program is killed. */
  readonly deadline?: number;
  /** Show the output as it comes instead of keeping it. */
  readonly show?: boolean;
}

/**
 * Runs a program to its end and returns what it printed.
 * @throws CommandError when it cannot be started, ends with another code than 0, or passes its deadline.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd = ROOT, env = process.env, deadline = 600_000, show = false } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let isLate = false;
    const keep = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, deadline);
    const line = [command, ...args].join(' ');
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new CommandError(`${line} could not be started: ${error.message}`, output));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else
        reject(new CommandError(`${line} ${isLate ? `took over ${deadline / 1000} s` : `ended with ${code}`}`, output));
    });
  });
}

/** Runs npm with `args` in `cwd`: the npm that started us where there is one, else the one on the path. */
export function npm(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const all = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  const script = process.env['npm_execpath'];
  if (script !== undefined && /\.c?js$/.test(script)) return run(process.execPath, [script, ...all], options);
  // npm is a .cmd file on Windows, which only its shell can start; the arguments are our own constants.
  return process.platform === 'win32'
    ? run('cmd.exe', ['/d', '/s', '/c', 'npm', ...all], options)
    : run('npm', all, options);
}

/** Does `work`, saying what it is and how long it took, with a sign of life every 20 s. */
export async function step<Result>(title: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  console.log(`${title} …`);
  const alive = setInterval(() => console.log(`${title}: still at it after ${seconds()}`), 20_000);
  try {
    const result = await work();
    console.log(`${title}: done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(alive);
  }
}

/** A failure's message, with the output of the program that failed. */
export function describeFailure(error: unknown): string {
  if (error instanceof CommandError) return `${error.message}\n${error.output.trimEnd()}`;
  return error instanceof Error ? error.message : String(error);
}
