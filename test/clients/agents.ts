// The agents as people start them, each with the arguments that let it work without asking anybody.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { GatewayAccess } from '../../src/contract/clients/client.ts';
import { clients, pointAt } from '../../src/contract/clients/clients.ts';
import { type Program, programPath } from './install.ts';
import { type ClientStage, MAIN, type Target } from './stage.ts';

export interface Agent {
  readonly id: string;
  readonly program: Program;
  /** The target of its own dialect. */
  readonly home: Target;
  /** For a run with a task and nobody to ask. */
  arguments(task: string, model?: string): readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What a person who connects it writes into its own configuration, by path below the home folder. */
  files?(access: GatewayAccess): Readonly<Record<string, string>>;
  /** A login of its own: its variables, its arguments' model where one must be named, and the header that it is sent in. */
  readonly login?: {
    readonly env: Readonly<Record<string, string>>;
    readonly model?: string;
    readonly sent: { readonly header: string; readonly value: string };
  };
}

const NODE_PROGRAMS: ReadonlySet<Program> = new Set(['gemini', 'qwen', 'continue']);

export const agents: readonly Agent[] = [
  {
    id: 'claude-code',
    program: 'claude',
    home: 'anthropic/claude-sonnet-5-5',
    arguments: (task) => ['--allowedTools', 'Write', '-p', task],
    env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    login: { env: { ANTHROPIC_API_KEY: 'sk-ant-own' }, sent: { header: 'x-api-key', value: 'sk-ant-own' } },
  },
  {
    id: 'codex',
    program: 'codex',
    home: 'openai/gpt-6-sol',
    arguments: (task) => ['exec', '--skip-git-repo-check', '--sandbox', 'danger-full-access', task],
    login: { env: { CODEX_API_KEY: 'sk-own' }, sent: { header: 'authorization', value: 'Bearer sk-own' } },
  },
  {
    id: 'copilot-cli',
    program: 'copilot',
    home: 'openai/gpt-6-sol',
    arguments: (task) => ['--allow-all-tools', '-p', task],
    env: { COPILOT_OFFLINE: 'true' },
  },
  {
    id: 'opencode',
    program: 'opencode',
    home: 'openai/gpt-6-sol',
    arguments: (task, model = 'routing-policy/auto') => ['run', '-m', model, task],
    env: { OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1' },
    login: {
      env: { ANTHROPIC_API_KEY: 'sk-ant-own' },
      model: 'anthropic/claude-sonnet-4-6',
      sent: { header: 'x-api-key', value: 'sk-ant-own' },
    },
  },
  {
    id: 'gemini-cli',
    program: 'gemini',
    home: 'google/gemini-3.8-flash',
    arguments: (task) => ['--skip-trust', '--yolo', '-p', task],
    login: { env: { GEMINI_API_KEY: 'own-key' }, sent: { header: 'x-goog-api-key', value: 'own-key' } },
  },
  {
    id: 'qwen-code',
    program: 'qwen',
    home: 'openai/gpt-6-sol',
    arguments: (task) => ['--auth-type', 'openai', '--yolo', task],
  },
  {
    id: 'continue',
    program: 'continue',
    home: 'openai/gpt-6-sol',
    arguments: (task) => ['--auto', '-p', task],
    files: (access) => ({ '.continue/config.yaml': configured('continue', access) }),
  },
];

export interface Running {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

interface Start {
  readonly task: string;
  readonly model?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts an agent by `routing-policy exec`, which joins the stage's gateway. */
export async function startByExec(stage: ClientStage, agent: Agent, { task, model, env }: Start): Promise<Running> {
  const path = programPath(agent.program);
  const command = NODE_PROGRAMS.has(agent.program) ? [process.execPath, path] : [path];
  const own = ['exec', '--port', String(stage.port), '--as', agent.id, '--'];
  const world = await worldOf(stage, agent, env);
  return follow(process.execPath, [MAIN, ...own, ...command, ...agent.arguments(task, model)], stage, world);
}

/** Starts it directly, in the environment that a terminal would have: for what is done to its own process. */
export async function startDirectly(stage: ClientStage, agent: Agent, { task, env }: Start): Promise<Running> {
  const client = clients.find(({ id }) => id === agent.id);
  const world = await worldOf(stage, agent, env);
  const access = accessOf(stage);
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined; // a home that is empty yet
    }
  };
  const pointed = pointAt(client, access, { env: world, home: world['HOME'] ?? '', read });
  for (const [name, text] of Object.entries(pointed.files)) {
    await mkdir(access.folder, { recursive: true, mode: 0o700 });
    await writeFile(join(access.folder, name), text);
  }
  const path = programPath(agent.program);
  const [command, before] = NODE_PROGRAMS.has(agent.program) ? [process.execPath, [path]] : [path, []];
  return follow(command, [...before, ...pointed.arguments, ...agent.arguments(task)], stage, {
    ...world,
    ...pointed.environment,
  });
}

function accessOf({ url, token, stateFolder }: ClientStage): GatewayAccess {
  return { url, token, folder: join(stateFolder, 'clients') };
}

/** What *Connect a Client* shows for it. */
function configured(id: string, access: GatewayAccess): string {
  return clients.find((client) => client.id === id)?.configuration.text(access) ?? '';
}

/** An environment with an empty home, but for what connects the agent. */
async function worldOf(stage: ClientStage, agent: Agent, env: Start['env']): Promise<Record<string, string>> {
  const home = await stage.home();
  for (const [path, text] of Object.entries(agent.files?.(accessOf(stage)) ?? {})) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  }
  return {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: home,
    CI: '1',
    ROUTING_POLICY_STATE_DIR: stage.stateFolder,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_SYSTEM: devNull,
    ...agent.env,
    ...env,
  };
}

function follow(
  command: string,
  args: readonly string[],
  stage: ClientStage,
  env: Readonly<Record<string, string>>,
): Running {
  // A group of its own, so that whatever it starts ends with it.
  const child = spawn(command, args, {
    cwd: stage.repository.folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((settle) => {
    child.once('error', (error) => {
      output += `could not be started: ${error.message}`;
      settle({ code: null, signal: null });
    });
    child.once('close', (code, signal) => settle({ code, signal }));
  });
  return { child, output: () => output, ended };
}

/** Ctrl-C, which a terminal sends to an agent and all that it started. */
export function interrupt(one: Running): void {
  signalAll(one, 'SIGINT');
}

/** Ends an agent and all that it started. */
export function endAll(one: Running): void {
  signalAll(one, 'SIGKILL');
}

function signalAll({ child }: Running, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
