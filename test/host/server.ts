// A real VS Code server on loopback, with a profile of its own that goes when it stops.

import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../scripts/steps.ts';
import { freePort } from './freePort.ts';
import { type Host, installHost } from './install.ts';

export type Settings = Readonly<Record<string, unknown>>;

export interface ServerOptions {
  /** The folder that the workbench opens. */
  readonly folder: string;
  /** Extensions to install, as VSIX files. */
  readonly vsix?: readonly string[];
  /** User settings, on top of ones that keep the editor quiet. */
  readonly settings?: Settings;
  /** Settings of machine scope (`routingPolicy.providers`): a server reads them from a file of their own. */
  readonly machineSettings?: Settings;
  /** Environment of the server and all its children, on top of the caller's; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ask about trusting the folder, as a fresh VS Code does. Off: every folder is trusted. */
  readonly trust?: boolean;
  /**
   * Lets the setting `telemetry.telemetryLevel` decide, which is off until a test changes it. What the editor itself would
   * send then, to whomever, goes to a port of this machine that nobody listens on.
   */
  readonly telemetry?: boolean;
  /** Loopback port; a free one when left out. */
  readonly port?: number;
  /** A folder for the profile that outlives the server; a temporary one when left out. */
  readonly profile?: string;
}

export interface Server {
  /** Address of the workbench with the folder open. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  /** The profile's folder: `data/User/settings.json`, `data/Machine/settings.json`, `home`, `state`, `server.log`. */
  readonly profile: string;
  readonly pid: number;
  /** What the server has printed so far. */
  readonly log: () => Promise<string>;
  /** Rewrites settings while VS Code runs; it notices by itself. */
  readonly changeSettings: (settings: Settings, machineSettings?: Settings) => Promise<void>;
  /** Ends the server with every process below it, and removes a temporary profile. May be called twice. */
  readonly stop: () => Promise<void>;
}

/** Nothing that asks, updates, phones home or saves by itself while a test types. */
const QUIET: Settings = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.colorTheme': 'Default Dark Modern',
  'npm.fetchOnlinePackageInfo': false,
  'json.schemaDownload.enable': false,
  'git.autofetch': false,
  'git.openRepositoryInParentFolders': 'never',
  'files.autoSave': 'off',
  'editor.accessibilitySupport': 'off',
};

/** In characters: of the 107 that a socket's path may have, VS Code's own names take some fifty. */
const LONGEST_SOCKET_FOLDER = 50;

const NOWHERE = 'http://127.0.0.1:9';
/** Of an editor that may send: nothing but this machine can be reached from it. */
const SENDING_NOWHERE: Readonly<Record<string, string | undefined>> = {
  DO_NOT_TRACK: undefined,
  CS_TELEMETRY_URL: NOWHERE,
  HTTP_PROXY: NOWHERE,
  HTTPS_PROXY: NOWHERE,
  NO_PROXY: '127.0.0.1,localhost,[::1]',
};

/** Starts VS Code and waits until it answers. The extension host starts only when a browser connects. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const host = await installHost();
  const profile = resolve(options.profile ?? (await mkdtemp(join(tmpdir(), 'routing-policy-vscode-'))));
  const isTemporary = options.profile === undefined;
  const env = await prepareProfile(profile, options);
  const data = join(profile, 'data');
  // Without --config it would write one into the user's home.
  const common = ['--config', join(profile, 'none.yaml'), '--user-data-dir', data];
  common.push('--extensions-dir', join(profile, 'extensions'));
  await writeFile(join(profile, 'none.yaml'), '{}\n');

  for (const vsix of options.vsix ?? []) {
    const install = ['--install-extension', resolve(vsix), '--force'];
    await run(host.node, [host.entry, ...common, ...install], { env, deadline: 120_000 });
  }

  const port = options.port ?? (await freePort());
  const child = spawnServer(host, [...common, ...serverArguments(port, options)], env, join(profile, 'server.log'));
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${host.node} could not be started`);
  const killOnExit = (): void => killGroup(pid, 'SIGKILL');
  process.on('exit', killOnExit);

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      await endGroup(child, pid);
      process.off('exit', killOnExit);
      if (isTemporary) await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    })();
    return stopping;
  };

  const log = (): Promise<string> => readFile(join(profile, 'server.log'), 'utf8');
  const origin = `http://127.0.0.1:${port}`;
  try {
    await untilHealthy(origin, child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `${origin}/?folder=${encodeURIComponent(resolve(options.folder))}`,
    origin,
    port,
    profile,
    pid,
    log,
    changeSettings: (settings, machineSettings = options.machineSettings ?? {}) =>
      writeSettings(data, settings, machineSettings),
    stop,
  };
}

async function prepareProfile(profile: string, options: ServerOptions): Promise<NodeJS.ProcessEnv> {
  const home = join(profile, 'home');
  const folders = [home, join(profile, 'config'), join(profile, 'state'), join(profile, 'extensions')];
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  await writeSettings(join(profile, 'data'), options.settings ?? {}, options.machineSettings ?? {});

  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|VITEST|npm_)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    XDG_CONFIG_HOME: join(profile, 'config'),
    XDG_DATA_HOME: join(profile, 'config'),
    XDG_STATE_HOME: join(profile, 'state'),
    ...(await ownTemporaryFolder(profile)),
    // No marketplace: the workbench then asks for nothing outside loopback.
    EXTENSIONS_GALLERY: '{}',
    DO_NOT_TRACK: '1',
    NODE_OPTIONS: '',
    ...(options.telemetry === true ? SENDING_NOWHERE : {}),
    ...options.env,
  };
}

/** VS Code leaves folders behind where files are temporary: there they go with the profile. */
async function ownTemporaryFolder(profile: string): Promise<NodeJS.ProcessEnv> {
  const folder = join(profile, 'tmp');
  // Its sockets are in there too, and the system cuts the names of those off.
  if (process.platform !== 'linux' || folder.length > LONGEST_SOCKET_FOLDER) return {};
  await mkdir(folder, { recursive: true });
  return { TMPDIR: folder };
}

async function writeSettings(data: string, settings: Settings, machineSettings: Settings): Promise<void> {
  const files: readonly (readonly [string, Settings])[] = [
    ['User', { ...QUIET, ...settings }],
    ['Machine', machineSettings],
  ];
  for (const [folder, content] of files) {
    await mkdir(join(data, folder), { recursive: true });
    await writeFile(join(data, folder, 'settings.json'), JSON.stringify(content, null, 2));
  }
}

function serverArguments(port: number, options: ServerOptions): string[] {
  return [
    '--auth',
    'none',
    '--bind-addr',
    `127.0.0.1:${port}`,
    ...(options.telemetry === true ? [] : ['--disable-telemetry']),
    '--disable-update-check',
    '--disable-getting-started-override',
    '--ignore-last-opened',
    ...(options.trust === true ? [] : ['--disable-workspace-trust']),
  ];
}

function spawnServer(host: Host, args: readonly string[], env: NodeJS.ProcessEnv, logFile: string): ChildProcess {
  // A group of its own, so that one signal reaches the extension hosts and whatever they started.
  const child = spawn(host.node, [host.entry, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const out = createWriteStream(logFile, { flags: 'a' });
  child.stdout?.pipe(out);
  child.stderr?.pipe(out);
  return child;
}

async function untilHealthy(origin: string, child: ChildProcess, log: () => Promise<string>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`VS Code ended with ${child.exitCode} at its start:\n${await log()}`);
    const response = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (response?.ok === true) return;
    await sleep(100);
  }
  throw new Error(`VS Code did not answer on ${origin} within 60 s:\n${await log()}`);
}

async function endGroup(child: ChildProcess, pid: number): Promise<void> {
  killGroup(pid, 'SIGTERM');
  const deadline = Date.now() + 5_000;
  while (groupIsAlive(pid) && Date.now() < deadline) await sleep(50);
  killGroup(pid, 'SIGKILL');
  while (child.exitCode === null && child.signalCode === null) await sleep(20);
}

function groupIsAlive(pid: number): boolean {
  return signalGroup(pid, 0);
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  signalGroup(pid, signal);
}

/** Sends a signal to the group that `pid` leads; false when nothing is left of it. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    // Windows has no process groups: there the server alone gets the signal, and its children see it go.
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
