import type { Conversation } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';
import { type Fault, StreamFault } from '../chat/fault.ts';
import type { ProviderFacts } from '../routing/state.ts';
import { type Call, startCall } from './call.ts';
import type { ChatWire } from './chatWire.ts';
import { withUsage } from './estimate.ts';
import type { CallOptions } from './provider.ts';
import type { ProviderRow } from './table.ts';

/** A model that the editor can reach, such as one of GitHub Copilot's. */
export interface EditorModel {
  readonly vendor: string;
  readonly id: string;
  readonly name: string;
  readonly family: string;
  readonly maxInputTokens: number;
}

/** The channel to the editor's own models, injected by whoever talks to the editor. */
export interface EditorModels {
  /** Models of one vendor, or of all. */
  list(vendor: string | undefined, signal: AbortSignal): Promise<readonly EditorModel[]>;
  /**
   * Streams one answer. Throws a `StreamFault` of the kind that the editor named. `usage` and `finished` may be missing.
   */
  chat(
    request: { readonly vendor: string; readonly model: string; readonly conversation: Conversation },
    signal: AbortSignal,
  ): AsyncIterable<ChatEvent>;
}

export interface EditorProvider extends Pick<ChatWire, 'chat' | 'models'> {
  facts(): ProviderFacts;
  /** Asks the editor which models there are now. */
  refresh(): Promise<void>;
}

/** Our own models in the editor: a request sent to them would come back. */
const ownVendor = 'routing-policy';
const listMs = 5_000;

/** Models reached through the editor. What they do not report is estimated, and marked so. */
export function createEditorProvider(row: ProviderRow, editor: EditorModels | undefined): EditorProvider {
  const vendor = row.setting.vendor ?? row.id;
  let known: readonly EditorModel[] | undefined;

  async function list(signal: AbortSignal): Promise<readonly EditorModel[]> {
    if (editor === undefined)
      throw new StreamFault('network', 'no editor is connected that could be asked for its models.');
    const listed = await editor.list(vendor, signal);
    known = listed.filter((model) => model.vendor === vendor && model.vendor !== ownVendor);
    return known;
  }

  const begin = (options: CallOptions): Call =>
    startCall({ id: row.id, host: 'the editor', withoutKey: (text) => text }, options, unexpected);

  return {
    facts: () => {
      const reason = unusableReason(editor, known, vendor);
      return {
        id: row.id,
        usable: reason === undefined,
        ...(reason !== undefined && { unusableReason: reason }),
        ...(row.setting.residency !== undefined && { residency: row.setting.residency }),
        ...(row.setting.retention !== undefined && { retention: row.setting.retention }),
        ...(row.setting.makers !== undefined && { makers: row.setting.makers }),
        serves: { chat: true, completion: true },
        ...(row.setting.simulated === true && { simulated: true }),
      };
    },
    refresh: async () => {
      if (editor === undefined) return;
      const call = begin({ signal: new AbortController().signal, deadlineMs: listMs });
      try {
        await call.waitFor(list(call.signal));
      } catch {
        // An editor that cannot say which models it has offers none now; `facts` says so.
        known = [];
      } finally {
        call.end();
      }
    },
    models: async (options) => {
      const call = begin(options);
      try {
        return (await call.waitFor(list(call.signal))).map(({ id }) => id);
      } catch (error) {
        throw call.failure(error);
      } finally {
        call.end();
      }
    },
    chat: async (request, options) => {
      const call = begin(options);
      try {
        const model =
          findModel(request.model, known ?? []) ?? findModel(request.model, await call.waitFor(list(call.signal)));
        if (editor === undefined || model === undefined) {
          throw new StreamFault('not-found', `there is no model "${request.model.slice(0, 80)}" from "${vendor}" now.`);
        }
        const { conversation } = request;
        const events = editor.chat({ vendor, model: model.id, conversation }, call.signal);
        return { events: withUsage(readEditor(events, model.id, call), conversation), lost: [] };
      } catch (error) {
        const failure = call.failure(error);
        call.end();
        throw failure;
      }
    },
  };
}

function unusableReason(
  editor: EditorModels | undefined,
  known: readonly EditorModel[] | undefined,
  vendor: string,
): string | undefined {
  if (editor === undefined) return "The editor's models can only be reached from inside an editor.";
  if (known === undefined) return 'The editor has not been asked yet which models it has.';
  if (known.length > 0) return undefined;
  return `The editor has no models from "${vendor}". Sign in to it, or run "Routing Policy: Use the Editor's Models".`;
}

/** By id; else with dots and dashes taken for the same, as suppliers differ in them; else by family. */
export function findModel(wanted: string, models: readonly EditorModel[]): EditorModel | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll('.', '-');
  return (
    models.find(({ id }) => id === wanted) ??
    models.find(({ id }) => plain(id) === plain(wanted)) ??
    models.find(({ family }) => plain(family) === plain(wanted))
  );
}

/** Adds the lifecycle that the editor's stream does not have. */
async function* readEditor(
  events: AsyncIterable<ChatEvent>,
  servedModel: string,
  call: Call,
): AsyncGenerator<ChatEvent, void> {
  const iterator = events[Symbol.asyncIterator]();
  let called = false;
  let anything = false;
  try {
    yield { kind: 'started', servedModel };
    for (;;) {
      const { done, value } = await call.waitFor(iterator.next());
      if (done === true) break;
      if (value.kind === 'started') continue;
      called ||= value.kind === 'tool-call';
      anything ||= value.kind === 'text' || value.kind === 'tool-call';
      yield value;
      if (value.kind === 'finished') return;
    }
    call.signal.throwIfAborted();
    if (!anything) throw new StreamFault('cut', "the editor's model ended without an answer.");
    yield { kind: 'finished', reason: called ? 'tool-calls' : 'end' };
  } catch (error) {
    throw call.failure(error);
  } finally {
    // Not awaited: a channel that hangs must not hold up the end.
    void iterator.return?.()?.catch(() => undefined);
    call.end();
  }
}

/** The editor's channel is no HTTP: it has no error envelopes. */
function unexpected(status: number | undefined): Fault {
  return { kind: 'server', message: `The editor answered ${status ?? 'with an error'}.` };
}
