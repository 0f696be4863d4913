// A real `serve` process in front of simulated providers and a temporary repository, for real clients.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../scripts/steps.ts';
import { freePort } from '../host/freePort.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { ledgerRows } from '../host/routerStage.ts';
import type { Behaviour, RecordedRequest, SimulatedServer } from '../simulated/main.ts';
import { startSimulatedGoogle, startSimulatedProviders } from '../simulated/main.ts';

export const MAIN = join(ROOT, 'src', 'cli', 'main.ts');

/** The models that requests are routed to: one a dialect. */
export const TARGETS = ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol', 'google/gemini-3.8-flash'] as const;
export type Target = (typeof TARGETS)[number];

/** Some rule's own words, which must reach the person. */
export const REASON = 'models rest until Monday';

/** What providers billed, or the ledger wrote down, in tokens. */
export interface Billed {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

export interface ClientStage {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly repository: Repository;
  readonly stateFolder: string;
  readonly providersFile: string;
  /** A new and empty home folder. */
  home(): Promise<string>;
  /** Routes everything to one target from now on, under these budgets, or refuses everything; and forgets what was. */
  begin(policy: {
    readonly target: string;
    readonly refuses?: boolean;
    readonly budgets?: readonly object[];
  }): Promise<void>;
  behave(behaviour: Behaviour): void;
  /** What the providers were asked since `begin`. */
  asked(): readonly RecordedRequest[];
  rows(): ReturnType<typeof ledgerRows>;
  billedUpstream(): Billed;
  billedInLedger(): Billed;
  stop(): Promise<void>;
}

/**
 * Gemini CLI believes no file below a folder that others may write to, as the system's temporary one: a clone that lies in
 * such a folder has its runs in the person's own cache.
 */
async function runFolder(): Promise<string> {
  const host = (await isOpenToOthers(ROOT)) ? join(homedir(), '.cache', 'routing-policy-host') : join(ROOT, '.host');
  const own = join(host, 'clients-run');
  await mkdir(own, { recursive: true });
  return own;
}

async function isOpenToOthers(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  if ((mode & 0o022) !== 0) return true;
  return dirname(folder) !== folder && isOpenToOthers(dirname(folder));
}

export async function startClientStage(): Promise<ClientStage> {
  const own = await runFolder();
  const folder = await mkdtemp(join(own, 'run-'));
  const stateFolder = join(folder, 'state');
  const providersFile = join(folder, 'providers.json');
  const [simulated, google, repository] = await Promise.all([
    startSimulatedProviders({ pace: { perDeltaMs: 1 } }),
    startSimulatedGoogle(),
    createRepository({ files: { 'src/sum.ts': 'export const sum = 1;\n' } }),
  ]);
  const servers: readonly SimulatedServer[] = [simulated.anthropic, simulated.openai, google];
  await writeFile(providersFile, JSON.stringify(settingsOf(simulated.providers, google)));
  const { child, url, token, said } = await serve(repository.folder, { stateFolder, providersFile });
  const asked = (): readonly RecordedRequest[] =>
    servers.flatMap(({ requests }) => requests).filter(({ method }) => method === 'POST');
  let before = 0;
  const rows = (): ReturnType<typeof ledgerRows> => ledgerRows(stateFolder).slice(before);
  return {
    url,
    port: Number(new URL(url).port),
    token,
    repository,
    stateFolder,
    providersFile,
    home: () => mkdtemp(join(folder, 'home-')),
    begin: async ({ target, refuses = false, budgets = [] }) => {
      // Clients started by `exec` would open a gateway of their own, and hide it.
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`serve has ended: ${said()}`);
      for (const server of servers) {
        server.recover();
        server.forget();
      }
      const constraints = refuses ? [{ id: 'rest', when: {}, block: true, reason: REASON }] : [];
      await repository.git('reset', '--hard', '--quiet');
      await repository.git('clean', '-dfq');
      await repository.write({
        '.routing-policy.json': JSON.stringify({ version: 1, default: [target], constraints, budgets }),
      });
      before = ledgerRows(stateFolder).length;
    },
    behave: (behaviour) => {
      for (const server of servers) server.behave(behaviour, Number.POSITIVE_INFINITY);
    },
    asked,
    rows,
    billedUpstream: () => sum(asked().map(({ tokens }) => tokens)),
    billedInLedger: () =>
      sum(
        (rows() as readonly unknown[] as readonly Readonly<Record<string, number | null>>[]).map((row) => ({
          input: row['input_tokens'] ?? 0,
          cacheRead: row['cache_read_tokens'] ?? 0,
          cacheWrite: row['cache_write_tokens'] ?? 0,
          output: row['output_tokens'] ?? 0,
        })),
      ),
    stop: async () => {
      const isRunning = child.exitCode === null && child.signalCode === null;
      if (isRunning && child.kill('SIGTERM')) await new Promise((settle) => child.once('close', settle));
      await Promise.all([simulated.stop(), google.stop(), repository.remove()]);
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** The simulated providers, and each once more with the clients' own keys passed through. */
function settingsOf(providers: Readonly<Record<string, object>>, google: SimulatedServer): object {
  const all: Readonly<Record<string, object>> = {
    ...providers,
    google: {
      wire: 'gemini',
      baseUrl: google.url,
      auth: 'none',
      simulated: true,
      makers: ['google'],
      prices: { 'gemini-3.8-flash': { inputUsd: 0.5, outputUsd: 3, cacheReadUsd: 0.05, asOf: '2026-11-10' } },
    },
  };
  const own = ['anthropic', 'openai', 'google'].map((id) => {
    const { auth: _none, ...setting } = { auth: undefined, ...all[id] };
    return [`own-${id}`, { ...setting, key: 'passthrough' }];
  });
  return { ...all, ...Object.fromEntries(own) };
}

interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
  /** What it wrote to its log. */
  said(): string;
}

async function serve(
  root: string,
  { stateFolder, providersFile }: Pick<ClientStage, 'stateFolder' | 'providersFile'>,
): Promise<Served> {
  // One that others can join: what is opened on any port stands alone.
  const port = String(await freePort());
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', port, '--root', root, '--providers', providersFile], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: stateFolder,
      ROUTING_POLICY_STATE_DIR: stateFolder,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  return new Promise((settle, fail) => {
    child.once('close', () => fail(new Error(`serve ended: ${said}`)));
    createInterface(child.stdout).once('line', (line) => {
      const { gateway, token } = JSON.parse(line) as { gateway: string; token: string };
      settle({ child, url: gateway, token, said: () => said });
    });
  });
}

function sum(parts: readonly (Billed | undefined)[]): Billed {
  const total = (of: (one: Billed) => number): number => parts.reduce((all, one) => all + (one ? of(one) : 0), 0);
  return {
    input: total(({ input }) => input),
    cacheRead: total(({ cacheRead }) => cacheRead),
    cacheWrite: total(({ cacheWrite }) => cacheWrite),
    output: total(({ output }) => output),
  };
}
