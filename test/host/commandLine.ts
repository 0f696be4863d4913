// The built command line as a real child process, with nothing of the person who runs the tests around it.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run } from '../../scripts/steps.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandLine {
  readonly bundle: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const DEADLINE_MS = 55_000;

/** Builds the command line's bundles, apart from those of the extension, and gives them to run. */
export async function buildCommandLine(): Promise<CommandLine> {
  // Inside the repository, because the command looks for the presets above itself.
  const outdir = join(ROOT, 'node_modules', '.cache', `routing-policy-command-line-${randomUUID()}`);
  const names = ['cli', 'commandLine', 'programs', 'genaiPriceList', 'network', 'dispatchers', 'router'];
  await run(process.execPath, ['esbuild.config.mjs', ...names, `--outdir=${outdir}`]);
  const home = await mkdtemp(join(tmpdir(), 'routing-policy-home-'));
  const bundle = join(outdir, 'cli.js');
  return {
    bundle,
    remove: async () => {
      for (const folder of [outdir, home]) await rm(folder, { recursive: true, force: true });
    },
    run: (args, { cwd = home, stdin = '', env = {} } = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [bundle, ...args], {
          cwd,
          env: {
            PATH: process.env['PATH'],
            HOME: home,
            GIT_CONFIG_GLOBAL: devNull,
            GIT_CONFIG_SYSTEM: devNull,
            ...env,
          },
          timeout: DEADLINE_MS,
        });
        let [stdout, stderr] = ['', ''];
        child.stdout.on('data', (chunk: Buffer) => {
          stdout += chunk.toString('utf8');
        });
        child.stderr.on('data', (chunk: Buffer) => {
          stderr += chunk.toString('utf8');
        });
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, stdout, stderr }));
        child.stdin.on('error', () => undefined); // a command that does not read closes it
        child.stdin.end(stdin);
      }),
  };
}
