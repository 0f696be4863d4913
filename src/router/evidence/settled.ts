import type { Conversation, Message } from '../../chat/conversation.ts';
import { objectMemo } from '../objectMemo.ts';
import type { ReadMessage } from './evidence.ts';
import { Gathering } from './gathering.ts';

/** The last messages may be others in the next request, where a client marks anew up to where it wants them cached. */
const mostUnsettled = 6;

/** What tools gave back in a message, as text, by call. */
export const resultsIn = objectMemo(
  ({ parts }: Message): readonly { readonly callId: string; readonly text: string }[] =>
    parts.flatMap((part) => {
      if (part.kind !== 'tool-result') return [];
      const text = part.parts.map((item) => (item.kind === 'text' ? item.text : item.kind)).join('\n');
      return [{ callId: part.callId, text }];
    }),
);

/** The longest beginning that was read, by its first message. */
const settledBefore = new WeakMap<Message, Settled>();

/**
 * The beginning of a conversation as far as it was read with an earlier request and comes to the same now. What its messages
 * say goes by what its calls were given and by who spoke last: it ends where no call waits for its result.
 */
export class Settled {
  readonly #tools: Conversation['tools'];
  readonly #messages: Message[] = [];
  /** Calls that were given nothing: a result that came later would be theirs. */
  readonly #open = new Set<string>();
  /** What its messages mention, and the system's text before them. */
  readonly gathered = new Gathering();
  readonly texts: (readonly string[])[];
  /** The last message in which a person speaks, where that is one of them. */
  spoken: ReadMessage | undefined;
  /** Where the terminal may be after them. */
  visited: readonly string[] = [];
  images = false;
  opaque = false;

  constructor(tools: Conversation['tools'], system: readonly string[]) {
    this.#tools = tools;
    this.texts = [system];
  }

  /** What is known of this one's beginning. */
  static of({ messages, tools }: Conversation, system: readonly string[]): Settled | undefined {
    const known = messages[0] && settledBefore.get(messages[0]);
    if (known === undefined || !known.#begins(messages)) return undefined;
    return isSameList(known.#tools, tools) && isSameList(known.texts[0] ?? [], system) ? known : undefined;
  }

  get length(): number {
    return this.#messages.length;
  }

  #begins(messages: readonly Message[]): boolean {
    if (this.#messages.length > messages.length) return false;
    for (let at = 0; at < this.#messages.length; at += 1) if (this.#messages[at] !== messages[at]) return false;
    if (this.#open.size === 0) return true;
    return !messages.slice(this.length).some((one) => resultsIn(one).some(({ callId }) => this.#open.has(callId)));
  }

  /** @param reads what was read of the messages after it */
  goOn(messages: readonly Message[], reads: readonly ReadMessage[]): void {
    const from = this.length;
    const to = from + settledAmong(messages.slice(from, Math.max(from, messages.length - mostUnsettled)), reads);
    for (let at = from; at < to; at += 1) {
      const message = messages[at];
      const read = reads[at - from];
      if (message === undefined || read === undefined) break;
      this.#messages.push(message);
      this.gathered.addAll(read.mentions);
      this.texts.push(read.texts);
      this.images ||= read.images;
      this.opaque ||= read.opaque;
      if (read.isLast) this.spoken = read;
      this.visited = read.to;
      message.parts.forEach((part, place) => {
        if (part.kind === 'tool-call' && read.given[place] === undefined) this.#open.add(part.callId);
      });
    }
    const [first] = messages;
    if (first === undefined) return;
    if (this.gathered.hasMore) settledBefore.delete(first);
    else if (to > 0) settledBefore.set(first, this);
  }
}

/** How many of these settle: each call among them that was given something has its result among them, and each result its call. */
function settledAmong(messages: readonly Message[], reads: readonly ReadMessage[]): number {
  const waiting = new Map<string, number>();
  const count = (callId: string, by: 1 | -1): void => {
    const now = (waiting.get(callId) ?? 0) + by;
    if (now === 0) waiting.delete(callId);
    else waiting.set(callId, now);
  };
  let settled = 0;
  for (const [at, message] of messages.entries()) {
    const read = reads[at];
    if (read === undefined || !read.isWhole) break;
    message.parts.forEach((part, place) => {
      if (part.kind === 'tool-call' && read.given[place] !== undefined) count(part.callId, 1);
    });
    for (const { callId } of resultsIn(message)) count(callId, -1);
    if (waiting.size === 0) settled = at + 1;
  }
  return settled;
}

export function isSameList<Item>(one: readonly Item[], other: readonly Item[]): boolean {
  return one === other || (one.length === other.length && one.every((item, at) => item === other[at]));
}
