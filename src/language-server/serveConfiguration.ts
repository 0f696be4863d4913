import type { Connection } from 'vscode-languageserver/node';
import { toRouter } from '../contract/messages.ts';
import type { RouterProcess } from './compose.ts';

/**
 * What changes while the router runs: its settings, stored keys, the editor's models. Registered at once, because an
 * editor may send word of them before the router is there.
 */
export function serveConfiguration(connection: Connection, router: () => Promise<RouterProcess>): void {
  const soon = (work: (running: RouterProcess) => void | Promise<void>): void => {
    router()
      .then(work)
      .catch((error: unknown) => connection.console.error(`A change could not be taken over: ${String(error)}`));
  };
  connection.onNotification(toRouter.configure, (sent: unknown) => soon((running) => running.configure(sent)));
  connection.onNotification(toRouter.secretChanged, ({ provider }: { readonly provider: string }) =>
    soon(({ router: routes }) => routes.keyChanged(provider)),
  );
  connection.onNotification(toRouter.editorModelsChanged, () => soon(({ providers }) => providers.refresh()));
}
