import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import { type ChatEventParams, type ChatResult, toEditor, toRouter } from '../contract/messages.ts';
import { withSignal } from './cancel.ts';
import { readChatParams } from './chatParams.ts';
import type { RouterProcess } from './compose.ts';
import { notify } from './notify.ts';

/** Chat and agent requests of the editor: events stream back as notifications before the result is given. */
export function serveChat(connection: Connection, router: () => Promise<RouterProcess>): void {
  connection.onRequest<ChatResult, void>(toRouter.chat, async (value: unknown, token: CancellationToken) => {
    const { router: routes } = await router();
    const read = readChatParams(value);
    if (read.kind === 'malformed') return { kind: 'failed', message: read.message, status: routes.status };
    const { params } = read;
    return withSignal(token, (signal) =>
      routes.chat({
        params,
        signal,
        emit: (event) => notify(connection, toEditor.chatEvent, { id: params.id, event } satisfies ChatEventParams),
      }),
    );
  });
}
