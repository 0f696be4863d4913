import {
  type ClientCapabilities,
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  type Connection,
  DidChangeWatchedFilesNotification,
  type Disposable,
  DocumentLinkRequest,
  HoverRequest,
  type ServerCapabilities,
  WatchKind,
} from 'vscode-languageserver/node';
import { POLICY_FILE } from '../../workspace/policyFile.ts';

/** Characters after which an editor asks for proposals by itself. */
const triggerCharacters = ['"', '/'];

/** Policies alone: an editor that can be told so does not ask about every other file. */
const documentSelector = [{ scheme: 'file', pattern: `**/${POLICY_FILE}` }];

/** What is done for policy files and offered at once; what the client lets us offer later, for policies alone, is left out. */
export function policyCapabilities({ textDocument }: ClientCapabilities): ServerCapabilities {
  const isLater = (feature: { readonly dynamicRegistration?: boolean } | undefined): boolean =>
    feature?.dynamicRegistration === true;
  return {
    ...(isLater(textDocument?.hover) ? {} : { hoverProvider: true }),
    ...(isLater(textDocument?.completion) ? {} : { completionProvider: { triggerCharacters } }),
    ...(isLater(textDocument?.codeLens) ? {} : { codeLensProvider: { resolveProvider: true } }),
    ...(isLater(textDocument?.codeAction) ? {} : { codeActionProvider: { codeActionKinds: ['quickfix'] } }),
    ...(isLater(textDocument?.documentLink) ? {} : { documentLinkProvider: {} }),
  };
}

/** Offers the rest, for policies alone, once the client may be asked. */
export async function registerLater(connection: Connection, { textDocument }: ClientCapabilities): Promise<void> {
  const { client } = connection;
  const asked: Promise<Disposable>[] = [];
  if (textDocument?.hover?.dynamicRegistration) asked.push(client.register(HoverRequest.type, { documentSelector }));
  if (textDocument?.completion?.dynamicRegistration) {
    asked.push(client.register(CompletionRequest.type, { documentSelector, triggerCharacters }));
  }
  if (textDocument?.codeLens?.dynamicRegistration) {
    asked.push(client.register(CodeLensRequest.type, { documentSelector, resolveProvider: true }));
  }
  if (textDocument?.codeAction?.dynamicRegistration) {
    asked.push(client.register(CodeActionRequest.type, { documentSelector, codeActionKinds: ['quickfix'] }));
  }
  if (textDocument?.documentLink?.dynamicRegistration) {
    asked.push(client.register(DocumentLinkRequest.type, { documentSelector }));
  }
  await Promise.all(asked);
}

/** Asks for word of files that come and go anywhere, for as long as a policy is open; undefined where a client cannot watch. */
export function watchFiles(connection: Connection): Promise<Disposable | undefined> {
  return connection.client
    .register(DidChangeWatchedFilesNotification.type, {
      watchers: [{ globPattern: '**/*', kind: WatchKind.Create | WatchKind.Delete }],
    })
    .catch(() => undefined); // the listing is looked at again after a while anyway
}
