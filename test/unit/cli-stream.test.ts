import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCommandLine, type CommandLine } from '../host/commandLine.ts';
import { createRepository, type Repository } from '../host/repository.ts';

type Child = ChildProcessByStdio<Writable, Readable, null>;

const LINES = 400_000;

let cli: CommandLine;
let repository: Repository;

beforeAll(async () => {
  cli = await buildCommandLine();
  repository = await createRepository({
    files: { '.routing-policy.json': '{ "version": 1, "default": "anthropic/claude-sonnet-5-5" }' },
  });
});

afterAll(async () => {
  await repository?.remove();
  await cli?.remove();
});

const start = (...args: readonly string[]): Child =>
  spawn(process.execPath, [cli.bundle, ...args], { cwd: repository.folder, stdio: ['pipe', 'pipe', 'ignore'] });

/** Until a process has begun to read a file; where the system does not tell, for as long as that takes on an idle machine. */
async function reads({ pid }: Child, name: string): Promise<void> {
  if (process.platform !== 'linux') return setTimeout(1_500);
  const hasBegun = async (): Promise<boolean> => {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const [path, about] = await Promise.all([
        readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''),
        readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => ''),
      ]);
      // What is read by its place leaves no mark here but that it is open.
      if (path.endsWith(name) && about !== '') return true;
    }
    return false;
  };
  await expect.poll(hasBegun, { interval: 20 }).toBe(true);
}

test('Ctrl-C ends a simulation soon, with what was done so far', async () => {
  const facts = { kind: 'chat', files: [{ path: 'x.ts' }], reads: [], context: { tokens: 5_000 } };
  const line = `${JSON.stringify({ at: 1, requestId: 'r', facts, decision: {} })}\n`;
  await writeFile(join(repository.folder, 'log.jsonl'), line.repeat(LINES));
  const child = start('simulate', '--log', 'log.jsonl', '--json');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  const ended = once(child, 'close');
  await reads(child, 'log.jsonl');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  const { stopped: isStopped, tasks } = JSON.parse(output) as { stopped: boolean; tasks: number };
  expect(isStopped).toBe(true);
  expect(tasks).toBeLessThan(LINES);
});

test('Ctrl-C ends a wait for the next request', async () => {
  const child = start('explain', '--stdin', '--json', '--policy', '.routing-policy.json');
  child.stdin.write('{"files":["a.ts"]}\n');
  await once(child.stdout, 'data');
  const ended = once(child, 'close');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
});

test.skipIf(process.platform !== 'linux')(
  'requests that nobody reads the answers of are not read into memory',
  async () => {
    const child = start('explain', '--stdin', '--json', '--policy', '.routing-policy.json');
    child.stdin.on('error', () => undefined);
    child.stdout.pause();
    // About 100 MB of requests; with their answers, several times as much.
    const request = `${JSON.stringify({ kind: 'agent', files: [{ path: `src/${'a'.repeat(200)}.ts` }] })}\n`;
    for (let part = 0; part < 100; part += 1) child.stdin.write(request.repeat(4_000));
    await setTimeout(3_000);
    expect(child.stdin.writableLength).toBeGreaterThan(50_000_000);
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024).toBeLessThan(250);
    child.kill('SIGKILL');
    await once(child, 'close');
  },
  30_000,
);
