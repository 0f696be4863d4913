import {
  createConnection,
  type InitializeParams,
  ProposedFeatures,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import { completionAcceptedCommand } from '../contract/commands.ts';
import type { InitializationOptions } from '../contract/messages.ts';
import { tuneEngine } from '../gateway/engine.ts';
import { composeRouter, type RouterProcess } from './compose.ts';
import { openDocuments } from './documents.ts';
import { closeInTime, endWithoutWaiting } from './leaving.ts';
import { policyCapabilities } from './policy/registration.ts';
import { serveChat } from './serveChat.ts';
import { serveCompletions } from './serveCompletions.ts';
import { serveConfiguration } from './serveConfiguration.ts';
import { serveGateway } from './serveGateway.ts';
import { servePages } from './servePages.ts';
import { servePolicyFiles } from './servePolicyFiles.ts';
import { serveSync } from './serveSync.ts';
import { serveUsage } from './serveUsage.ts';

/** The router's process: a language server that any editor can start, over IPC or stdio. Wiring only. */
const connection = createConnection(ProposedFeatures.all);
const documents = openDocuments(connection);
let asked: InitializeParams | undefined;
let composed: Promise<RouterProcess> | undefined;
let handshakeOver: () => void = () => undefined;
const handshake = new Promise<void>((settle) => {
  handshakeOver = settle;
});

/** What comes before the handshake is over waits for its end. */
async function router(): Promise<RouterProcess> {
  await handshake;
  return composed ?? Promise.reject(new Error('The router is shutting down.'));
}

tuneEngine();

connection.onInitialize((params: InitializeParams) => {
  asked = params;
  return {
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
      inlineCompletionProvider: {},
      ...policyCapabilities(params.capabilities),
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      executeCommandProvider: { commands: [completionAcceptedCommand] },
    },
    serverInfo: { name: 'routing-policy' },
  };
});

serveCompletions(connection, documents, router);
serveChat(connection, router);
serveConfiguration(connection, router);
servePages(connection, router);
serveGateway(connection, router);
serveSync(connection, router);
serveUsage(connection, router);
const policyFiles = servePolicyFiles(connection, documents, router);

// Not sooner: composing asks the editor for keys and models, and until now the editor may not be asked anything.
connection.onInitialized(() => {
  const options = (asked?.initializationOptions ?? {}) as InitializationOptions;
  const roots = asked?.workspaceFolders?.map(({ uri }) => uri) ?? [];
  composed = composeRouter(connection, documents, options, roots);
  composed.catch((error: unknown) => connection.console.error(`The router could not be started: ${String(error)}`));
  handshakeOver();
  if (asked?.capabilities.workspace?.workspaceFolders === true) followFolders();
  policyFiles.begin(asked?.capabilities ?? {}, options.clientName);
});

/** Folders may be opened and closed while the process lives. */
function followFolders(): void {
  connection.workspace.onDidChangeWorkspaceFolders(async () => {
    const folders = await connection.workspace.getWorkspaceFolders();
    await (await router()).setRoots(folders?.map(({ uri }) => uri) ?? []);
  });
}

connection.onShutdown(async () => {
  policyFiles.dispose();
  const running = composed;
  composed = undefined;
  // One that never started has nothing to close.
  await closeInTime(async () => (await running?.catch(() => undefined))?.dispose());
});
endWithoutWaiting();
connection.listen();
