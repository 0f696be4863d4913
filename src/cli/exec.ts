import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { constants, homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, type GatewayAccess, withoutToken } from '../contract/clients/client.ts';
import { clientOfCommand, clients, type PointedAt, pointAt } from '../contract/clients/clients.ts';
import { folderUrl } from '../contract/gatewayAddress.ts';
import { takesClientsKey } from '../providers/passthrough.ts';
import { tabulate } from '../providers/table.ts';
import { onOneLine } from '../routing/labels.ts';
import { type Call, CommandError, type EndedProgram, textOption } from './command.ts';
import { readProvidersFile } from './providersFile.ts';
import type { Serving } from './serve.ts';

/** Those that may be sent to us and are meant for the command. */
const PASSED_ON = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/**
 * `routing-policy exec`: runs a client that asks the gateway. This process has a seat of its own at the gateway meanwhile, so
 * that the current folder is served, and goes on to be when whoever holds the port goes.
 */
export async function runExec(call: Call): Promise<EndedProgram> {
  const [command, ...args] = call.positionals;
  if (command === undefined) throw new CommandError('exec needs a command to run, such as: routing-policy exec claude');
  const client = clientAsked(call, command);
  const serving = await seat(call);
  try {
    const access = await accessOf(serving, call);
    const env = withoutToken(call.env, access.token);
    const passedTo = await passedHosts(serving, call);
    const start = pointAt(client, access, { env, home: env['HOME'] || homedir(), read, passedTo });
    for (const reason of start.unrouted) await call.note(`routing-policy: ${reason}\n`);
    await writeFiles(access.folder, start);
    return { programCode: await run(command, [...start.arguments, ...args], { ...env, ...start.environment }) };
  } finally {
    await serving.dispose();
  }
}

function clientAsked(call: Call, command: string): Client | undefined {
  const named = textOption(call, 'as');
  if (named === undefined) return clientOfCommand(command);
  const client = clients.find(({ id }) => id === named);
  if (client !== undefined) return client;
  throw new CommandError(`--as takes one of ${clients.map(({ id }) => id).join(', ')}, not "${named}".`);
}

/**
 * Joins the gateway or opens it; where something else holds its port, on another one for this command alone. So too with
 * providers of its own: whoever holds the port asks others, and whoever joins it later would ask these.
 */
async function seat(call: Call): Promise<Serving> {
  const { openGateway, portAsked } = await import('./serve.ts');
  // The terminal is the command's: only what keeps it from working is said.
  const log = (level: string, message: string): void => {
    if (level === 'error') process.stderr.write(`routing-policy ${level}: ${onOneLine(message)}\n`);
  };
  const port = textOption(call, 'providers') === undefined ? portAsked(call) : 0;
  const serving = await openGateway(call, { port, roots: [call.cwd], log });
  const standing = await serving.gateway.ready;
  if (!('reason' in standing) || port === 0) return serving;
  await serving.dispose();
  return openGateway(call, { port: 0, roots: [call.cwd], log });
}

/** Of a gateway that another process holds it is not known to whom it passes credentials on. */
async function passedHosts({ gateway }: Serving, call: Call): Promise<ReadonlySet<string>> {
  if (gateway.standing()?.kind !== 'serving') return new Set();
  const { setting } = await readProvidersFile(call);
  const rows = [...tabulate(setting).rows.values()];
  return new Set(rows.flatMap((row) => (takesClientsKey(row) ? [row.baseUrl.host] : [])));
}

/** @throws {CommandError} */
async function accessOf({ gateway, stateFolder }: Serving, { cwd }: Call): Promise<GatewayAccess> {
  const standing = await gateway.ready;
  if ('reason' in standing) throw new CommandError(standing.reason);
  const { url, token } = standing;
  const own = stateFolder ?? (await mkdtemp(join(tmpdir(), 'routing-policy-')));
  return { url: folderUrl(url, cwd), token, folder: join(own, 'clients') };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // missing, or not ours to read: it tells of no login
  }
}

async function writeFiles(folder: string, { files }: PointedAt): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, name), text, { mode: 0o600 });
  }
}

/** @throws {CommandError} when it cannot be started */
async function run(command: string, args: readonly string[], env: Call['env']): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...env } });
  const stop = passSignals(child);
  try {
    return await new Promise<number>((settle, fail) => {
      child.once('error', (error: NodeJS.ErrnoException) => fail(new CommandError(whyNot(command, error))));
      child.once('close', (code, signal) => settle(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    stop();
  }
}

/** Ctrl-C reaches the command from the terminal itself, and it decides what that means; what reaches us alone is passed on. */
function passSignals(child: ChildProcess): () => void {
  const pass = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of PASSED_ON) process.on(signal, pass);
  return () => {
    for (const signal of PASSED_ON) process.off(signal, pass);
  };
}

function whyNot(command: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `There is no command "${command}": install it, or give its path.`;
  if (code === 'EACCES') return `"${command}" may not be run: it is no program, or not yours to run.`;
  return `"${command}" could not be started (${code ?? message}).`;
}
