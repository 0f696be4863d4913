// What a test of a rule's teeth is made of: a policy, a request through the editor's door, and what came of it.
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Message, Tool } from '../../../src/chat/conversation.ts';
import type { ChatParams } from '../../../src/contract/messages.ts';
import { toRouter } from '../../../src/contract/messages.ts';
import { openFiled } from '../../host/filedLedger.ts';
import type { LspClient, LspDiagnostic } from '../../host/lspClient.ts';
import { ask, ledgerRows, policyFile, rootOf, type Stage, userMessage } from '../../host/routerStage.ts';

export const HAIKU = 'anthropic/claude-haiku-5-5';
export const SONNET = 'anthropic/claude-sonnet-5-5';
export const OPUS = 'anthropic/claude-opus-5-5';
export const LUNA = 'openai/gpt-6-luna';
export const SOL = 'openai/gpt-6-sol';

export const CORE = 'packages/core/src/sum.ts';
export const CORE_TEST = 'packages/core/src/sum.test.ts';
export const UI = 'packages/ui/src/view.ts';

/** One rule that is tried, or why there is nothing to try. */
export type Tooth = (() => Promise<void>) | { readonly none: string };
export type Teeth = Readonly<Record<string, Tooth>>;

/** No policy of these files is committed, so each stands alone and none is held back by one before it. */
export const files: Readonly<Record<string, string>> = {
  'packages/core/package.json': '{ "name": "core" }',
  [CORE]: 'export function sum(a: number, b: number): number {\n  return a + b;\n}\n',
  [CORE_TEST]: "import { sum } from './sum.ts';\nconsole.log(sum(1, 2));\n",
  'packages/ui/package.json': '{ "name": "ui" }',
  [UI]: 'export const view = "view";\n',
  'secret.key': 'not a key\n',
};

export const editTools: readonly Tool[] = [
  { name: 'edit_file', description: 'edit', parameters: { type: 'object', properties: { path: { type: 'string' } } } },
];

export interface Request extends Partial<ChatParams> {
  readonly text?: string;
  /** Files that the person attaches: the request works on them. */
  readonly works?: readonly string[];
  /** What the client says it is. */
  readonly system?: string;
  readonly tools?: readonly Tool[];
  /** In place of `text` and `works`. */
  readonly messages?: readonly Message[];
  readonly through?: LspClient;
}

/** What a person sees of a request's end; Markdown's marks are taken out. */
export interface Seen {
  /** `provider/model`, else how it ended. */
  readonly target: string;
  readonly class: string;
  readonly said: string;
}

export type Bench = ReturnType<typeof bench>;

export function bench(stage: Stage) {
  async function send(request: Request = {}): Promise<Seen> {
    const { text = `hello ${randomUUID()}`, works = [], system, tools = [], messages, through, ...more } = request;
    const client = through ?? stage.client;
    const said = works.length === 0 ? text : stage.attach(...works).replace('help', text);
    const conversation = {
      system: system === undefined ? [] : [{ text: system, cacheBreakpoint: true }],
      messages: messages ?? [userMessage(said)],
      tools,
    };
    const result = await ask(client, conversation.messages, { conversation, ...more }).result;
    if (result.kind === 'cancelled') throw new Error('It was cancelled.');
    const { status } = result;
    const words = 'message' in result ? result.message : 'markdown' in result ? result.markdown : '';
    return {
      target: result.kind === 'served' ? (status.target ?? '') : result.kind,
      class: status.class ?? '',
      said: `${words}\n${status.warning ?? ''}\n${status.tooltip}`.replaceAll('\\', ''),
    };
  }
  /** The diagnostics of a policy in the editor, once they have what is waited for. */
  async function diagnosed(policy: object, wanted: RegExp): Promise<readonly LspDiagnostic[]> {
    const { client } = stage;
    const before = client.diagnostics(policyFile);
    const text = JSON.stringify({ version: 1, default: SONNET, ...policy });
    await client.openDocument(policyFile, 'jsonc', text);
    try {
      const fresh = (): readonly LspDiagnostic[] => {
        const now = client.diagnostics(policyFile) ?? [];
        return now === before ? [] : now;
      };
      await expect
        .poll(
          () =>
            fresh()
              .map(({ message }) => message)
              .join('\n'),
          { interval: 20 },
        )
        .toMatch(wanted);
      return fresh();
    } finally {
      await client.connection.sendNotification('textDocument/didClose', {
        textDocument: { uri: client.uri(policyFile) },
      });
    }
  }
  return {
    stage,
    send,
    /** Under this policy; `default` is the middle model where nothing else is said. */
    under: async (policy: object, request: Request = {}): Promise<Seen> => {
      await stage.policy({ version: 1, default: SONNET, ...policy });
      return send(request);
    },
    configure: async (changes: Parameters<Stage['configuration']>[0]): Promise<void> => {
      await stage.client.connection.sendNotification(toRouter.configure, stage.configuration(changes));
    },
    inRepository: (repository: { readonly folder: string }): Pick<ChatParams, 'roots'> => ({
      roots: rootOf(repository.folder),
    }),
    diagnosed,
    /** Nothing is made of this key, and the editor says so at its place. */
    unenforced: async (policy: object, name: string): Promise<void> => {
      const words = new RegExp(`"${name}" is not enforced by this version`);
      const found = await diagnosed(policy, words);
      expect(found.filter(({ message }) => words.test(message))).toMatchObject([{ code: 'not-enforced' }]);
    },
    /** Ghost text in a document of its own. */
    complete: async (): Promise<readonly { readonly insertText: string }[]> => {
      const name = `value${randomUUID().slice(0, 8)}`;
      const path = `packages/core/src/${name}.ts`;
      await stage.client.openDocument(path, 'typescript', `export function ${name}(a: number) {\n  return \n}\n`);
      return stage.client.complete(path, 1, '  return '.length);
    },
    /** Undone after the test. */
    later: (undo: () => Promise<void>): void => onTestFinished(undo),
    /** Runs something on the ledger, as time does. */
    ledger: (sql: string): void => {
      const database = openFiled(stage.stateFolder);
      try {
        database.exec(sql);
      } finally {
        database.close();
      }
    },
    rows: () => ledgerRows(stage.stateFolder),
    /** Nothing was spent and nobody has asked for anything yet. */
    forget: (): void => {
      const database = openFiled(stage.stateFolder);
      database.exec('DELETE FROM attempts; DELETE FROM reservations');
      // Sums go on from the row where they ended, and rows begin anew with the first number: with this none goes on.
      database.exec("INSERT OR REPLACE INTO sync (name, value) VALUES ('retention.folded', '1000000000')");
      database.close();
      rmSync(join(stage.stateFolder, 'overrides.jsonl'), { force: true });
    },
  };
}

export async function is(seen: Promise<Seen>, target: string, said?: RegExp): Promise<void> {
  const { said: words, ...rest } = await seen;
  expect({ ...rest, said: words }).toMatchObject({ target });
  if (said !== undefined) expect(words).toMatch(said);
}
