import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../host/freePort.ts';

const root = join(import.meta.dirname, '..', '..');
const bootstrap = join(root, 'scripts', 'bootstrap.mjs');

let child: ChildProcess | undefined;
afterEach(() => {
  if (child?.exitCode === null) child.kill('SIGTERM');
});

/** Every process below `pid`, by the parents that `ps` knows. */
function descendantsOf(pid: number): readonly number[] {
  const rows = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.filter(([, ppid]) => ppid === parent).flatMap(([own = 0]) => [own, ...below(own)]);
  return below(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // there is no such process any more
  }
}

test.runIf(process.platform !== 'win32')('npm start serves, and Ctrl-C ends all it started', async () => {
  const port = await freePort();
  const env = { ...process.env, NODE_OPTIONS: '' };
  const started = spawn(process.execPath, [bootstrap, 'start', '--port', String(port)], { env });
  child = started;
  let output = '';
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }

  const deadline = Date.now() + 150_000;
  while (!output.includes('Ctrl-C stops everything') && Date.now() < deadline && started.exitCode === null)
    await sleep(100);
  const url = /VS Code is ready: +(http:\S+)/.exec(output)?.[1];
  expect(url, output).toBeDefined();
  expect((await fetch(url ?? '')).status).toBe(200);
  const below = descendantsOf(started.pid!);
  expect(below.length).toBeGreaterThan(1);

  const ended = new Promise<number | null>((settle) => started.on('exit', settle));
  started.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(below.filter(isRunning)).toEqual([]);
  await expect(fetch(url ?? '')).rejects.toThrow();
  await rm(join(root, '.host', `profile-${port}`), { recursive: true, force: true, maxRetries: 5 });
});
