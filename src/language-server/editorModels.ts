import { randomUUID } from 'node:crypto';
import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import type { ChatEvent } from '../chat/events.ts';
import { type FaultKind, StreamFault } from '../chat/fault.ts';
import {
  type ChatEventParams,
  type EditorChatParams,
  type EditorChatResult,
  type EditorModel,
  toEditor,
  toRouter,
} from '../contract/messages.ts';
import type { EditorModels } from '../providers/editor.ts';

/** A cancellation token that follows an abort signal, for as long as one request lasts. */
export function tokenOf(signal: AbortSignal): { readonly token: CancellationToken; dispose(): void } {
  const source = new CancellationTokenSource();
  const cancel = (): void => source.cancel();
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  return {
    token: source.token,
    dispose: () => {
      signal.removeEventListener('abort', cancel);
      source.dispose();
    },
  };
}

/** Events of one answer, in order, handed over as they come. */
class Arrivals {
  readonly #waiting: ChatEvent[] = [];
  #wake: (() => void) | undefined;

  push(event: ChatEvent): void {
    this.#waiting.push(event);
    this.#wake?.();
  }

  wake(): void {
    this.#wake?.();
  }

  take(): ChatEvent | undefined {
    return this.#waiting.shift();
  }

  next(): Promise<void> {
    return new Promise((settle) => {
      this.#wake = settle;
    });
  }
}

/** The editor's own models, reached by asking the extension over the connection. */
export function editorModelsOver(connection: Connection): EditorModels {
  const open = new Map<string, Arrivals>();
  connection.onNotification(toRouter.editorChatEvent, ({ id, event }: ChatEventParams) => open.get(id)?.push(event));
  return {
    async list(vendor, signal) {
      const { token, dispose } = tokenOf(signal);
      try {
        return await connection.sendRequest<EditorModel[]>(
          toEditor.models,
          vendor === undefined ? {} : { vendor },
          token,
        );
      } finally {
        dispose();
      }
    },
    async *chat(request, signal) {
      const id = randomUUID();
      const arrivals = new Arrivals();
      const { token, dispose } = tokenOf(signal);
      open.set(id, arrivals);
      let result: EditorChatResult | undefined;
      let failure: unknown;
      const answered = connection
        .sendRequest<EditorChatResult>(toEditor.chat, { id, ...request } satisfies EditorChatParams, token)
        .then(
          (value) => {
            result = value;
          },
          (error: unknown) => {
            failure = error ?? new Error('The editor did not say why.');
          },
        )
        .finally(() => arrivals.wake());
      try {
        for (;;) {
          const event = arrivals.take();
          if (event) yield event;
          else if (result || failure) break;
          else await arrivals.next();
        }
        await answered;
        if (result?.kind === 'failed') throw new StreamFault(faultKind(result.failure), result.message);
        if (failure) throw new StreamFault('server', 'the editor’s model could not be asked.');
      } finally {
        open.delete(id);
        dispose();
      }
    },
  };
}

const known: ReadonlySet<string> = new Set<FaultKind>([
  'permission',
  'not-found',
  'content-refused',
  'bad-request',
  'cancelled',
]);

function faultKind(failure: string): FaultKind {
  return known.has(failure) ? (failure as FaultKind) : 'server';
}
