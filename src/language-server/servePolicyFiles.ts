import { basename } from 'node:path/posix';
import { type Connection, DidChangeWatchedFilesNotification } from 'vscode-languageserver/node';
import { POLICY_FILE } from '../workspace/policyFile.ts';
import type { RouterProcess } from './compose.ts';
import type { OpenDocuments } from './documents.ts';
import { diagnosePolicy, policyFixes } from './policyDiagnostics.ts';

/** A pause in typing before a policy is checked again, in milliseconds. */
const pauseMs = 150;

const isPolicy = (uri: string): boolean => basename(uri) === POLICY_FILE;

/** Policy files that are open: diagnostics as they are typed, fixes, and word of every save to the router. */
export function servePolicyFiles(
  connection: Connection,
  documents: OpenDocuments,
  router: () => Promise<RouterProcess>,
): { watch(): void } {
  const pending = new Map<string, NodeJS.Timeout>();

  async function diagnose(uri: string): Promise<void> {
    const { router: routes, providers, draft } = await router();
    const document = documents.all.get(uri);
    if (!document) return;
    const { version } = document;
    const text = document.getText();
    const around = await draft(uri, text);
    const diagnostics = diagnosePolicy(text, {
      ...(around ? { around } : {}),
      state: routes.knowledge(),
      knowsProvider: (id) => providers.get(id) !== undefined,
      now: Date.now(),
    });
    await connection.sendDiagnostics({ uri, version, diagnostics });
  }

  function soon(uri: string): void {
    clearTimeout(pending.get(uri));
    pending.set(
      uri,
      setTimeout(() => {
        pending.delete(uri);
        diagnose(uri).catch((error: unknown) =>
          connection.console.error(`${uri} could not be checked: ${String(error)}`),
        );
      }, pauseMs),
    );
  }

  async function saved(uri: string): Promise<void> {
    await (await router()).router.policyChanged(uri);
    // What it extends has been asked for now.
    if (documents.all.get(uri)) soon(uri);
  }

  const tell = (uri: string): void => {
    saved(uri).catch((error: unknown) => connection.console.error(`${uri} could not be read: ${String(error)}`));
  };

  documents.all.onDidChangeContent(({ document }) => {
    if (isPolicy(document.uri)) soon(document.uri);
  });
  documents.all.onDidSave(({ document }) => {
    if (isPolicy(document.uri)) tell(document.uri);
  });
  documents.all.onDidClose(({ document }) => {
    if (!isPolicy(document.uri)) return;
    clearTimeout(pending.get(document.uri));
    pending.delete(document.uri);
    void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });
  connection.onCodeAction(({ textDocument, context }) => policyFixes(textDocument.uri, context.diagnostics));

  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const { uri } of changes) if (isPolicy(uri)) tell(uri);
  });

  return {
    /** Asks the editor for word of policy files that another program saves, a pull brings or a branch switches. */
    watch: () => {
      void connection.client
        .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: `**/${POLICY_FILE}` }] })
        .catch(() => undefined); // a client that cannot watch: the file is looked at before each request anyway
    },
  };
}
