// The router's real process with simulated providers, a real repository and a real ledger, for tests through its door.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Message } from '../../src/chat/conversation.ts';
import type { ChatEvent } from '../../src/chat/events.ts';
import { type ChatParams, type RouterConfiguration, toRouter } from '../../src/contract/messages.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';
import { openFiled } from './filedLedger.ts';
import { LspClient, type LspOptions } from './lspClient.ts';
import { createRepository, type Repository } from './repository.ts';

const server = new URL('../../src/language-server/main.ts', import.meta.url).pathname;

export const samplePolicy = {
  version: 1,
  models: {
    small: ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna'],
    mid: ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'],
    large: ['anthropic/claude-opus-5-5', 'openai/gpt-6.1-sol'],
  },
  default: 'mid',
  classes: [
    { id: 'inline', when: { kind: 'completion' }, use: ['codestral/codestral-latest', 'local/workspace-copy'] },
    { id: 'utility', when: { kind: ['title', 'commit-message'] }, use: 'small' },
    { id: 'wide', when: { diff: { modules: '>=2' } }, use: 'large' },
    { id: 'tests', when: { files: ['**/*.test.ts'] }, use: 'small' },
  ],
  constraints: [
    { id: 'secrets', when: { touches: ['**/.env*'] }, block: true, reason: 'keys never leave this machine' },
  ],
};

export const policyFile = '.routing-policy.json';

export const sampleFiles: Readonly<Record<string, string>> = {
  [policyFile]: JSON.stringify(samplePolicy, undefined, 2),
  'packages/core/package.json': '{ "name": "core" }',
  'packages/core/src/sum.ts': 'export function sum(a: number, b: number): number {\n  return a + b;\n}\n',
  'packages/core/src/sum.test.ts': "import { sum } from './sum.ts';\nconsole.log(sum(1, 2));\n",
  'packages/ui/package.json': '{ "name": "ui" }',
  'packages/ui/src/view.ts': 'export const view = "view";\n',
  '.env': 'KEY=1\n',
};

export type StartOptions = Partial<Pick<LspOptions, 'root' | 'stateFolder' | 'env' | 'editor'>> & {
  readonly configuration?: Partial<RouterConfiguration>;
};

/** One row of the ledger as it lies in the file. */
export interface LedgerRow {
  readonly request_id: string;
  readonly surface: string;
  readonly class: string;
  readonly provider: string | null;
  readonly model: string | null;
  readonly served_model: string | null;
  readonly fallback_from: string | null;
  readonly place: number;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly usage_estimated: number | null;
  readonly cost_nano_usd: number | null;
  readonly outcome: string;
  readonly failure: string | null;
}

/** What a file of tests plays on. One router process serves it; the policy, health and requests begin anew with each test. */
export interface Stage {
  readonly simulated: SimulatedProviders;
  readonly repository: Repository;
  readonly stateFolder: string;
  readonly client: LspClient;
  configuration(changes?: Partial<RouterConfiguration>): RouterConfiguration;
  /** Another router process, stopped after the test. */
  start(options?: StartOptions): Promise<LspClient>;
  /** A folder of its own, removed after the test. */
  folder(): Promise<string>;
  /** Another repository, removed after the test. */
  newRepository(files: Readonly<Record<string, string>>): Promise<Repository>;
  /** Writes a policy over the sample one; a text is written as it is. */
  policy(policy: object | string): Promise<void>;
  /** What this test has added to the ledger, oldest first. */
  rows(): readonly LedgerRow[];
  /** A message with these files of the repository attached. */
  attach(...paths: string[]): string;
}

/** To be called once at the top of a file of tests: sets the stage before them and clears it after each. */
export function setStage(options: { readonly files?: Readonly<Record<string, string>> } = {}): Stage {
  const files = options.files ?? sampleFiles;
  let simulated: SimulatedProviders;
  let repository: Repository;
  let stateFolder: string;
  let client: LspClient;
  let before = 0;
  const afterTest: (() => Promise<unknown>)[] = [];
  const afterFile: (() => Promise<unknown>)[] = [];

  const stage: Stage = {
    get simulated() {
      return simulated;
    },
    get repository() {
      return repository;
    },
    get stateFolder() {
      return stateFolder;
    },
    get client() {
      return client;
    },
    configuration: (changes = {}) => ({
      providers: simulated.providers,
      network: {},
      trusted: true,
      completions: { enabled: true, maximumDelayMs: 100, timeoutMs: 30_000 },
      chat: { timeoutMs: 60_000 },
      ...changes,
    }),
    start: async ({ configuration, ...rest } = {}) => {
      const { editor } = rest;
      const started = await LspClient.start({
        server,
        root: repository.folder,
        stateFolder,
        ...rest,
        initialization: {
          configuration: stage.configuration(configuration),
          ...(editor ? { editor: { models: true, secrets: true, questions: true } } : {}),
        },
      });
      afterTest.push(() => started.stop());
      return started;
    },
    folder: async () => {
      const folder = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-')));
      afterTest.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
      return folder;
    },
    newRepository: async (content) => {
      const made = await createRepository({ files: content });
      afterTest.push(() => made.remove());
      return made;
    },
    policy: (policy) =>
      repository.write({ [policyFile]: typeof policy === 'string' ? policy : JSON.stringify(policy, undefined, 2) }),
    rows: () => ledgerRows(stateFolder).slice(before),
    attach: (...paths) => attached(repository.folder, ...paths),
  };

  beforeAll(async () => {
    simulated = await startSimulatedProviders();
    afterFile.push(() => simulated.stop());
    repository = await createRepository({ files });
    afterFile.push(() => repository.remove());
    stateFolder = await mkdtemp(join(tmpdir(), 'routing-policy-state-'));
    afterFile.push(() => rm(stateFolder, { recursive: true, force: true, maxRetries: 5 }));
    client = await LspClient.start({
      server,
      root: repository.folder,
      stateFolder,
      initialization: { configuration: stage.configuration() },
    });
    afterFile.push(() => client.stop());
    await client.connection.sendRequest(toRouter.status);
  });
  beforeEach(async () => {
    for (const one of [simulated.anthropic, simulated.openai, simulated.fim]) {
      one.recover();
      one.forget();
    }
    await repository.write(files);
    await client.connection.sendNotification(toRouter.configure, stage.configuration());
    before = ledgerRows(stateFolder).length;
  });
  afterEach(async () => {
    for (const undo of afterTest.splice(0).reverse()) await undo();
  });
  // Also where the stage was never set in full.
  afterAll(async () => {
    for (const undo of afterFile.splice(0).reverse()) await undo();
  });
  return stage;
}

/** All attempts in the ledger's file, read beside the processes that write it. */
export function ledgerRows(stateFolder: string): readonly LedgerRow[] {
  const database = openFiled(stateFolder);
  try {
    // The table says what the columns are; a row that lacks one fails the test that asks for it.
    return database.prepare('SELECT * FROM attempts ORDER BY at, place, rowid').all() as unknown as LedgerRow[];
  } finally {
    database.close();
  }
}

export function userMessage(text: string): Message {
  return { role: 'user', parts: [{ kind: 'text', text }] };
}

/** One chat of one message, or of the messages given. */
export function ask(
  client: LspClient,
  text: string | readonly Message[],
  more: Partial<ChatParams> = {},
): ReturnType<LspClient['chat']> {
  const messages = typeof text === 'string' ? [userMessage(text)] : text;
  return client.chat({
    conversation: { system: [], messages, tools: [] },
    surface: 'chat',
    client: 'test',
    requestedModel: 'auto',
    ...more,
  });
}

export function attached(folder: string, ...paths: string[]): string {
  const tags = paths.map((path) => `<attachment filePath="${folder}/${path}">x</attachment>`);
  return `<attachments>${tags.join('')}</attachments><userRequest>help</userRequest>`;
}

export function textOf(events: readonly ChatEvent[]): string {
  return events.flatMap((event) => (event.kind === 'text' ? [event.text] : [])).join('');
}

export const rootOf = (folder: string): readonly string[] => [pathToFileURL(folder).href];
