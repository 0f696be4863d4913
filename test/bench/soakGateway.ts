// The gateway that is soaked: `routing-policy serve` in a process of its own, with two folders open, and simulated providers
// in this one.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ROOT } from '../../scripts/steps.ts';
import { firstLine } from '../host/firstLine.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { policyFile, sampleFiles, samplePolicy } from '../host/routerStage.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';
import type { Held } from './soakProbe.ts';

const START_MS = 60_000;
const END_MS = 5_000;
const LONGEST_TOLD = 100_000;

export interface SoakGateway {
  readonly port: number;
  readonly token: string;
  readonly repository: Repository;
  /** Open too, and no repository. */
  readonly plainFolder: string;
  readonly simulated: SimulatedProviders;
  /** What it has written to its error output. */
  told(): string;
  /** @param wish with {@link Held.dataMb} or not */
  held(wish: 'held' | 'data'): Promise<Held>;
  /** Bytes of the ledger, the decision log and whatever else it keeps on the disk. */
  keptBytes(): Promise<number>;
  /** The policy says the same in other words, and there is one more commit. */
  change(round: number): Promise<void>;
  stop(): Promise<void>;
}

/** The ledger's log, which grows until it is worked into the file, says nothing of what is kept. */
function workIn(ledger: string): void {
  const database = new DatabaseSync(ledger, { timeout: 2_000 });
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

/** @param program the command line, built or as it stands in the sources */
export async function startSoakGateway(program: string): Promise<SoakGateway> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-soak-')));
  const state = join(home, 'state');
  const plainFolder = join(home, 'plain');
  await mkdir(plainFolder);
  const [simulated, repository] = await Promise.all([
    startSimulatedProviders(),
    createRepository({ files: { ...sampleFiles, '.env': 'LEDGER_PASSWORD=correct-horse-41\n' } }),
  ]);
  const providers = join(home, 'providers.json');
  await writeFile(providers, JSON.stringify(simulated.providers));
  const child = serve(program, { home, state, providers, roots: [repository.folder, plainFolder] });
  let told = '';
  child.stderr?.on('data', (piece: Buffer) => {
    if (told.length < LONGEST_TOLD) told += piece.toString('utf8');
  });
  const stop = async (): Promise<void> => {
    await end(child);
    await simulated.stop();
    await repository.remove();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const { gateway, token } = JSON.parse(await firstLine(child, START_MS)) as { gateway: string; token: string };
    return {
      port: Number(new URL(gateway).port),
      token,
      repository,
      plainFolder,
      simulated,
      told: () => told,
      held: async (wish) => {
        const answer = once(child, 'message', { signal: AbortSignal.timeout(START_MS) });
        child.send(wish);
        return (await answer)[0] as Held;
      },
      keptBytes: () => {
        workIn(join(state, 'ledger.sqlite'));
        return bytesIn(state);
      },
      change: async (round) => {
        const policy = { ...samplePolicy, description: `Round ${round}.` };
        await repository.write({
          [policyFile]: JSON.stringify(policy),
          'packages/core/round.ts': `export const round = ${round};\n`,
        });
        await repository.commit(`Round ${round}`);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`The gateway to be soaked did not start: ${told}`, { cause: error });
  }
}

function serve(
  program: string,
  {
    home,
    state,
    providers,
    roots,
  }: Readonly<Record<'home' | 'state' | 'providers', string>> & { readonly roots: readonly string[] },
): ChildProcess {
  const probe = join(ROOT, 'test', 'bench', 'soakProbe.ts');
  const args = ['serve', '--port', '0', '--providers', providers, ...roots.flatMap((root) => ['--root', root])];
  return spawn(process.execPath, ['--expose-gc', '--import', probe, program, ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, ROUTING_POLICY_STATE_DIR: state },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await gone;
  clearTimeout(timer);
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  // A file may go while it is looked at.
  const sizes = await Promise.all(
    files.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
