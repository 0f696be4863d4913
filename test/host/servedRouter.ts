// `routing-policy serve` in a process of its own, which may be killed at any moment, and clients that ask it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { ROOT } from '../../scripts/steps.ts';
import { firstLine } from './firstLine.ts';

const START_MS = 60_000;
const LONGEST_ANSWER_MS = 55_000;

export interface ServeOptions {
  readonly home: string;
  readonly state: string;
  /** A providers file. */
  readonly providers: string;
  readonly root: string;
  /** The size that no file of the process may grow beyond, in bytes: how a full disk looks from inside. */
  readonly mostFileBytes?: number;
  /** Whom it runs as, where this process may choose. */
  readonly uid?: number;
  /** Beside what every router is given. */
  readonly env?: Readonly<Record<string, string>>;
  /** A module that is loaded before the program. */
  readonly before?: string;
}

export interface Asked {
  readonly status: number;
  /** The client saw the end of the answer. */
  readonly complete: boolean;
  readonly text: string;
}

export interface ServedRouter {
  /** Where it is reached, and with which token. */
  readonly address: { readonly gateway: string; readonly token: string };
  /** What it has written to its error output. */
  told(): string;
  /** Sends one message in a conversation of this name. @throws when the connection breaks before the answer begins */
  ask(conversation: string, stream: boolean): Promise<Asked>;
  /** kill -9. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** @throws when it does not start */
export async function serveRouter(options: ServeOptions): Promise<ServedRouter> {
  const child = start(options);
  let told = '';
  child.stderr?.on('data', (piece: Buffer) => {
    told += piece.toString('utf8').slice(0, 100_000 - told.length);
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  try {
    const { gateway, token } = JSON.parse(await firstLine(child, START_MS)) as { gateway: string; token: string };
    return {
      address: { gateway, token },
      told: () => told,
      ask: (conversation, stream) => ask({ gateway, token, root: options.root }, conversation, stream),
      kill: () => end('SIGKILL'),
      stop: () => end('SIGTERM'),
    };
  } catch (error) {
    await end('SIGKILL');
    throw new Error(`The router did not start: ${told}`, { cause: error });
  }
}

function start({ home, state, providers, root, mostFileBytes, uid, env, before }: ServeOptions): ChildProcess {
  const program = join(ROOT, 'src', 'cli', 'main.ts');
  const args = [
    ...(before === undefined ? [] : ['--import', before]),
    program,
    'serve',
    '--port',
    '0',
    '--providers',
    providers,
    '--root',
    root,
  ];
  const options = {
    cwd: home,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: home,
      ROUTING_POLICY_STATE_DIR: state,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  };
  if (mostFileBytes === undefined) return spawn(process.execPath, args, options);
  const blocks = Math.floor(mostFileBytes / 512);
  return spawn('sh', ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', process.execPath, ...args], options);
}

function ask(
  { gateway, token, root }: { readonly gateway: string; readonly token: string; readonly root: string },
  conversation: string,
  stream: boolean,
): Promise<Asked> {
  const { port } = new URL(gateway);
  const messages = [{ role: 'user', content: `Say something about ${conversation}.` }];
  const headers = {
    'content-type': 'application/json',
    'x-routing-token': token,
    'x-routing-root': root,
    'x-session-id': conversation,
  };
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: '127.0.0.1', port, path: '/v1/messages', method: 'POST', headers, agent: false },
      (response) => {
        let text = '';
        const done = (): void => resolve({ status: response.statusCode ?? 0, complete: response.complete, text });
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', done).on('error', done);
      },
    );
    asking.on('error', reject).setTimeout(LONGEST_ANSWER_MS, () => asking.destroy(new Error('No answer.')));
    asking.end(JSON.stringify({ model: 'auto', max_tokens: 5_000, stream, messages }));
  });
}
