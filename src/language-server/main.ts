import {
  createConnection,
  type InitializeParams,
  ProposedFeatures,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import { completionAcceptedCommand } from '../contract/commands.ts';
import type { InitializationOptions } from '../contract/messages.ts';
import { composeRouter, type RouterProcess } from './compose.ts';
import { openDocuments } from './documents.ts';
import { serveChat } from './serveChat.ts';
import { serveCompletions } from './serveCompletions.ts';
import { servePages } from './servePages.ts';
import { servePolicyFiles } from './servePolicyFiles.ts';

/** The router's process: a language server that any editor can start, over IPC or stdio. Wiring only. */
const connection = createConnection(ProposedFeatures.all);
const documents = openDocuments(connection);
let running: Promise<RouterProcess> | undefined;

/** Requests that come before `initialize` has been answered would be the client's mistake. */
function router(): Promise<RouterProcess> {
  return running ?? Promise.reject(new Error('The router has not been initialised yet.'));
}

connection.onInitialize((params: InitializeParams) => {
  const options = (params.initializationOptions ?? {}) as InitializationOptions;
  running = composeRouter(connection, documents, options);
  running.catch((error: unknown) => connection.console.error(`The router could not be started: ${String(error)}`));
  return {
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
      inlineCompletionProvider: {},
      codeActionProvider: { codeActionKinds: ['quickfix'] },
      executeCommandProvider: { commands: [completionAcceptedCommand] },
    },
    serverInfo: { name: 'routing-policy' },
  };
});

serveCompletions(connection, documents, router);
serveChat(connection, router);
servePages(connection, router);
servePolicyFiles(connection, documents, router);

connection.onShutdown(async () => {
  const started = running;
  running = undefined;
  await (await started)?.dispose();
});
connection.listen();
