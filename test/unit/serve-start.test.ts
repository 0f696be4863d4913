import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildCommandLine, type CommandLine } from '../host/commandLine.ts';

/** Writes the names of all files of code that a process has loaded when it ends. */
const LISTS =
  "process.on('exit', () => require('node:fs').writeFileSync(process.env.LOADED, Object.keys(require.cache).join('\\n')));";

let program: CommandLine;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'routing-policy-start-'));
  program = await buildCommandLine();
});

afterAll(async () => {
  await program.remove();
  await rm(home, { recursive: true, force: true });
});

/** @param until which of its lines on standard output ends it, once it was asked what it should be asked */
async function loadedBy(
  args: readonly string[],
  until?: RegExp,
  ask: (line: string) => Promise<void> = async () => undefined,
): Promise<readonly string[]> {
  const [lists, loaded] = [join(home, 'lists.cjs'), join(home, 'loaded')];
  await writeFile(lists, LISTS);
  const child = spawn(process.execPath, ['--require', lists, program.bundle, ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, LOADED: loaded },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (until?.test(line) !== true) continue;
    await ask(line);
    child.kill('SIGTERM');
  }
  await ended;
  const files = (await readFile(loaded, 'utf8')).split('\n').map((path) => basename(path, '.js'));
  return files.filter((name) => name !== basename(lists)).sort();
}

test('a gateway starts with its own code alone, and with what its first answer needs', async () => {
  const table = ['cli', 'commandLine'];
  expect(await loadedBy(['--help'])).toEqual(table);
  const needed = ['dispatchers', 'router', 'serve'];
  expect(await loadedBy(['serve', '--port', '0'], /"gateway"/)).toEqual([...table, ...needed].sort());
  expect(await loadedBy(['check'])).toEqual([...table, 'programs']);
}, 120_000);

/** A provider whose models' prices only the library has, and who is away. */
async function serving(): Promise<{
  serve: readonly string[];
  asking(model: string): (line: string) => Promise<void>;
  said: string[];
}> {
  const providers = join(home, 'providers.json');
  const nobody = { baseUrl: 'http://127.0.0.1:9/v1', auth: 'none', local: false };
  await writeFile(providers, JSON.stringify({ groq: { wire: 'openai-chat', ...nobody } }));
  const said: string[] = [];
  const asking = (model: string) => async (line: string) => {
    const { gateway, token } = JSON.parse(line) as { gateway: string; token: string };
    const answer = await fetch(`${gateway}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
    });
    said.push(await answer.text());
  };
  return { serve: ['serve', '--port', '0', '--providers', providers], asking, said };
}

test('the price library is loaded for the first model whose price our own list lacks', async () => {
  const { serve, asking } = await serving();
  expect(await loadedBy(serve, /"gateway"/, asking('groq/claude-sonnet-5-5'))).not.toContain('genaiPriceList');
  expect(await loadedBy(serve, /"gateway"/, asking('groq/llama-3.1-8b-instant'))).toContain('genaiPriceList');
}, 120_000);

test('without the price library requests are sent all the same', async () => {
  const library = join(dirname(program.bundle), 'genaiPriceList.js');
  await rename(library, `${library}.away`);
  onTestFinished(() => rename(`${library}.away`, library));
  const { serve, asking, said } = await serving();
  await loadedBy(serve, /"gateway"/, asking('groq/llama-3.1-8b-instant'));
  expect(said).toEqual([expect.stringMatching(/groq.*refused the connection|groq.*could not be reached/s)]);
});
