import { type Connection, type InlineCompletionItem, InlineCompletionTriggerKind } from 'vscode-languageserver/node';
import { completionAcceptedCommand } from '../contract/commands.ts';
import { withSignal } from './cancel.ts';
import type { RouterProcess } from './compose.ts';
import type { OpenDocuments } from './documents.ts';

/** Inline completions for any editor that speaks the protocol, and the command that its ghost texts carry. */
export function serveCompletions(
  connection: Connection,
  documents: OpenDocuments,
  router: () => Promise<RouterProcess>,
): void {
  connection.languages.inlineCompletion.on(
    async ({ textDocument, position, context }, token): Promise<InlineCompletionItem[]> => {
      const document = documents.all.get(textDocument.uri);
      if (!document) return [];
      // With the suggest widget open, ghost text may only continue the entry that is selected there.
      const { selectedCompletionInfo: selected } = context;
      const start = document.offsetAt(selected?.range.start ?? position);
      const chosen = selected?.text ?? '';
      const text = document.getText();
      // Read before anything is waited for: the position is one of the text as it is now.
      const suffix = text.slice(document.offsetAt(position));
      const { uri, languageId, version } = document;
      const { router: routes } = await router();
      const answer = await withSignal(token, (signal) =>
        routes.complete(
          {
            uri,
            languageId,
            version,
            prefix: text.slice(0, start) + chosen,
            suffix,
            invoked: context.triggerKind === InlineCompletionTriggerKind.Invoked,
          },
          signal,
        ),
      );
      if (answer.kind === 'nothing') {
        connection.console.debug(`no completion: ${answer.why}`);
        return [];
      }
      return [
        {
          insertText: chosen + answer.text,
          range: { start: selected?.range.start ?? position, end: position },
          command: { title: 'Accepted', command: completionAcceptedCommand, arguments: [answer.id] },
        },
      ];
    },
  );

  documents.all.onDidClose(({ document }) => {
    void router().then(
      ({ router: routes }) => routes.documentClosed(document.uri),
      () => undefined,
    );
  });

  connection.onExecuteCommand(async ({ command, arguments: values }) => {
    const [id]: unknown[] = values ?? [];
    if (command !== completionAcceptedCommand || typeof id !== 'string') return;
    const { router: routes } = await router();
    await routes.completionAccepted(id, (uri) => {
      documents.typed.taken(uri);
      return documents.all.get(uri)?.getText();
    });
  });
}
