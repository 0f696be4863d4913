import type { Conversation, Message } from '../../chat/conversation.ts';
import { objectMemo } from '../objectMemo.ts';
import { textMemo } from '../textMemo.ts';
import { attachedText } from './attachedText.ts';
import { CallReader } from './calls.ts';
import { attachedFiles, clientMentions, ownWords, writtenCalls } from './clients.ts';
import { Gathering, type Noted, noted } from './gathering.ts';
import type { Mention } from './mention.ts';
import { namedFiles } from './naming.ts';
import { resultMentions } from './results.ts';
import { printsCommands } from './tools.ts';

const attachedIn = textMemo((text: string): readonly Noted[] => Array.from(attachedFiles(text, 'read'), noted));
const namedIn = textMemo((userText: string): readonly Noted[] => Array.from(namedFiles(userText), noted));

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
  let named: readonly Noted[] = [];
  const lastUser = messages.findLastIndex(saysSomething);
  for (const { text } of system) {
    texts.push(text);
    gathered.addAll(attachedIn(text));
  }
  for (const [index, message] of messages.entries()) {
    const given = message.role === 'assistant' ? givenBack(message.parts, results) : NOTHING_GIVEN;
    const read = readMessage(message, { tools, given, isLast: index === lastUser }, calls, gathered);
    for (const text of read.texts) texts.push(text);
    images ||= read.images;
    opaque ||= read.opaque;
    if (read.isLast) ({ words: userText, named } = read);
  }
  gathered.addAll(named);
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

/** What one message says about files, and what that rests on beside the message. */
interface ReadMessage extends Pick<Evidence, 'texts' | 'images' | 'opaque'>, Place {
  readonly mentions: readonly Noted[];
  /** What a person says in it, where it is the last in which one does, and the files that this names. */
  readonly words: string;
  readonly named: readonly Noted[];
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

const NOTHING_GIVEN: Place['given'] = [];

/** A conversation sends its earlier messages again with each request; those that are the same in memory are read once. */
const readBefore = new WeakMap<Message, ReadMessage>();
/** One that mentions more is read each time. Characters are those of its paths: what is remembered of it takes 100 KB at most. */
const mostRemembered = { mentions: 500, characters: 10_000 } as const;

/** @param gathered takes its mentions */
function readMessage(message: Message, place: Place, calls: CallReader, gathered: Gathering): ReadMessage {
  const from = calls.visited;
  const before = readBefore.get(message);
  if (
    before !== undefined &&
    before.isLast === place.isLast &&
    isSameList(before.tools, place.tools) &&
    isSameList(before.from, from) &&
    isSameList(before.given, place.given)
  ) {
    calls.visited = before.to;
    gathered.addAll(before.mentions);
    return before;
  }
  const mentions: Noted[] = [];
  let characters = 0;
  let isFew = true;
  const note = (mention: Mention): void => {
    const one = noted(mention);
    gathered.add(one);
    characters += one.key.length;
    isFew &&= mentions.length < mostRemembered.mentions && characters <= mostRemembered.characters;
    if (isFew) mentions.push(one);
  };
  const parts = readParts(message, place, calls, note);
  const read = { ...parts, ...place, named: namedIn(parts.words), mentions, from, to: calls.visited };
  if (isFew) readBefore.set(message, read);
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
  for (const { callId, text } of messages.flatMap(resultsIn)) {
    const known = results.get(callId);
    if (known) known.push(text);
    else results.set(callId, [text]);
  }
  return results;
}

const resultsIn = objectMemo(({ parts }: Message): readonly { readonly callId: string; readonly text: string }[] =>
  parts.flatMap((part) => {
    if (part.kind !== 'tool-result') return [];
    const text = part.parts.map((item) => (item.kind === 'text' ? item.text : item.kind)).join('\n');
    return [{ callId: part.callId, text }];
  }),
);

function givenBack(parts: Message['parts'], results: ReadonlyMap<string, string[]>): Place['given'] {
  return parts.map((part) => (part.kind === 'tool-call' ? results.get(part.callId)?.shift() : undefined));
}

/** Whether a person speaks in a message; clients put reminders of their own beside the results of tools. */
export const saysSomething = objectMemo(
  ({ role, parts }: Message): boolean =>
    role === 'user' && parts.some((part) => part.kind === 'text' && ownWords(part.text) !== ''),
);
