// Plays the script of an agent's session through the router's real process: real git, real edits, simulated providers.
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../scripts/lock.ts';
import type { Message, SystemPart, UserPart } from '../../src/chat/conversation.ts';
import { type RouteStatus, toRouter } from '../../src/contract/messages.ts';
import { LspClient } from '../host/lspClient.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { ask, ledgerRows, policyFile, rootOf } from '../host/routerStage.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';
import { type ClientFormat, clientFormats, type Exchange } from './clients.ts';

/** A session as it is written down: what happens before each request, in a few words of a small language. */
export interface SessionScript {
  readonly about: string;
  readonly client: string;
  /** Laid over the sessions' common policy. */
  readonly policy?: object;
  /** Each a list of steps, such as `say …`, `edit PATH`, `fail COMMAND`; then the client sends what it has. */
  readonly turns: readonly (readonly string[])[];
}

/** What came of one request. */
export interface PlayedTurn {
  readonly steps: string;
  readonly class: string;
  readonly model: string;
  /** Of all that was tried, in nano-dollars. */
  readonly costNanoUsd: number;
  /** The sentences about sessions, budgets, refusals and fallbacks. */
  readonly why: string;
}

const server = new URL('../../src/language-server/main.ts', import.meta.url).pathname;
/** Tokens are counted by length, and messages carry the folder's name: it has the same length everywhere. */
const folderLength = 120;
/** Which tasks are on a trial depends on the machine's key: here it is always the same. */
const machineKey = 'a1'.repeat(32);

const commonPolicy = {
  version: 1,
  models: {
    small: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'],
    mid: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'],
    large: ['anthropic/claude-opus-5-5', 'openai/gpt-6.1-sol'],
  },
  default: 'mid',
  classes: [
    { id: 'wide', when: { diff: { modules: '>=2' } }, use: 'large' },
    { id: 'tests', when: { files: ['**/*.test.ts'] } },
    { id: 'docs', when: { files: ['**/*.md'] }, use: 'small' },
    { id: 'module-work', when: { diff: { modules: '1' } } },
  ],
  routes: {
    tests: { use: 'small', escalateTo: 'mid' },
    'module-work': { use: 'mid', escalateTo: 'large' },
  },
  constraints: [
    { id: 'keys', when: { touches: ['**/*.pem', '**/.env*'] }, block: true, reason: 'key material stays here' },
  ],
  overrides: { direction: 'up', reason: 'required' },
};

const files: Readonly<Record<string, string>> = {
  'README.md': '# Shop\n\nA small shop.\n',
  '.env': 'TILL_KEY=tk_9fQ2rT7xLm04WzKp\n',
  'packages/core/package.json': '{ "name": "core" }\n',
  'packages/core/src/till.ts':
    'export function total(prices: readonly number[]): number {\n  return prices.reduce((sum, price) => sum + price, 0);\n}\n',
  'packages/core/src/till.test.ts': "import { total } from './till.ts';\nconsole.assert(total([1, 2]) === 3);\n",
  'packages/ui/package.json': '{ "name": "ui" }\n',
  'packages/ui/src/view.ts': 'export const view = (total: number): string => String(total);\n',
};

/** Short names in scripts for the files above. */
const places: Readonly<Record<string, string>> = {
  TILL: 'packages/core/src/till.ts',
  TEST: 'packages/core/src/till.test.ts',
  VIEW: 'packages/ui/src/view.ts',
};
const place = (written: string): string => places[written] ?? written;

/** One of the conversations of a session: the person's, or a sub-agent's within it. */
interface Talk {
  readonly messages: Message[];
  readonly system: readonly SystemPart[];
}

/**
 * A conversation's name goes by its folder, and the arm of a trial by the name: the folder has to be the same in each run.
 * Where there is no /tmp a trial may take other turns.
 */
async function parentOf(name: string): Promise<string> {
  const isPlain = (await realpath('/tmp').catch(() => '')) === '/tmp'; // another system's has links in it
  return join(isPlain ? '/tmp' : await realpath(tmpdir()), `routing-policy-golden-${name}`);
}

/**
 * Another run on the same machine, which plays the session in the same folder, is waited for.
 *
 * @param name of the session, and of its folder
 */
export async function play(name: string, script: SessionScript): Promise<readonly PlayedTurn[]> {
  const parent = await parentOf(name);
  return withLock(`${parent}.lock`, () => playIn(parent, script));
}

async function playIn(parent: string, script: SessionScript): Promise<readonly PlayedTurn[]> {
  const format = clientFormats[script.client];
  if (format === undefined) throw new Error(`There is no client "${script.client}".`);
  await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(parent);
  const folder = join(parent, 'r'.repeat(Math.max(1, folderLength - parent.length - 1)));
  const simulated = await startSimulatedProviders();
  const policy = JSON.stringify({ ...commonPolicy, ...script.policy }, undefined, 2);
  const repository = await createRepository({ folder, files: { ...files, [policyFile]: policy } });
  const stateFolder = join(parent, 'state');
  await mkdir(stateFolder, { mode: 0o700 });
  await writeFile(join(stateFolder, 'machine-key'), `${machineKey}\n`, { mode: 0o600 });
  const session = new Session({ format, repository, simulated, stateFolder });
  try {
    await session.start();
    const played: PlayedTurn[] = [];
    for (const steps of script.turns) played.push(await session.turn(steps));
    return played;
  } finally {
    await session.stop();
    await simulated.stop();
    await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Ground {
  readonly format: ClientFormat;
  readonly repository: Repository;
  readonly simulated: SimulatedProviders;
  readonly stateFolder: string;
}

class Session {
  readonly #ground: Ground;
  #client: LspClient | undefined;
  #conversation = 0;
  #id = '';
  #main: Talk = { messages: [], system: [] };
  #sub: Talk | undefined;
  #calls = 0;
  #edits = 0;
  #requestedModel = 'auto';
  #open: string | undefined;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#begin();
  }

  async start(): Promise<void> {
    const { repository, stateFolder } = this.#ground;
    this.#client = await LspClient.start({
      server,
      root: repository.folder,
      stateFolder,
      initialization: { configuration: this.#configuration() },
    });
    await this.#client.connection.sendRequest(toRouter.status);
  }

  async stop(): Promise<void> {
    await this.#client?.stop();
    this.#client = undefined;
  }

  /** Takes the steps, sends what there is then, and says what came of it. */
  async turn(steps: readonly string[]): Promise<PlayedTurn> {
    for (const step of steps) await this.#take(step);
    const { format, stateFolder } = this.#ground;
    const { messages, system } = this.#talk;
    const before = ledgerRows(stateFolder).length;
    const result = await ask(this.#lsp, [...messages], {
      conversation: { system, messages: [...messages], tools: format.tools },
      surface: format.surface,
      client: format.name,
      conversationId: this.#id,
      requestedModel: this.#requestedModel,
    }).result;
    if (result.kind === 'cancelled') throw new Error('The request was cancelled.');
    if (result.kind === 'failed') throw new Error(`The request failed: ${result.message}`);
    const { status } = result;
    const cost = ledgerRows(stateFolder)
      .slice(before)
      .reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0);
    return {
      steps: steps.join('; '),
      class: status.class ?? '',
      model: result.kind === 'served' ? (status.target ?? '') : result.kind,
      costNanoUsd: cost,
      why: whyOf(status),
    };
  }

  get #lsp(): LspClient {
    if (this.#client === undefined) throw new Error('The router is not running.');
    return this.#client;
  }

  get #talk(): Talk {
    return this.#sub ?? this.#main;
  }

  #configuration() {
    return {
      providers: this.#ground.simulated.providers,
      network: {},
      trusted: true,
      completions: { enabled: true, maximumDelayMs: 100, timeoutMs: 30_000 },
      chat: { timeoutMs: 60_000 },
    };
  }

  #begin(): void {
    this.#conversation += 1;
    this.#id = `conversation-${this.#conversation}`;
    this.#main = { messages: [], system: this.#ground.format.system(this.#ground.repository.folder) };
    this.#sub = undefined;
  }

  async #take(step: string): Promise<void> {
    const space = step.indexOf(' ');
    const [verb, rest] = space < 0 ? [step, ''] : [step.slice(0, space), step.slice(space + 1)];
    const { format, repository, simulated } = this.#ground;
    const root = repository.folder;
    switch (verb) {
      case 'say':
        return this.#say(rest);
      case 'read':
        return this.#exchange(format.read(place(rest), await this.#textOf(place(rest)), root));
      case 'open':
        this.#open = place(rest);
        return;
      case 'edit':
        return this.#edit(place(rest));
      case 'ok':
        return this.#exchange(format.run(rest, '# pass 4\n# fail 0\n', 0, root));
      case 'fail':
        return this.#exchange(format.run(rest, '# pass 3\n# fail 1\n', 1, root));
      case 'commit':
        await repository.commit(rest);
        return this.#exchange(format.run(`git add -A && git commit -m "${rest}"`, `[main 1a2b3c4] ${rest}\n`, 0, root));
      case 'undo':
        await repository.git('checkout', '--quiet', '--', place(rest));
        return;
      case 'summary':
        this.#talk.messages.splice(0, Infinity, ...format.summary(root));
        return;
      case 'new':
        return this.#begin();
      case 'agent':
        this.#sub = { messages: [], system: format.subAgent(root) };
        return this.#say(rest);
      case 'back':
        this.#sub = undefined;
        return this.#exchange({ tool: format.tools.at(-1)?.name ?? '', input: { description: 'Look' }, result: rest });
      case 'down':
        simulated.anthropic.behave({ kind: 'status', status: 529, retryAfter: '600' }, Number.POSITIVE_INFINITY);
        return;
      case 'up':
        simulated.anthropic.recover();
        // What is sent again with the settings is asked anew; otherwise a pause would have to be waited for.
        await this.#lsp.connection.sendNotification(toRouter.configure, this.#configuration());
        return;
      case 'restart':
        await this.stop();
        return this.start();
      case 'override': {
        const [target = '', reason = ''] = rest.split(': ');
        await this.#lsp.connection.sendRequest(toRouter.override, { roots: rootOf(root), target, reason });
        return;
      }
      case 'give-up-override':
        await this.#lsp.connection.sendRequest(toRouter.override, { roots: rootOf(root) });
        return;
      case 'model':
        this.#requestedModel = rest;
        return;
      default:
        throw new Error(`There is no step "${verb}".`);
    }
  }

  #say(text: string): void {
    const { messages } = this.#talk;
    const { format, repository } = this.#ground;
    if (messages.at(-1)?.role === 'user' && messages.length > 1) {
      messages.push({ role: 'assistant', parts: [{ kind: 'text', text: 'Done.' }] });
    }
    messages.push(
      ...format.words(text, {
        root: repository.folder,
        first: messages.length === 0,
        ...(this.#open === undefined ? {} : { open: this.#open }),
      }),
    );
  }

  async #edit(path: string): Promise<void> {
    const { format, repository } = this.#ground;
    this.#edits += 1;
    const before = await this.#textOf(path);
    const line = path.endsWith('.md') ? `Change ${this.#edits}.\n` : `// change ${this.#edits}\n`;
    await repository.write({ [path]: `${before}${line}` });
    const last = `${before.trimEnd().split('\n').at(-1)}\n`;
    this.#exchange(format.edit(path, last, `${last}${line}`, repository.folder));
  }

  async #textOf(path: string): Promise<string> {
    return readFile(join(this.#ground.repository.folder, path), 'utf8');
  }

  #exchange({ tool, input, result, failed }: Exchange): void {
    const callId = `call_${String(this.#calls++).padStart(4, '0')}`;
    const answer: UserPart = {
      kind: 'tool-result',
      callId,
      parts: [{ kind: 'text', text: result }],
      ...(failed === true ? { failed } : {}),
    };
    this.#talk.messages.push(
      { role: 'assistant', parts: [{ kind: 'tool-call', callId, name: tool, arguments: JSON.stringify(input) }] },
      { role: 'user', parts: [answer, ...this.#ground.format.afterResult()] },
    );
  }
}

const telling =
  /^(?:Switched|Stays|Escalated|Trial|You asked|The client asked|Refused|It is choice|Budget \S+ (?:chose|warns|leaves)|Gate .* asked|.* was asked for and is not used|.* is left alone for now)/;

/** What the status says of the session's part, of budgets and of what was tried in vain. */
function whyOf({ tooltip }: RouteStatus): string {
  const lines = tooltip
    .replaceAll('\\', '')
    .replaceAll('&lt;', '<')
    .replaceAll('**', '')
    .split('\n')
    .map((line) => line.replace(/^[-*] /, '').trim());
  const tried = lines.flatMap((line) => {
    const [, target, end] = /^(\S+\/\S+): (?!served)([^,]+)/.exec(line) ?? [];
    return target === undefined ? [] : [`${target} ${end}.`];
  });
  return [...new Set([...lines.filter((line) => telling.test(line)), ...tried])].map(shortly).join(' ');
}

/** The same sentence without what every line of a table would repeat. */
function shortly(sentence: string): string {
  return (
    sentence
      .replace(
        /\(its ([\d,]+) tokens read anew by (\S+): (\S+), (\S+) from the cache\)/,
        '($1 tokens: $3 anew by $2, $4 cached)',
      )
      .replaceAll(/(?:anthropic\/claude-|openai\/)/g, '')
      .replace(
        ' Take the files that it guards out of the request, or ask the owners of .routing-policy.json to change the rule.',
        '',
      )
      .replace('It is choice 2 of its route; the ones before it were taken away.', 'Choice 2 of its route:')
      // A matter of the clock.
      .replace(/; tried again in [^.]+/, '')
      .replace('until this turn ends', 'until the turn ends')
      .replace('until the conversation is compacted', 'until compaction')
  );
}
