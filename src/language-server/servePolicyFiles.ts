import {
  type CancellationToken,
  type ClientCapabilities,
  CodeLensRefreshRequest,
  type Connection,
  DidChangeWatchedFilesNotification,
  type Disposable,
  FileChangeType,
} from 'vscode-languageserver/node';
import { POLICY_FILE } from '../workspace/policyFile.ts';
import type { RouterProcess } from './compose.ts';
import type { OpenDocuments } from './documents.ts';
import { actionsFor } from './policy/actions.ts';
import { completeAt } from './policy/completion.ts';
import { Diagnoser } from './policy/diagnoser.ts';
import { hoverAt } from './policy/hover.ts';
import { isLensData, lensCommand, lensesOf } from './policy/lens.ts';
import { linksOf } from './policy/links.ts';
import { Listings } from './policy/listings.ts';
import { isPolicy, type Look, OpenPolicies } from './policy/openPolicies.ts';
import { registerLater, watchFiles } from './policy/registration.ts';

/** Run when the lens of a class is clicked, where the client is ours and has it. */
const usageCommand = 'routingPolicy.showUsage';

/** Policy files that are open: diagnostics as they are typed, hovers, proposals, lenses, fixes, and word of every save. */
export function servePolicyFiles(
  connection: Connection,
  documents: OpenDocuments,
  router: () => Promise<RouterProcess>,
): { begin(capabilities: ClientCapabilities, clientName: string | undefined): void; dispose(): void } {
  let lensClick = '';
  let canRefreshLenses = false;
  let watching: Promise<Disposable | undefined> | undefined;
  const listings = new Listings({
    changed: () => {
      for (const uri of policies.open()) diagnoser.soon(uri);
      if (canRefreshLenses) void connection.sendRequest(CodeLensRefreshRequest.type).catch(() => undefined); // one that is leaving
    },
    failed: (reason) => connection.console.warn(`The files of the repository could not be listed: ${String(reason)}`),
  });
  const policies = new OpenPolicies(documents, router, listings);
  const diagnoser = new Diagnoser(connection, policies);

  /** An answer about a policy as it is now; nothing where it changed meanwhile, or nobody waits for the answer any more. */
  async function answer<Result>(
    uri: string,
    token: CancellationToken,
    of: (look: Look) => Result,
  ): Promise<Result | undefined> {
    if (!isPolicy(uri)) return undefined;
    const look = await policies.look(uri, 'wait');
    return look === undefined || token.isCancellationRequested ? undefined : of(look);
  }

  connection.onHover(async ({ textDocument: { uri }, position }, token) => {
    const offset = documents.all.get(uri)?.offsetAt(position);
    return offset === undefined ? undefined : answer(uri, token, (look) => hoverAt(look, offset));
  });
  connection.onCompletion(async ({ textDocument: { uri }, position }, token) => {
    const offset = documents.all.get(uri)?.offsetAt(position);
    return offset === undefined ? undefined : answer(uri, token, (look) => completeAt(look, offset));
  });
  connection.onCodeLens(async ({ textDocument: { uri } }, token) => answer(uri, token, (look) => [...lensesOf(look)]));
  connection.onCodeLensResolve(async (lens, token) => {
    const data: unknown = lens.data;
    if (!isLensData(data)) return lens;
    const look = await answer(data.uri, token, (found) => found);
    return { ...lens, command: lensCommand(look, data, lensClick) };
  });
  connection.onCodeAction(async ({ textDocument: { uri }, context }, token) =>
    answer(uri, token, (look) => actionsFor(look, context.diagnostics)),
  );
  connection.onDocumentLinks(async ({ textDocument: { uri } }, token) => answer(uri, token, linksOf));

  async function saved(uri: string): Promise<void> {
    await (await router()).router.policyChanged(uri);
    // What it extends has been asked for now.
    policies.forget(uri);
    if (documents.all.get(uri)) diagnoser.soon(uri);
  }

  const tell = (uri: string): void => {
    saved(uri).catch((error: unknown) => connection.console.error(`${uri} could not be read: ${String(error)}`));
  };

  /** Files came or went: the repositories whose policies are open are listed anew, after a while. */
  async function filesChanged(): Promise<void> {
    const { workspace } = await router();
    const around = await Promise.all(policies.open().map((uri) => workspace(uri)));
    for (const found of new Set(around)) if (found !== undefined) listings.filesChanged(found);
  }

  documents.all.onDidOpen(({ document }) => {
    if (isPolicy(document.uri)) watching ??= watchFiles(connection);
  });
  documents.all.onDidChangeContent(({ document }) => {
    if (isPolicy(document.uri)) diagnoser.soon(document.uri);
  });
  documents.all.onDidSave(({ document }) => {
    if (isPolicy(document.uri)) tell(document.uri);
  });
  documents.all.onDidClose(({ document }) => {
    if (!isPolicy(document.uri)) return;
    diagnoser.close(document.uri);
    policies.forget(document.uri);
    if (policies.open().length > 0) return;
    void watching?.then((registered) => registered?.dispose());
    watching = undefined;
  });

  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const { uri } of changes) if (isPolicy(uri)) tell(uri);
    if (!changes.some(({ type }) => type !== FileChangeType.Changed)) return;
    filesChanged().catch((error: unknown) =>
      connection.console.warn(`New files could not be looked at: ${String(error)}`),
    );
  });

  return {
    /** Once the client may be asked: for what is done for policies alone, and for word of those that change on the disk. */
    begin: (capabilities, clientName) => {
      lensClick = clientName === 'vscode' ? usageCommand : '';
      canRefreshLenses = capabilities.workspace?.codeLens?.refreshSupport === true;
      registerLater(connection, capabilities).catch((error: unknown) =>
        connection.console.warn(`The editor takes no later offers: ${String(error)}`),
      );
      void connection.client
        .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: `**/${POLICY_FILE}` }] })
        .catch(() => undefined); // a client that cannot watch: the file is looked at before each request anyway
    },
    dispose: () => {
      diagnoser.dispose();
      listings.dispose();
    },
  };
}
