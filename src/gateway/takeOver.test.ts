import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../test/host/freePort.ts';
import { createRepository, type Repository } from '../../test/host/repository.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../../test/simulated/main.ts';
import { ask } from './testing/stage.ts';

const MAIN = join(import.meta.dirname, '..', 'cli', 'main.ts');

const PAUSE_MS = 25;

let simulated: SimulatedProviders;
let state: string;
let providers: string;
let port: number;
let repositories: readonly [Repository, Repository];
const children: ChildProcess[] = [];

const policy = (target: string): Record<string, string> => ({
  '.routing-policy.json': JSON.stringify({ version: 1, default: target }),
});

beforeEach(async () => {
  [simulated, state, port] = await Promise.all([
    startSimulatedProviders(),
    mkdtemp(join(tmpdir(), 'routing-policy-take-over-')),
    freePort(),
  ]);
  providers = join(state, 'providers.json');
  await writeFile(providers, JSON.stringify(simulated.providers));
  repositories = await Promise.all([
    createRepository({ files: policy('anthropic/claude-haiku-5-5') }),
    createRepository({ files: policy('anthropic/claude-opus-5-5') }),
  ]);
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(ended));
  await simulated.stop();
  for (const repository of repositories) await repository.remove();
  await rm(state, { recursive: true, force: true, maxRetries: 5 });
});

interface Served {
  readonly child: ChildProcess;
  readonly gateway: string;
  readonly token: string;
  said(): string;
}

/** A process of `routing-policy serve`, ready. */
async function serve(root: string, ...more: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--root', root, '--providers', providers, ...more], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: state,
      ROUTING_POLICY_STATE_DIR: state,
      GIT_CONFIG_GLOBAL: devNull,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => {
    said += piece.toString('utf8');
  });
  if (!child.stdout) throw new Error('The process has no output.');
  for await (const line of createInterface(child.stdout)) {
    return { ...(JSON.parse(line) as Pick<Served, 'gateway' | 'token'>), child, said: () => said };
  }
  throw new Error(`It ended without a word: ${said}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

const body = (folder: string, stream = false): object => ({
  model: 'auto',
  stream,
  messages: [
    { role: 'system', content: `Working directory: ${folder}` },
    { role: 'user', content: 'hello' },
  ],
});

/** Begins a stream; resolves when its first bytes have come, with how the rest of it ends. */
function beginStream(token: string, folder: string): Promise<{ readonly end: Promise<'broken' | 'whole'> }> {
  const headers = { 'x-routing-token': token, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const path = '/v1/chat/completions';
    const request = httpRequest({ host: '127.0.0.1', port, method: 'POST', path, headers }, (response) => {
      const end = new Promise<'broken' | 'whole'>((settle) => {
        response.on('error', () => settle('broken')).on('end', () => settle('whole'));
      });
      response.once('data', () => resolve({ end }));
    });
    request.on('error', reject);
    request.end(JSON.stringify(body(folder, true)));
  });
}

describe('one gateway a user', () => {
  // What a busy machine takes from the one that follows is not its own: one try in three is to do.
  it('serves the folders of all, and is followed within a second when its process is killed in the middle of a stream', {
    retry: 2,
  }, async () => {
    const [first, second] = repositories;
    const holder = await serve(first.folder, '--port', String(port));
    const next = await serve(second.folder, '--port', String(port));
    expect(next).toMatchObject({ gateway: holder.gateway, token: holder.token });
    expect(next.said()).toMatch(/Another router of yours holds the gateway/);

    const { token } = holder;
    const answer = await ask(port, '/v1/chat/completions', { token, body: body(second.folder) });
    expect(answer.headers['x-routing-model'], answer.text).toBe('anthropic/claude-opus-5-5');

    simulated.anthropic.behave({ kind: 'slow', perDeltaMs: 50 });
    const { end } = await beginStream(token, first.folder);
    holder.child.kill('SIGKILL');
    expect(await end).toBe('broken');
    // A second, as the pauses of this process are one: where the machine is busy, both take longer.
    expect(await pausesUntilOpen()).toBeLessThan(1_000 / PAUSE_MS);
    const again = await ask(port, '/v1/chat/completions', { token, body: body(second.folder) });
    expect(again.headers['x-routing-model']).toBe('anthropic/claude-opus-5-5');

    // The folder of the one that is gone is served no more: nobody has it open.
    const gone = await ask(port, '/v1/chat/completions', { token, body: body(first.folder) });
    expect(gone.status, gone.text).toBe(402);
    expect(simulated.anthropic.requests.some(({ aborted }) => aborted !== undefined)).toBe(true);
  });

  it('ends when it is told to, with its port free and its folder closed', async () => {
    const [first] = repositories;
    const { child, token } = await serve(first.folder, '--port', String(port));
    simulated.anthropic.behave({ kind: 'slow', perDeltaMs: 4_000 });
    const { end } = await beginStream(token, first.folder);
    const exit = once(child, 'exit');
    const told = performance.now();
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    // The stream goes on for minutes.
    expect(performance.now() - told).toBeLessThan(20_000);
    await end;
    const next = await serve(first.folder, '--port', String(port));
    expect(next.gateway).toBe(`http://127.0.0.1:${port}`);
  });

  it('stands alone with --port 0', async () => {
    const [first, second] = repositories;
    await serve(first.folder, '--port', String(port));
    const { gateway, token } = await serve(second.folder, '--port', '0');
    const alone = Number(new URL(gateway).port);
    expect(alone).not.toBe(port);
    const answer = await ask(alone, '/v1/chat/completions', { token, body: body(first.folder) });
    expect(answer.status, answer.text).toBe(402);
  });

  it('does not give its name to a foreign program on its port', async () => {
    const foreign = createServer((_request, response) => response.end('{"ok":true,"version":"9"}'));
    foreign.listen(port, '127.0.0.1');
    await once(foreign, 'listening');
    try {
      const [first] = repositories;
      await expect(serve(first.folder, '--port', String(port))).rejects.toThrow(
        new RegExp(`Port ${port} is held by something that is no gateway of yours`),
      );
    } finally {
      foreign.close();
    }
  });

  it('says that what does not answer on its port may be a gateway', async () => {
    const silent = createTcpServer();
    silent.listen(port, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const [first] = repositories;
      await expect(serve(first.folder, '--port', String(port))).rejects.toThrow(
        new RegExp(`Port ${port} is held by something that does not answer, perhaps a gateway of yours`),
      );
    } finally {
      silent.close();
    }
  });

  it.each([
    [['--port', 'x'], /--port takes a number/],
    [['--port', '70000'], /--port takes a number/],
    [['--timeout', '0'], /--timeout takes seconds from 1 to 600/],
    [['--timeout', '1h'], /--timeout takes seconds from 1 to 600/],
    [['--root', '/nowhere/at/all'], /is no folder/],
  ])('%j is told as a mistake', async (more, words) => {
    await expect(serve('.', '--port', '0', ...more)).rejects.toThrow(words);
  });
});

/** How many pauses it takes until somebody holds the port. */
async function pausesUntilOpen(): Promise<number> {
  for (let pauses = 0; ; pauses++) {
    const answer = await ask(port, '/healthz', { token: null }).catch(() => undefined);
    if (answer?.status === 200) return pauses;
    await sleep(PAUSE_MS);
  }
}
