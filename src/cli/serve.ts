import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { settings } from '../contract/settings.ts';
import { tuneEngine } from '../gateway/engine.ts';
import { type Gateway, type Standing, startGateway } from '../gateway/gateway.ts';
import { composeStandalone, type StandaloneRouter } from '../gateway/standalone.ts';
import { onOneLine } from '../routing/labels.ts';
import { type Call, CommandError, type ExitCode, textOption, textsOption } from './command.ts';
import { readProvidersFile } from './providersFile.ts';
import { ownVersion } from './version.ts';

/** `routing-policy serve`: a router without an editor, behind the gateway, until it is told to end. */
export async function runServe(call: Call): Promise<ExitCode> {
  const port = portAsked(call);
  const roots = await rootsAsked(call);
  const end = endOf(call);
  const log = (level: string, message: string): void => {
    if (level === 'debug') return;
    process.stderr.write(`routing-policy ${level}: ${onOneLine(message)}\n`);
  };
  const serving = await openGateway(call, { port, roots, log });
  try {
    const standing = await Promise.race([serving.gateway.ready, end]);
    if (standing !== undefined) await announce(call, standing);
    await end;
  } finally {
    await serving.dispose();
  }
  return 0;
}

/** A router of this process's own and its seat at the gateway. */
export interface Serving {
  readonly gateway: Gateway;
  /** This user's own; undefined where it cannot be used. */
  readonly stateFolder: string | undefined;
  dispose(): Promise<void>;
}

/** @throws {CommandError} where the providers file cannot be read, or an option says nothing */
export async function openGateway(
  call: Call,
  { port, roots, log }: Pick<Parameters<typeof startGateway>[0], 'port' | 'roots' | 'log'>,
): Promise<Serving> {
  const timeoutSeconds = timeoutAsked(call);
  tuneEngine();
  const [{ setting }, version] = await Promise.all([readProvidersFile(call), ownVersion()]);
  const composed = await composeStandalone({ providers: setting, roots, env: process.env, timeoutSeconds, log });
  try {
    const gateway = open(composed, { port, roots, version, log });
    // What cannot be loaded now is asked for again by the request that needs it, whose client is told.
    gateway.ready.then(() => composed.loadRest()).catch((error: unknown) => log('warn', String(error)));
    const dispose = async (): Promise<void> => {
      await gateway.dispose();
      await composed.dispose();
    };
    return { gateway, stateFolder: composed.stateFolder, dispose };
  } catch (error) {
    await composed.dispose();
    throw error;
  }
}

function open(
  { router, providers, stateFolder, setRoots }: StandaloneRouter,
  { port, roots, version, log }: Pick<Parameters<typeof startGateway>[0], 'port' | 'roots' | 'version' | 'log'>,
): Gateway {
  return startGateway({
    router,
    port,
    roots,
    stateFolder,
    version,
    knowsProvider: (id) => providers.get(id) !== undefined,
    log,
    rootsKnown: setRoots,
  });
}

/** @throws {CommandError} where no client could reach it */
function announce(call: Call, standing: Standing): Promise<void> {
  if ('reason' in standing) throw new CommandError(standing.reason);
  return call.write(`${JSON.stringify({ gateway: standing.url, token: standing.token })}\n`);
}

/** @throws {CommandError} */
export function portAsked(call: Call): number {
  const text = textOption(call, 'port');
  if (text === undefined) return settings['routingPolicy.gateway.port'].default;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new CommandError(`--port takes a number from 0 to 65535, not "${text}".`);
}

function timeoutAsked(call: Call): number | undefined {
  const text = textOption(call, 'timeout');
  if (text === undefined) return undefined;
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= 600) return seconds;
  throw new CommandError(`--timeout takes seconds from 1 to 600, not "${text}".`);
}

async function rootsAsked(call: Call): Promise<readonly string[]> {
  const named = textsOption(call, 'root');
  return Promise.all((named.length === 0 ? ['.'] : named).map((root) => folderAt(resolve(call.cwd, root))));
}

async function folderAt(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false, // told below in the same words
  );
  if (!isFolder) throw new CommandError(`--root ${path} is no folder: name one that is there.`);
  return realpath(path);
}

/** Resolves when the person, or whatever started this, wants it to end. */
function endOf({ signal }: Call): Promise<undefined> {
  return new Promise((settle) => {
    const done = (): void => settle(undefined);
    signal.addEventListener('abort', done, { once: true });
    process.once('SIGTERM', done);
    if (signal.aborted) done();
  });
}
