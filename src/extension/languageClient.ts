import type * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  type GenericRequestHandler,
  LanguageClient,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { InitializationOptions } from '../contract/messages.ts';

/** What the extension needs of a language client, without the library's own types. */
export interface ClientOptions {
  readonly serverModule: string;
  /** Asked at each start, so that a router that died comes back with the settings of now. */
  initializationOptions(): InitializationOptions;
  readonly log: vscode.LogOutputChannel;
  onState(state: RouterState): void;
  /** The process has gone: undefined to start it again, or why not, for the person. */
  onClosed(): string | undefined;
}

export type RouterState = 'starting' | 'running' | 'stopped';

export interface Client {
  start(): Promise<void>;
  restart(): Promise<void>;
  request<Result>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<Result>;
  notify(method: string, params: object): Promise<void>;
  onNotification<Params>(method: string, handler: (params: Params) => void): void;
  onRequest<Params, Result>(
    method: string,
    handler: (params: Params, token: vscode.CancellationToken) => Promise<Result>,
  ): void;
  dispose(): Promise<void>;
}

function stateOf(state: State): RouterState {
  switch (state) {
    case State.Running:
      return 'running';
    case State.Starting:
      return 'starting';
    default:
      return 'stopped';
  }
}

/**
 * For the C library where it is glibc, which reads it before a program begins: one store for all threads, and what is free is
 * given back. It saves some 20 MB under load. What a person has set stays.
 */
const FRUGAL_MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '262144', MALLOC_MMAP_THRESHOLD_: '131072' };

/**
 * Makes the language client. This file is a bundle of its own, loaded after `activate` has returned: the library takes
 * most of the time that the extension's code takes to load.
 */
export function createLanguageClient(options: ClientOptions): Client {
  const run = {
    module: options.serverModule,
    transport: TransportKind.ipc,
    options: { env: { ...FRUGAL_MALLOC, ...process.env } },
  };
  const client = new LanguageClient(
    'routingPolicy',
    'Routing Policy',
    { run, debug: { ...run, options: { ...run.options, execArgv: ['--nolazy', '--inspect=6017'] } } },
    {
      documentSelector: [{ scheme: 'file' }],
      outputChannel: options.log,
      initializationOptions: () => options.initializationOptions(),
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => {
          const message = options.onClosed();
          return message === undefined
            ? { action: CloseAction.Restart }
            : { action: CloseAction.DoNotRestart, message };
        },
      },
    },
  );
  client.onDidChangeState(({ newState }) => options.onState(stateOf(newState)));
  return {
    start: () => client.start(),
    restart: () => (client.isRunning() ? client.restart() : client.start()),
    request: (method, params, token) =>
      token ? client.sendRequest(method, params, token) : client.sendRequest(method, params),
    notify: (method, params) => client.sendNotification(method, params),
    onNotification: (method, handler) => {
      client.onNotification(method, handler);
    },
    onRequest: <Params, Result>(
      method: string,
      handler: (params: Params, token: vscode.CancellationToken) => Promise<Result>,
    ) => {
      client.onRequest(method, handler as GenericRequestHandler<Result, unknown>);
    },
    dispose: () => client.dispose(),
  };
}
