import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  type GenericRequestHandler,
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { ChatEvent } from '../chat/events.ts';
import {
  type ChatEventParams,
  type ChatParams,
  type ChatResult,
  type InitializationOptions,
  type RouterConfiguration,
  type RouteStatus,
  toEditor,
  toRouter,
} from '../contract/messages.ts';

/** How often a router that dies is started again, within a minute, before the person is asked. */
const restartsPerMinute = 4;

/**
 * The router's process and the way to it. The process is started on construction, started again when it dies, and
 * stopped on disposal. What is sent while it is starting waits for it.
 */
export class RouterClient implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #chats = new Map<string, (event: ChatEvent) => void>();
  readonly #statusChanged = new vscode.EventEmitter<RouteStatus>();
  readonly #stateChanged = new vscode.EventEmitter<'starting' | 'running' | 'stopped'>();
  readonly onDidChangeStatus = this.#statusChanged.event;
  readonly onDidChangeState = this.#stateChanged.event;
  readonly #starts: number[] = [];
  #ready: Promise<void>;

  constructor(serverModule: string, configuration: RouterConfiguration, log: vscode.LogOutputChannel) {
    const run = { module: serverModule, transport: TransportKind.ipc };
    const serverOptions: ServerOptions = {
      run,
      debug: { ...run, options: { execArgv: ['--nolazy', '--inspect=6017'] } },
    };
    const initializationOptions: InitializationOptions = {
      configuration,
      editor: { secrets: true, models: true },
      clientName: 'vscode',
    };
    const clientOptions: LanguageClientOptions = {
      documentSelector: [{ scheme: 'file' }],
      outputChannel: log,
      initializationOptions,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => this.#closed(),
      },
      connectionOptions: { maxRestartCount: restartsPerMinute },
    };
    this.#client = new LanguageClient('routingPolicy', 'Routing Policy', serverOptions, clientOptions);
    this.#client.onDidChangeState((change) => {
      const state =
        change.newState === State.Running ? 'running' : change.newState === State.Starting ? 'starting' : 'stopped';
      if (state === 'stopped') this.#chats.clear();
      this.#stateChanged.fire(state);
    });
    this.#client.onNotification(toEditor.chatEvent, (params: ChatEventParams) =>
      this.#chats.get(params.id)?.(params.event),
    );
    this.#client.onNotification(toEditor.statusChanged, (status: RouteStatus) => this.#statusChanged.fire(status));
    this.#ready = this.#start();
  }

  async #start(): Promise<void> {
    this.#starts.push(Date.now());
    await this.#client.start();
  }

  #closed(): { action: CloseAction; message?: string } {
    const now = Date.now();
    this.#starts.push(now);
    const recent = this.#starts.filter((start) => now - start < 60_000).length;
    if (recent <= restartsPerMinute) return { action: CloseAction.Restart };
    return {
      action: CloseAction.DoNotRestart,
      message: vscode.l10n.t(
        'The router stopped {0} times within a minute. See its log, then run "Routing Policy: Restart Router".',
        recent,
      ),
    };
  }

  /** Answers a request that the router makes of the editor. */
  handle<Params, Result>(
    method: string,
    handler: (params: Params, token: vscode.CancellationToken) => Promise<Result>,
  ): void {
    this.#client.onRequest(method, handler as GenericRequestHandler<Result, unknown>);
  }

  async request<Result>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<Result> {
    await this.#ready;
    return token
      ? this.#client.sendRequest<Result>(method, params, token)
      : this.#client.sendRequest<Result>(method, params);
  }

  async notify(method: string, params: object): Promise<void> {
    await this.#ready;
    await this.#client.sendNotification(method, params);
  }

  async configure(configuration: RouterConfiguration): Promise<void> {
    await this.notify(toRouter.configure, configuration);
  }

  /** Sends a chat request and hands its events to `emit`, in order, before the result settles. Never throws for a cancelled one. */
  async chat(
    params: ChatParams,
    emit: (event: ChatEvent) => void,
    token: vscode.CancellationToken,
  ): Promise<ChatResult> {
    this.#chats.set(params.id, emit);
    try {
      return await this.request<ChatResult>(toRouter.chat, params, token);
    } catch (error) {
      if (token.isCancellationRequested) return { kind: 'cancelled' };
      throw Object.assign(
        new Error(
          vscode.l10n.t('The router stopped while it was answering. It is being started again; please ask once more.'),
        ),
        { stack: '', cause: error },
      );
    } finally {
      this.#chats.delete(params.id);
    }
  }

  async restart(): Promise<void> {
    this.#starts.length = 0;
    this.#ready = this.#client.isRunning() ? this.#client.restart() : this.#start();
    await this.#ready;
  }

  dispose(): void {
    this.#chats.clear();
    this.#statusChanged.dispose();
    this.#stateChanged.dispose();
    // The editor waits a moment for extensions to stop; a router that hangs is killed by the client after its own time-out.
    void this.#client
      .dispose()
      .catch((error: unknown) => console.warn('Routing Policy: the router did not stop in time', error));
  }
}
