import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCommandLine, type CommandLine } from '../host/commandLine.ts';

/** Writes the names of all files of code that a process has loaded when it ends. */
const LISTS =
  "process.on('exit', () => require('node:fs').writeFileSync(process.env.LOADED, Object.keys(require.cache).join('\\n')));";

let program: CommandLine;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'routing-policy-start-'));
  program = await buildCommandLine();
}, 90_000);

afterAll(async () => {
  await program.remove();
  await rm(home, { recursive: true, force: true });
});

/** @param until which of its lines on standard output ends it */
async function loadedBy(args: readonly string[], until?: RegExp): Promise<readonly string[]> {
  const [lists, loaded] = [join(home, 'lists.cjs'), join(home, 'loaded')];
  await writeFile(lists, LISTS);
  const child = spawn(process.execPath, ['--require', lists, program.bundle, ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, LOADED: loaded },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) if (until?.test(line)) child.kill('SIGTERM');
  await ended;
  const files = (await readFile(loaded, 'utf8')).split('\n').map((path) => basename(path, '.js'));
  return files.filter((name) => name !== basename(lists)).sort();
}

test('a gateway starts with its own code alone, and with what its first answer needs', async () => {
  const table = ['cli', 'commandLine'];
  expect(await loadedBy(['--help'])).toEqual(table);
  const needed = ['dispatchers', 'genaiPriceList', 'router', 'serve'];
  expect(await loadedBy(['serve', '--port', '0'], /"gateway"/)).toEqual([...table, ...needed].sort());
  expect(await loadedBy(['check'])).toEqual([...table, 'programs']);
}, 120_000);
