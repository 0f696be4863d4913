import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientStage, MAIN, startClientStage } from '../clients/stage.ts';

let stage: ClientStage;
beforeAll(async () => {
  stage = await startClientStage();
  await stage.begin({ target: 'openai/gpt-6-sol' });
});
afterAll(() => stage?.stop(), 30_000);

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface How {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sent when the command has said its first word. */
  readonly signal?: NodeJS.Signals;
}

function exec(args: readonly string[], { stdin = '', env = {}, signal }: How = {}): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, 'exec', ...args], {
    cwd: stage.repository.folder,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: stage.stateFolder,
      ROUTING_POLICY_STATE_DIR: stage.stateFolder,
      NODE_NO_WARNINGS: '1',
      ...env,
    },
    timeout: 55_000,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    if (stdout === '' && signal !== undefined) child.kill(signal);
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  child.stdin.end(stdin);
  return new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('close', (code) => settle({ code, stdout, stderr }));
  });
}

const joined = (): string[] => ['--port', String(stage.port)];
const script = (text: string): string[] => ['--', process.execPath, '-e', text];
const environment = 'console.log(JSON.stringify(process.env))';

const asking = `fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST',
    headers: { 'content-type': 'application/json', TOKEN_HEADER },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }] }) })
  .then(async (r) => console.log(r.status, r.headers.get('x-routing-model'), (await r.text()).slice(0, 20)))`;

describe('a command', () => {
  it('has its own input, output, arguments and exit code', async () => {
    const text = `process.stdin.on('data', (d) => console.log(String(d).toUpperCase(), process.argv.slice(1).join('|')));
      process.stdin.on('end', () => { console.error('done'); process.exitCode = 7; });`;
    const ran = await exec([...joined(), ...script(text), '--', '--port', '-x', 'a b'], { stdin: 'hello' });
    expect(ran).toEqual({ code: 7, stdout: 'HELLO --port|-x|a b\n', stderr: 'done\n' });
  });

  it('needs no -- before it, and its options are its own', async () => {
    const ran = await exec([...joined(), process.execPath, '-p', '1 + 1']);
    expect(ran).toMatchObject({ code: 0, stdout: '2\n' });
  });

  it('gets the signals that are sent to us, and decides what they mean', async () => {
    const text = `process.on('SIGTERM', () => { console.log('term'); process.exit(9); }); setInterval(() => 0, 1000); console.log('up');`;
    expect(await exec([...joined(), ...script(text)], { signal: 'SIGTERM' })).toMatchObject({
      code: 9,
      stdout: 'up\nterm\n',
    });
    const ended = await exec([...joined(), ...script("console.log('up'); setInterval(() => 0, 1000);")], {
      signal: 'SIGINT',
    });
    expect(ended.code).toBe(130);
  });

  it.each([
    [['nosuchclient'], /There is no command "nosuchclient": install it, or give its path\./],
    [[], /exec needs a command to run/],
    [['--as', 'nobody', 'true'], /--as takes one of claude-code, codex, .*not "nobody"/],
    [['--port', 'x', 'true'], /--port takes a number/],
  ])('%j is refused with what to do', async (args, message) => {
    const ran = await exec(args[0] === '--port' ? args : [...joined(), ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(message);
  });
});

describe('the gateway', () => {
  it('that is open is joined, and a request of the command is routed by the policy of its folder', async () => {
    const ran = await exec([
      ...joined(),
      ...script(asking.replace('TOKEN_HEADER', `'x-routing-token': process.env.ROUTING_POLICY_TOKEN`)),
    ]);
    expect(ran.stdout, ran.stderr).toMatch(/^200 openai\/gpt-6-sol /);
    expect(stage.asked()).toHaveLength(1);
  });

  it.each([
    ['where none is', (): string[] => ['--port', '0']],
    [
      'where the command names providers of its own, though one holds the port',
      (): string[] => [...joined(), '--providers', stage.providersFile],
    ],
  ])('is opened %s, for this command alone', async (_when, options) => {
    const ran = await exec([...options(), ...script(environment)]);
    const { OPENAI_BASE_URL: url = '' } = JSON.parse(ran.stdout) as Record<string, string>;
    expect(new URL(url).port).not.toBe(String(stage.port));
    await expect(fetch(url)).rejects.toThrow();
  });

  it('asks the providers that the command names, and no others', async () => {
    const file = join(stage.stateFolder, 'none.json');
    await writeFile(file, JSON.stringify({ openai: { baseUrl: 'http://127.0.0.1:9/v1', auth: 'none' } }));
    await stage.begin({ target: 'openai/gpt-6-sol' });
    const ran = await exec([...joined(), '--providers', file, ...script(asking.replace('TOKEN_HEADER', ''))]);
    expect([ran.stdout, stage.asked()], ran.stderr).toEqual([expect.not.stringMatching(/^200 /), []]);
  });

  it('lets a client in that knows its base URL alone, with its own key where keys are', async () => {
    const own = { OPENAI_API_KEY: 'sk-own' };
    const ran = await exec([...joined(), ...script(asking.replace('TOKEN_HEADER', "authorization: 'Bearer sk-own'"))], {
      env: own,
    });
    expect(ran.stdout, ran.stderr).toMatch(/^200 openai\/gpt-6-sol /);
  });

  it('is not put before a client that is set up to go to another host, and that is said', async () => {
    const env = { OPENAI_BASE_URL: 'https://openrouter.example/api/v1', OPENAI_API_KEY: 'sk-or' };
    const ran = await exec([...joined(), ...script(environment)], { env });
    const seen = JSON.parse(ran.stdout) as Record<string, string>;
    expect(seen).toMatchObject(env);
    expect(ran.stderr).toContain('OpenAI SDK is not routed: OPENAI_BASE_URL sends it to openrouter.example');
  });

  it('leaves a key of the command’s own alone, and stands in where there is none', async () => {
    const ran = await exec([...joined(), ...script(environment)], { env: { OPENAI_API_KEY: 'sk-own' } });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      OPENAI_API_KEY: 'sk-own',
      OPENAI_CUSTOM_HEADERS: `x-routing-token: ${stage.token}`,
      ANTHROPIC_AUTH_TOKEN: stage.token,
    });
  });

  it('is not taken for a provider’s key by a command within a command', async () => {
    const own = ['--port', '0', '--providers', stage.providersFile];
    const inner = [
      process.execPath,
      MAIN,
      'exec',
      ...own,
      '--as',
      'openai-sdk',
      '--',
      process.execPath,
      '-e',
      environment,
    ];
    const ran = await exec([...joined(), '--', ...inner]);
    const env = JSON.parse(ran.stdout) as Record<string, string>;
    expect(env['OPENAI_API_KEY']).toBe(stage.token);
    // What stood in for another client's key around it is no key here.
    expect(env).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');
    expect(env['OPENAI_CUSTOM_HEADERS']).toBe(`x-routing-token: ${stage.token}`);
  });
});
