import * as vscode from 'vscode';
import type { ChatEvent } from '../chat/events.ts';
import {
  type ChatEventParams,
  type ChatParams,
  type ChatResult,
  type RouterConfiguration,
  type RouteStatus,
  toEditor,
  toRouter,
} from '../contract/messages.ts';
import type { Client, RouterState } from './languageClient.ts';

/** How often a router that dies is started again within a minute, before the person is asked. */
const restartsPerMinute = 4;

export type { RouterState };

/** The router's bundle, and the version of the package that it is of. */
export interface RouterServer {
  readonly module: string;
  readonly version: string;
}

/**
 * The router's process and the way to it. The process is started on construction, started again when it dies, and
 * stopped on disposal. What is sent while it is starting waits for it.
 */
export class RouterClient implements vscode.Disposable {
  readonly #client: Promise<Client>;
  readonly #handlers: ((client: Client) => void)[] = [];
  readonly #chats = new Map<string, (event: ChatEvent) => void>();
  readonly #statusChanged = new vscode.EventEmitter<RouteStatus>();
  readonly #stateChanged = new vscode.EventEmitter<RouterState>();
  readonly onDidChangeStatus = this.#statusChanged.event;
  readonly onDidChangeState = this.#stateChanged.event;
  readonly #log: vscode.LogOutputChannel;
  #state: RouterState = 'starting';
  #deaths: number[] = [];
  #ready: Promise<void>;

  constructor(server: RouterServer, configuration: () => RouterConfiguration, log: vscode.LogOutputChannel) {
    this.#log = log;
    this.#client = this.#load(server, configuration);
    this.#ready = this.#client.then((client) => client.start());
    this.#ready.catch((error: unknown) => {
      log.error(`The router could not be started: ${String(error)}`);
      this.#stateChanged.fire('stopped');
    });
  }

  /** Answers a request that the router makes of the editor. To be called before the first turn of the event loop ends. */
  handle<Params, Result>(
    method: string,
    handler: (params: Params, token: vscode.CancellationToken) => Promise<Result>,
  ): void {
    this.#handlers.push((client) => client.onRequest(method, handler));
  }

  /** Hears what the router tells. To be called before the first turn of the event loop ends. */
  hear<Params>(method: string, handler: (params: Params) => void): void {
    this.#handlers.push((client) => client.onNotification(method, handler));
  }

  async request<Result>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<Result> {
    await this.#ready;
    return (await this.#client).request<Result>(method, params, token);
  }

  async notify(method: string, params: object): Promise<void> {
    await this.#ready;
    await (await this.#client).notify(method, params);
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
      this.#log.error(
        `A chat request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      const message =
        this.#state === 'running'
          ? vscode.l10n.t('The router failed in a way that was not foreseen. See "Routing Policy: Show Log".')
          : vscode.l10n.t(
              'The router stopped while it was answering. It is being started again; please ask once more.',
            );
      throw Object.assign(new Error(message), { stack: '', cause: error });
    } finally {
      this.#chats.delete(params.id);
    }
  }

  async restart(): Promise<void> {
    this.#deaths = [];
    this.#ready = this.#client.then((client) => client.restart());
    await this.#ready;
  }

  dispose(): void {
    this.#chats.clear();
    this.#statusChanged.dispose();
    this.#stateChanged.dispose();
    // The editor waits a moment for extensions to stop; a router that hangs is killed by the client after its own time-out.
    void this.#client
      .then((client) => client.dispose())
      .catch((error: unknown) => console.warn('Routing Policy: the router did not stop in time', error));
  }

  async #load(
    { module: serverModule, version }: RouterServer,
    configuration: () => RouterConfiguration,
  ): Promise<Client> {
    const { createLanguageClient } = await import('./languageClient.ts');
    const client = createLanguageClient({
      serverModule,
      initializationOptions: () => ({
        configuration: configuration(),
        editor: { secrets: true, models: true, questions: true },
        clientName: 'vscode',
        version,
      }),
      log: this.#log,
      onState: (state) => {
        this.#state = state;
        if (state === 'stopped') this.#chats.clear();
        this.#stateChanged.fire(state);
      },
      onClosed: () => this.#closed(),
    });
    client.onNotification<ChatEventParams>(toEditor.chatEvent, ({ id, event }) => this.#chats.get(id)?.(event));
    client.onNotification<RouteStatus>(toEditor.statusChanged, (status) => this.#statusChanged.fire(status));
    for (const register of this.#handlers) register(client);
    return client;
  }

  #closed(): string | undefined {
    const now = Date.now();
    this.#deaths = [...this.#deaths.filter((death) => now - death < 60_000), now];
    if (this.#deaths.length <= restartsPerMinute) return undefined;
    return vscode.l10n.t(
      'The router stopped {0} times within a minute. See its log, then run "Routing Policy: Restart Router".',
      this.#deaths.length,
    );
  }
}
