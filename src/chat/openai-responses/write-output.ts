import type {
  ResponseCustomToolCall,
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { AnswerHead } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { writeSeal } from '../sealed-thinking.ts';

type Without<Event, Field extends string> = Event extends unknown ? Omit<Event, Field> : never;
/** An event of the stream before it has its number. */
export type Unnumbered = Without<ResponseStreamEvent, 'sequence_number'>;

type WrittenItem =
  | ResponseOutputMessage
  | ResponseReasoningItem
  | (ResponseFunctionToolCall & { readonly id: string })
  | (ResponseCustomToolCall & { readonly id: string });
type CallStarted = Extract<ChatEvent, { kind: 'tool-call-started' }>;
type Call = Extract<ChatEvent, { kind: 'tool-call' }>;
type ThinkingEnded = Extract<ChatEvent, { kind: 'thinking-ended' }>;

interface OpenText {
  readonly kind: 'message' | 'reasoning';
  readonly id: string;
  /** The id that its provider gave it, which clients may not be able to take. */
  readonly givenId: string | undefined;
  readonly output_index: number;
  readonly pieces: string[];
}

interface OpenCall {
  readonly id: string;
  readonly output_index: number;
  readonly started: CallStarted;
  hasPieces: boolean;
}

/**
 * The output of one response while it is being written: a list of items, of which one text and any number of calls may
 * be open. Each item has its place in the list from the moment that it is begun.
 */
export class ResponseOutput {
  readonly #id: string;
  readonly #emit: (event: Unnumbered) => void;
  readonly #written: AnswerHead['itemWritten'];
  readonly #items: (ResponseOutputItem | undefined)[] = [];
  readonly #calls = new Map<number, OpenCall>();
  readonly #givenIds = new Set<string>();
  #text: OpenText | undefined;

  constructor({ id, itemWritten }: Pick<AnswerHead, 'id' | 'itemWritten'>, emit: (event: Unnumbered) => void) {
    this.#id = id;
    this.#emit = emit;
    this.#written = itemWritten;
  }

  /** The items that are whole. A call that the model did not finish writing is none. */
  get items(): ResponseOutputItem[] {
    return this.#items.filter((item) => item !== undefined);
  }

  say(text: string): void {
    const { id: item_id, output_index, pieces } = this.#open('message');
    pieces.push(text);
    const delta = { item_id, output_index, content_index: 0, delta: text, logprobs: [] };
    this.#emit({ type: 'response.output_text.delta', ...delta });
  }

  think(text: string, givenId: string | undefined): void {
    const { id: item_id, output_index, pieces } = this.#open('reasoning', givenId);
    pieces.push(text);
    this.#emit({ type: 'response.reasoning_summary_text.delta', item_id, output_index, summary_index: 0, delta: text });
  }

  endThinking(ended: ThinkingEnded): void {
    if (this.#text?.kind !== 'reasoning') this.#open('reasoning', ended.id);
    this.#close(ended);
  }

  startCall(started: CallStarted): void {
    this.#close();
    const output_index = this.#items.push(undefined) - 1;
    const id = `${started.custom === true ? 'ctc' : 'fc'}_${this.#id}_${output_index}`;
    this.#calls.set(started.index, { id, output_index, started, hasPieces: false });
    this.#emit({ type: 'response.output_item.added', output_index, item: callItem(id, started, '', 'in_progress') });
  }

  addToCall(index: number, delta: string): void {
    const call = this.#calls.get(index);
    if (call === undefined) return;
    call.hasPieces = true;
    const at = { item_id: call.id, output_index: call.output_index, delta };
    this.#emit(
      call.started.custom === true
        ? { type: 'response.custom_tool_call_input.delta', ...at }
        : { type: 'response.function_call_arguments.delta', ...at },
    );
  }

  endCall({ index, arguments: whole, ...started }: Call): void {
    if (!this.#calls.has(index)) this.startCall({ ...started, kind: 'tool-call-started', index });
    const call = this.#calls.get(index);
    if (call === undefined) return;
    if (!call.hasPieces && whole !== '') this.addToCall(index, whole);
    this.#calls.delete(index);
    const { id: item_id, output_index } = call;
    this.#emit(
      call.started.custom === true
        ? { type: 'response.custom_tool_call_input.done', item_id, output_index, input: whole }
        : { type: 'response.function_call_arguments.done', item_id, output_index, arguments: whole },
    );
    this.#done(output_index, callItem(item_id, call.started, whole, 'completed'));
  }

  /** No more is to come. Calls that are still open were not finished, and are left out. */
  end(): void {
    this.#close();
    this.#calls.clear();
  }

  /** The text of this kind that is open, begun now where there is none. */
  #open(kind: OpenText['kind'], givenId?: string): OpenText {
    const open = this.#text;
    if (open?.kind === kind && (givenId === undefined || givenId === open.givenId)) return open;
    this.#close();
    const output_index = this.#items.push(undefined) - 1;
    const ownId = `${kind === 'message' ? 'msg' : 'rs'}_${this.#id}_${output_index}`;
    // Two items of one id are refused by clients.
    const id = givenId === undefined || this.#givenIds.has(givenId) ? ownId : givenId;
    this.#givenIds.add(id);
    this.#text = { kind, id, givenId, output_index, pieces: [] };
    if (kind === 'message') {
      this.#emit({ type: 'response.output_item.added', output_index, item: messageItem(id, undefined) });
      const part = textPart('');
      this.#emit({ type: 'response.content_part.added', item_id: id, output_index, content_index: 0, part });
    } else {
      this.#emit({ type: 'response.output_item.added', output_index, item: { id, type: 'reasoning', summary: [] } });
      const part = summaryPart('');
      this.#emit({ type: 'response.reasoning_summary_part.added', item_id: id, output_index, summary_index: 0, part });
    }
    return this.#text;
  }

  #close(ended?: ThinkingEnded): void {
    const open = this.#text;
    if (open === undefined) return;
    this.#text = undefined;
    const { id: item_id, output_index } = open;
    const text = open.pieces.join('');
    if (open.kind === 'message') {
      const at = { item_id, output_index, content_index: 0 };
      this.#emit({ type: 'response.output_text.done', ...at, text, logprobs: [] });
      this.#emit({ type: 'response.content_part.done', ...at, part: textPart(text) });
      this.#done(output_index, messageItem(item_id, text));
    } else {
      const at = { item_id, output_index, summary_index: 0 };
      this.#emit({ type: 'response.reasoning_summary_text.done', ...at, text });
      this.#emit({ type: 'response.reasoning_summary_part.done', ...at, part: summaryPart(text) });
      this.#done(output_index, reasoningItem(item_id, text, ended));
    }
  }

  #done(output_index: number, item: WrittenItem): void {
    this.#items[output_index] = item;
    this.#written?.(item);
    this.#emit({ type: 'response.output_item.done', output_index, item });
  }
}

function textPart(text: string): ResponseOutputMessage['content'][number] {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

function summaryPart(text: string): ResponseReasoningItem.Summary {
  return { type: 'summary_text', text };
}

function messageItem(id: string, text: string | undefined): ResponseOutputMessage {
  const content = text === undefined ? [] : [textPart(text)];
  return { id, type: 'message', status: text === undefined ? 'in_progress' : 'completed', role: 'assistant', content };
}

/**
 * What its maker wants back goes with it, under a seal: an item without one would be taken for one that is stored at the
 * provider when the client sends it back.
 */
function reasoningItem(id: string, text: string, ended: ThinkingEnded | undefined): ResponseReasoningItem {
  const { kind: _, ...seal } = ended ?? { kind: 'thinking-ended' };
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [summaryPart(text)],
    encrypted_content: writeSeal(seal),
  };
}

function callItem(
  id: string,
  { callId, name, custom, namespace }: CallStarted,
  whole: string,
  status: 'in_progress' | 'completed',
): Extract<WrittenItem, { readonly type: 'function_call' | 'custom_tool_call' }> {
  const called = { id, call_id: callId, name, ...(namespace !== undefined && { namespace }) };
  return custom === true
    ? { ...called, type: 'custom_tool_call', input: whole }
    : { ...called, type: 'function_call', arguments: whole, status };
}
