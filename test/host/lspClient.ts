import { type ChildProcess, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import {
  CancellationToken,
  CancellationTokenSource,
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { ChatEvent } from '../../src/chat/events.ts';
import {
  type ChatEventParams,
  type ChatParams,
  type ChatResult,
  type InitializationOptions,
  type RouteStatus,
  toEditor,
  toRouter,
} from '../../src/contract/messages.ts';

/** How long a process may take to end by itself before it is ended, in milliseconds. */
const END_MS = 20_000;

export interface LspDiagnostic {
  readonly code: string;
  readonly severity: number;
  readonly message: string;
  readonly range: {
    readonly start: { line: number; character: number };
    readonly end: { line: number; character: number };
  };
  readonly data?: { readonly title: string; readonly replacement: string };
}

export interface LspOptions {
  /** The bundle or source that is the router's process. */
  readonly server: string;
  readonly root: string;
  readonly stateFolder: string;
  readonly initialization?: InitializationOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** Answers what the router asks an editor; told before the first message. */
  readonly editor?: (connection: MessageConnection) => void;
}

/** A plain LSP client over stdio, as any editor has one: the router's process is tested through its own door. */
export class LspClient {
  readonly #child: ChildProcess;
  readonly connection: MessageConnection;
  readonly statuses: RouteStatus[] = [];
  readonly #diagnostics = new Map<string, readonly LspDiagnostic[]>();
  readonly #diagnosed = new Map<string, number | undefined>();
  readonly #events = new Map<string, ChatEvent[]>();
  readonly root: string;
  /** Told of diagnostics the moment they come. */
  onDiagnostics: ((uri: string, version: number | undefined) => void) | undefined;
  stderr = '';

  constructor({ server, root, stateFolder, env, editor }: LspOptions) {
    this.root = root;
    this.#child = spawn(process.execPath, [server, '--stdio'], {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        HOME: stateFolder,
        ...env,
        ROUTING_POLICY_STATE_DIR: stateFolder,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdin, stdout, stderr } = this.#child;
    if (!stdin || !stdout) throw new Error('The server has no pipes.');
    stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.connection = createMessageConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.connection.onNotification(toEditor.statusChanged, (status: RouteStatus) => {
      this.statuses.push(status);
    });
    this.connection.onNotification(toEditor.chatEvent, ({ id, event }: ChatEventParams) => {
      this.#events.get(id)?.push(event);
    });
    this.connection.onNotification(
      'textDocument/publishDiagnostics',
      ({ uri, version, diagnostics }: { uri: string; version?: number; diagnostics: LspDiagnostic[] }) => {
        this.#diagnostics.set(uri, diagnostics);
        this.#diagnosed.set(uri, version);
        this.onDiagnostics?.(uri, version);
      },
    );
    this.connection.onRequest('client/registerCapability', () => null);
    editor?.(this.connection);
    this.connection.listen();
  }

  static async start(options: LspOptions): Promise<LspClient> {
    const client = new LspClient(options);
    await client.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(options.root).href,
      workspaceFolders: [{ uri: pathToFileURL(options.root).href, name: 'root' }],
      capabilities: { workspace: { workspaceFolders: true } },
      initializationOptions: options.initialization ?? {},
    });
    await client.connection.sendNotification('initialized', {});
    return client;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  uri(path: string): string {
    return pathToFileURL(`${this.root}/${path}`).href;
  }

  async openDocument(path: string, languageId: string, text: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: this.uri(path), languageId, version: 1, text },
    });
  }

  async changeDocument(path: string, version: number, text: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: this.uri(path), version },
      contentChanges: [{ text }],
    });
  }

  async saveDocument(path: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didSave', { textDocument: { uri: this.uri(path) } });
  }

  diagnostics(path: string): readonly LspDiagnostic[] | undefined {
    return this.#diagnostics.get(this.uri(path));
  }

  /** Of which version of a document the last diagnostics were. */
  diagnosedVersion(path: string): number | undefined {
    return this.#diagnosed.get(this.uri(path));
  }

  async complete(
    path: string,
    line: number,
    character: number,
    options: { readonly automatic?: boolean; readonly token?: CancellationToken } = {},
  ): Promise<{ insertText: string; command?: { command: string; arguments?: unknown[] } }[]> {
    return this.connection.sendRequest(
      'textDocument/inlineCompletion',
      {
        textDocument: { uri: this.uri(path) },
        position: { line, character },
        context: { triggerKind: options.automatic ? 2 : 1 },
      },
      options.token ?? CancellationToken.None,
    );
  }

  /** One chat in this client's folder unless told; `cancel` may be used to stop it. */
  chat(params: Omit<ChatParams, 'id' | 'roots'> & Partial<Pick<ChatParams, 'id' | 'roots'>>): {
    readonly events: ChatEvent[];
    readonly result: Promise<ChatResult>;
    cancel(): void;
  } {
    const id = params.id ?? crypto.randomUUID();
    const events: ChatEvent[] = [];
    this.#events.set(id, events);
    const source = new CancellationTokenSource();
    const result = this.connection.sendRequest<ChatResult>(
      toRouter.chat,
      { roots: [pathToFileURL(this.root).href], ...params, id } satisfies ChatParams,
      source.token,
    );
    return { events, result, cancel: () => source.cancel() };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((settle) => this.#child.once('exit', settle));
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    // A process that has died does not answer.
    await Promise.race([this.connection.sendRequest('shutdown').catch(() => undefined), exited]);
    await this.connection.sendNotification('exit').catch(() => undefined);
    await exited;
    clearTimeout(timer);
    this.connection.dispose();
  }
}
