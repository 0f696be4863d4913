import type { Conversation, Message } from '../chat/conversation.ts';
import { objectMemo } from '../router/objectMemo.ts';

/** What is said in the body may be left out in the conversation, or stand in another order. */
const LOOK_AHEAD = 3;

/** A text of a conversation, and the message or list that it is a part of. */
interface HeldText {
  readonly text: string;
  readonly holder: object;
}

/** The texts of a conversation in their order: what a body says next is mostly what comes next, and need not be searched. */
export class Held {
  readonly #conversation: Conversation;
  readonly #lists: readonly { readonly texts: readonly HeldText[]; next: number }[];
  #all: ReadonlyMap<string, object> | undefined;
  #holders = new Set<object>();

  /**
   * @param conversation everything of which is looked at, but for the declarations of its tools
   * @param known tells those of its messages and lists that are hardly asked for
   */
  constructor(conversation: Conversation, known: Pick<KnownPieces, 'holds'>) {
    this.#conversation = conversation;
    this.#lists = textsIn(conversation, known).map((texts) => ({ texts, next: 0 }));
  }

  hasSchema(schema: object): boolean {
    const { tools, output } = this.#conversation;
    return this.#noted(output?.schema === schema ? output : schemasOf(tools).has(schema) ? tools : undefined);
  }

  hasText(text: string): boolean {
    for (const list of this.#lists) {
      const { texts, next } = list;
      for (let at = next; at < next + LOOK_AHEAD && at < texts.length; at += 1) {
        if (texts[at]?.text !== text) continue;
        list.next = at + 1;
        return this.#noted(texts[at]?.holder);
      }
    }
    this.#all ??= new Map(
      textsIn(this.#conversation, NONE).flatMap((texts) => texts.map((one) => [one.text, one.holder])),
    );
    return this.#noted(this.#all.get(text));
  }

  /** What held all that was asked for since the last time. */
  takeHolders(): readonly object[] {
    const holders = [...this.#holders];
    this.#holders = new Set();
    return holders;
  }

  #noted(holder: object | undefined): boolean {
    if (holder !== undefined) this.#holders.add(holder);
    return holder !== undefined;
  }
}

const NONE: Pick<KnownPieces, 'holds'> = { holds: () => false };

/** What is said, what the system says and what is declared. */
function textsIn(
  { messages, system, tools }: Conversation,
  without: Pick<KnownPieces, 'holds'>,
): readonly HeldText[][] {
  const said: HeldText[] = [];
  messages.forEach((message, at) => {
    if (without.holds(at)) return;
    for (const part of message.parts) for (const text of textsOf(part)) said.push({ text, holder: message });
  });
  const told = without.holds(messages.length) ? [] : system.map(({ text }) => ({ text, holder: system }));
  const declared = without.holds(messages.length + 1)
    ? []
    : tools.flatMap(({ description }) => (description === undefined ? [] : [{ text: description, holder: tools }]));
  return [said, told, declared];
}

const schemasOf = objectMemo((tools: Conversation['tools']): ReadonlySet<unknown> => {
  return new Set(tools.flatMap(({ parameters, custom }) => [parameters, custom?.format]));
});

function textsOf(part: Message['parts'][number]): readonly string[] {
  switch (part.kind) {
    case 'text':
    case 'thinking':
      return [part.text];
    case 'image':
    case 'document':
      return [part.base64];
    case 'image-url':
      return [part.url];
    case 'tool-result':
      return part.parts.map((item) => (item.kind === 'text' ? item.text : item.base64));
    case 'tool-call':
      return [part.arguments];
    default:
      return part satisfies never;
  }
}

/** Of pieces that bodies have in common: the messages and lists of a conversation that held all that they say. */
const heldBefore = new WeakMap<object, readonly object[]>();

/** Tells the pieces of a body that say nothing beyond what was held by messages and lists which are a part of this conversation too. */
export class KnownPieces {
  /** Its messages, what the system says and its tools. */
  readonly #parts: readonly object[];
  readonly #held: boolean[] = [];
  /** Pieces come in the order of the messages that hold them. */
  #next = 0;
  #places: ReadonlyMap<object, number> | undefined;

  constructor({ messages, system, tools }: Conversation) {
    this.#parts = [...messages, system, tools];
  }

  /** Whether one of its messages, by its place, or behind them the system's list or that of the tools, holds such a piece. */
  holds(place: number): boolean {
    return this.#held[place] === true;
  }

  /** @returns whether it is such a piece */
  recall(piece: unknown): boolean {
    const holders = typeof piece === 'object' && piece !== null ? heldBefore.get(piece) : undefined;
    if (holders === undefined) return false;
    for (const holder of holders) {
      const place = this.#placeOf(holder);
      if (place === undefined) return false;
      this.#held[place] = true;
    }
    return true;
  }

  #placeOf(holder: object): number | undefined {
    if (this.#parts[this.#next] === holder) {
      this.#next += 1;
      return this.#next - 1;
    }
    this.#places ??= new Map(this.#parts.map((part, place) => [part, place]));
    return this.#places.get(holder);
  }

  /** @param holders undefined where it says something else */
  remember(piece: unknown, holders: readonly object[] | undefined): void {
    if (holders !== undefined && typeof piece === 'object' && piece !== null) heldBefore.set(piece, holders);
  }
}
