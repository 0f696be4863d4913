import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import { type ChatEventParams, type ChatParams, type ChatResult, toEditor, toRouter } from '../contract/messages.ts';
import { withSignal } from './cancel.ts';
import type { RouterProcess } from './compose.ts';
import { notify } from './notify.ts';

/** Chat and agent requests of the editor: events stream back as notifications before the result is given. */
export function serveChat(connection: Connection, router: () => Promise<RouterProcess>): void {
  connection.onRequest<ChatResult, void>(toRouter.chat, async (params: ChatParams, token: CancellationToken) => {
    const { router: routes } = await router();
    return withSignal(token, (signal) =>
      routes.chat({
        params,
        signal,
        emit: (event) => notify(connection, toEditor.chatEvent, { id: params.id, event } satisfies ChatEventParams),
      }),
    );
  });
}
