// Who takes part in the gateway's benchmark: nobody between client and provider, a bare proxy in Node, nginx and Portkey's
// gateway where they are to be had, and ours, with the team preset deciding in a real repository and its ledger writing.
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT, run } from '../../scripts/steps.ts';
import { freePort } from '../host/freePort.ts';
import { pricesOf } from '../simulated/prices.ts';
import { type Running, start } from './gatewayProcess.ts';
import type { BenchDialect } from './gatewayWire.ts';

const HERE = join(ROOT, 'test', 'bench');
const PORTKEY = '@portkey-ai/gateway@1.15.2';
const MODEL = 'claude-sonnet-5-5';
const INSTALL_MS = 180_000;

/** One that is running and answers. */
export interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Somebody else's: what it cannot answer is told, and no fault of ours. */
  readonly mayFail: boolean;
  /** Sent with every request. */
  headers(dialect: BenchDialect): Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** One that can be started, as often as wished. */
export interface Entry {
  readonly name: string;
  /** Which dialects it turns into the provider's own, which is Anthropic's. */
  readonly translates: boolean;
  start(): Promise<Contestant>;
}

/** Why one does not take part, in a sentence. */
export interface Absent {
  readonly name: string;
  readonly why: string;
}

const noHeaders = (): Readonly<Record<string, string>> => ({});

export function plainEntry(upstream: number): Entry {
  return {
    name: 'bare node proxy',
    translates: false,
    start: async () => {
      const running = await start(process.execPath, [join(HERE, 'gatewayPlain.ts'), String(upstream), MODEL]);
      return { ...contestant('bare node proxy', running, Number(running.said)), headers: noHeaders };
    },
  };
}

/** @param bundle the built command line */
export function ownEntry(bundle: string, upstream: number, root: string): Entry {
  const name = 'routing-policy';
  return {
    name,
    translates: true,
    start: async () => {
      const home = await mkdtemp(join(tmpdir(), 'routing-policy-bench-'));
      const providers = join(home, 'providers.json');
      await writeFile(
        providers,
        JSON.stringify({
          anthropic: {
            wire: 'anthropic-messages',
            baseUrl: `http://127.0.0.1:${upstream}`,
            auth: 'none',
            simulated: true,
            makers: ['anthropic'],
            prices: pricesOf('anthropic'),
          },
        }),
      );
      const args = [bundle, 'serve', '--port', '0', '--root', root, '--providers', providers];
      const running = await start(process.execPath, args, { cwd: home, env: { HOME: home } });
      const { gateway, token } = JSON.parse(running.said) as { gateway: string; token: string };
      return {
        ...contestant(name, running, Number(new URL(gateway).port)),
        headers: () => ({ authorization: `Bearer ${token}` }),
        stop: async () => {
          await running.stop();
          await rm(home, { recursive: true, force: true });
        },
      };
    },
  };
}

/** nginx as a plain reverse proxy that does not hold answers back. */
export async function nginxEntry(upstream: number): Promise<Entry | Absent> {
  const name = 'nginx';
  // Where there is no folder for system programs in PATH, it is still there.
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'].map((folder) => join(folder, name));
  const found = await Promise.all(places.map((path) => isThere(path)));
  const executable = places[found.indexOf(true)];
  if (executable === undefined) return { name, why: 'nginx is not installed.' };
  return {
    name,
    translates: false,
    start: async () => {
      const [folder, port] = [await mkdtemp(join(tmpdir(), 'routing-policy-nginx-')), await freePort()];
      const file = join(folder, 'nginx.conf');
      await writeFile(file, nginxConfiguration(folder, port, upstream));
      const args = ['-p', folder, '-c', file, '-e', join(folder, 'error.log')];
      const running = await start(executable, args, { ready: () => isListening(port) });
      const stop = async (): Promise<void> => {
        await running.stop();
        await rm(folder, { recursive: true, force: true });
      };
      return { ...contestant(name, running, port), headers: noHeaders, stop };
    },
  };
}

function nginxConfiguration(folder: string, port: number, upstream: number): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 512; }
http { access_log off; ${places.join(' ')}
  upstream provider { server 127.0.0.1:${upstream}; keepalive 64; }
  server { listen 127.0.0.1:${port}; client_max_body_size 16m; client_body_buffer_size 1m; keepalive_requests 1000000;
    location / { proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } } }
`;
}

/** Portkey's gateway from npm, in a folder that is kept from one run to the next. */
export async function portkeyEntry(upstream: number): Promise<Entry | Absent> {
  const name = "Portkey's gateway";
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'routing-policy-bench', 'portkey');
  const script = join(folder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
  try {
    if (!(await isThere(script))) {
      await mkdir(folder, { recursive: true });
      const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', PORTKEY];
      await run('npm', args, { cwd: folder, deadline: INSTALL_MS });
    }
  } catch (error) {
    return {
      name,
      why: `${PORTKEY} could not be installed: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  return {
    name,
    translates: true,
    start: async () => {
      const port = await freePort();
      const args = [script, '--headless', `--port=${port}`];
      const running = await start(process.execPath, args, { cwd: folder, ready: () => isListening(port) });
      const host = `http://127.0.0.1:${upstream}/v1`;
      return {
        ...contestant(name, running, port),
        mayFail: true,
        headers: () => ({
          'x-portkey-provider': 'anthropic',
          'x-portkey-custom-host': host,
          authorization: 'Bearer none',
        }),
      };
    },
  };
}

function contestant(name: string, { pid, stop }: Running, port: number): Omit<Contestant, 'headers'> {
  return { name, port, pid, stop, mayFail: false };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function isListening(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      settle(true);
    });
    socket.once('error', () => settle(false));
  });
}
