import type { Conversation, Message } from '../../chat/conversation.ts';
import { textMemo } from '../textMemo.ts';
import { attachedText } from './attachedText.ts';
import { CallReader } from './calls.ts';
import { attachedFiles, clientMentions, ownWords, writtenCalls } from './clients.ts';
import type { Mention } from './mention.ts';
import { namedFiles } from './naming.ts';
import { shortPath } from './pathWords.ts';
import { resultMentions } from './results.ts';
import { printsCommands } from './tools.ts';

const attachedIn = textMemo((text: string): readonly Mention[] => [...attachedFiles(text, 'read')]);

export interface Evidence {
  readonly mentions: readonly Mention[];
  /** Mentions past those that are looked up, whatever they are: looked at only where they may mean a guarded file. */
  readonly more: readonly Mention[];
  /** Every text that goes out, to be compared with the files that constraints guard. */
  readonly texts: readonly string[];
  /** The person's own last words, without what the client wrapped around them. */
  readonly userText: string;
  readonly images: boolean;
  /** More files were named than are looked at: what is not among the mentions is not known to have stayed here. */
  readonly incomplete: boolean;
  /** Text went out that may come from any file: what commands printed, or more announcements than are looked at. */
  readonly opaque: boolean;
}

/** Bounds on what is looked up, for each kind of proof: a conversation is a client's text and may be anything. */
const mostMentions = 5_000;
/** Words of what was merely asked for, of which there are most by far. */
const mostWords = 1_500;
/** Bound on what is held against the guarded files alone, which costs no look at the disk. */
const mostMore = 500_000;

/**
 * Gathers what a conversation says about files, by three principles. What a client or a model asks for counts: tags
 * around files, selections, and every argument of a call. What a tool gives back counts where it announces a file's text
 * and the file exists; a path that is merely mentioned does not. And every text that goes out is handed on, so that it
 * can be compared with what stands in guarded files. Paths are untrusted. Linear in the conversation's size.
 */
export function gatherEvidence(conversation: Conversation): Evidence {
  const { messages, system, tools } = conversation;
  const gathered = new Gathering();
  const calls = new CallReader(tools);
  const results = resultsOf(messages);
  const texts: string[] = [];
  let images = false;
  let opaque = false;
  let userText = '';
  const lastUser = messages.findLastIndex(saysSomething);
  for (const { text } of system) {
    texts.push(text);
    gathered.addAll(attachedIn(text).map(noted));
  }
  messages.forEach((message, index) => {
    const given = message.parts.map((part) =>
      part.kind === 'tool-call' ? results.get(part.callId)?.shift() : undefined,
    );
    const read = readMessage(message, { tools, given, isLast: index === lastUser }, calls, gathered);
    for (const text of read.texts) texts.push(text);
    images ||= read.images;
    opaque ||= read.opaque;
    if (read.words !== '') userText = read.words;
  });
  gathered.addAll(namedIn(userText));
  return {
    mentions: gathered.mentions(),
    more: gathered.more(),
    texts,
    userText,
    images,
    incomplete: gathered.incomplete,
    opaque: opaque || gathered.opaque,
  };
}

const namedIn = textMemo((userText: string): readonly Noted[] => Array.from(namedFiles(userText), noted));

/** What one message says about files, and what that rests on beside the message. */
interface ReadMessage extends Pick<Evidence, 'texts' | 'images' | 'opaque'>, Place {
  readonly mentions: readonly Noted[];
  /** What a person says in it, where it is the last in which one does. */
  readonly words: string;
  /** Where the terminal may be before it, and after it. */
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Where a message stands. */
interface Place {
  readonly tools: Conversation['tools'];
  /** What its calls were given, by their parts. */
  readonly given: readonly (string | undefined)[];
  readonly isLast: boolean;
}

/** A conversation sends its earlier messages again with each request; those that are the same in memory are read once. */
const readBefore = new WeakMap<Message, ReadMessage>();
/** One that mentions more is read each time. */
const mostRemembered = 500;

/** @param gathered takes its mentions */
function readMessage(message: Message, place: Place, calls: CallReader, gathered: Gathering): ReadMessage {
  const from = calls.visited;
  const before = readBefore.get(message);
  if (
    before !== undefined &&
    before.isLast === place.isLast &&
    before.tools === place.tools &&
    isSameList(before.from, from) &&
    isSameList(before.given, place.given)
  ) {
    calls.visited = before.to;
    gathered.addAll(before.mentions);
    return before;
  }
  const mentions: Noted[] = [];
  let count = 0;
  const note = (mention: Mention): void => {
    const one = noted(mention);
    gathered.add(one);
    count += 1;
    if (count <= mostRemembered) mentions.push(one);
  };
  const read = { ...readParts(message, place, calls, note), ...place, mentions, from, to: calls.visited };
  if (count <= mostRemembered) readBefore.set(message, read);
  return read;
}

function isSameList<Item>(one: readonly Item[], other: readonly Item[]): boolean {
  return one === other || (one.length === other.length && one.every((item, at) => item === other[at]));
}

function readParts(
  message: Message,
  { given, isLast }: Place,
  calls: CallReader,
  take: (mention: Mention) => void,
): Pick<ReadMessage, 'texts' | 'images' | 'opaque' | 'words'> {
  const texts: string[] = [];
  const words: string[] = [];
  let images = false;
  let opaque = false;
  const note = (found: Iterable<Mention>): void => {
    for (const mention of found) take(mention);
  };
  message.parts.forEach((part, at) => {
    switch (part.kind) {
      case 'tool-call':
        opaque ||= printsCommands(part.name);
        texts.push(part.arguments);
        note(calls.mentions(part, given[at]));
        break;
      case 'tool-result':
        images ||= part.parts.some((item) => item.kind === 'image');
        for (const item of part.parts) if (item.kind === 'text') texts.push(item.text);
        note(resultMentions(part.parts));
        break;
      case 'text':
        texts.push(part.text);
        if (message.role === 'assistant') note(writtenCalls(part.text, calls));
        else note(clientMentions(part.text, isLast, calls));
        if (isLast) words.push(ownWords(part.text));
        break;
      case 'image':
      case 'image-url':
        images = true;
        break;
      case 'document': {
        const text = attachedText(part.base64);
        if (text !== undefined) texts.push(text);
        if (part.name) note([{ path: part.name, role: 'read', proof: 'file', reach: 'listed' }]);
        break;
      }
      case 'thinking':
        texts.push(part.text);
        break;
      default:
        part satisfies never;
    }
  });
  return { texts, images, opaque, words: words.filter(Boolean).join('\n') };
}

/** What tools gave back as text, by call, in the order in which it came. */
function resultsOf(messages: readonly Message[]): ReadonlyMap<string, string[]> {
  const results = new Map<string, string[]>();
  for (const part of messages.flatMap(({ role, parts }) => (role === 'user' ? parts : []))) {
    if (part.kind !== 'tool-result') continue;
    const text = part.parts.map((item) => (item.kind === 'text' ? item.text : item.kind)).join('\n');
    const known = results.get(part.callId);
    if (known) known.push(text);
    else results.set(part.callId, [text]);
  }
  return results;
}

/** Whether a person speaks in a message; clients put reminders of their own beside the results of tools. */
export function saysSomething({ role, parts }: Message): boolean {
  return role === 'user' && parts.some((part) => part.kind === 'text' && ownWords(part.text) !== '');
}

/** A mention with its path as it is looked up; undefined where that is too long. */
interface Noted {
  readonly mention: Mention;
  readonly path: string | undefined;
  /** Everything of it but its path. */
  readonly manner: string;
}

function noted(mention: Mention): Noted {
  const { role, proof, reach, within } = mention;
  const path = shortPath(mention.path);
  const manner = `${role} ${proof} ${reach} ${within?.join(':') ?? ''}`;
  return { mention: path === undefined || path === mention.path ? mention : { ...mention, path }, path, manner };
}

/** Mentions once each, as many as are looked at. */
class Gathering {
  readonly #known = new Map<string, Mention>();
  readonly #counts = new Map<string, number>();
  readonly #manners = new Map<string, number>();
  #lately: { readonly manner: string; readonly number: number } | undefined;
  readonly #later = new Map<string, Mention>();
  incomplete = false;
  opaque = false;

  addAll(mentions: readonly Noted[]): void {
    for (const mention of mentions) this.add(mention);
  }

  mentions(): readonly Mention[] {
    return [...this.#known.values()];
  }

  more(): readonly Mention[] {
    return [...this.#later.values()];
  }

  /** A short number: most mentions of a command have all but their path in common. */
  #numberOf(manner: string): number {
    if (this.#lately?.manner === manner) return this.#lately.number;
    const number = this.#manners.get(manner) ?? this.#manners.size;
    this.#manners.set(manner, number);
    this.#lately = { manner, number };
    return number;
  }

  add({ mention, path, manner }: Noted): void {
    if (path === undefined) {
      // Too long to be looked up; what a client or a model asks for may still be some file.
      if (mention.proof === 'nothing' || mention.proof === 'place') this.incomplete = true;
      return;
    }
    const key = `${this.#numberOf(manner)} ${path}`;
    if (this.#known.has(key) || this.#later.has(key)) return;
    const areWords = mention.role === 'read' && mention.proof === 'place';
    const kind = areWords ? 'words' : mention.proof;
    const count = this.#counts.get(kind) ?? 0;
    if (count < (areWords ? mostWords : mostMentions)) {
      this.#counts.set(kind, count + 1);
      this.#known.set(key, mention);
    } else if (this.#later.size < mostMore) this.#later.set(key, mention);
    else if (mention.proof === 'nothing' || mention.proof === 'place') this.incomplete = true;
    else this.opaque = true;
  }
}
