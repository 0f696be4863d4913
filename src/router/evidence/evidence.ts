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
import { isSameList, resultsIn, Settled } from './settled.ts';
import { printsCommands } from './tools.ts';

const attachedIn = textMemo((text: string): readonly Noted[] => Array.from(attachedFiles(text, 'read'), noted));
const namedIn = textMemo((userText: string): readonly Noted[] => Array.from(namedFiles(userText), noted));

export interface Evidence {
  readonly mentions: readonly Mention[];
  /** Mentions past those that are looked up, whatever they are: looked at only where they may mean a guarded file. */
  readonly more: readonly Mention[];
  /**
   * Every text that goes out, to be compared with the files that constraints guard: those of the system, and of each message.
   * Of a message that was read before they are the same list in memory.
   */
  readonly texts: readonly (readonly string[])[];
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
  const { messages, tools } = conversation;
  const system = systemTexts(conversation.system);
  const settled = settledOf(conversation, system);
  const gathered = new Gathering(settled.gathered);
  const calls = new CallReader(tools);
  calls.visited = settled.visited;
  const rest = messages.slice(settled.length);
  const results = resultsOf(rest);
  const last = settled.spoken === undefined ? rest.findLastIndex(saysSomething) : -1;
  const reads = rest.map((message, at) => {
    const given = message.role === 'assistant' ? givenBack(message.parts, results) : NOTHING_GIVEN;
    return readMessage(message, { tools, given, isLast: at === last }, calls, gathered);
  });
  const { texts, images, opaque, spoken = reads[last] } = settled;
  if (spoken !== undefined) gathered.addAll(spoken.named);
  const evidence = {
    mentions: gathered.mentions(),
    more: gathered.more(),
    texts: [...texts, ...reads.map((read) => read.texts)],
    userText: spoken?.words ?? '',
    images: images || reads.some((read) => read.images),
    incomplete: gathered.incomplete,
    opaque: opaque || gathered.opaque || reads.some((read) => read.opaque),
  };
  settled.goOn(messages, reads);
  return evidence;
}

const systemTexts = objectMemo((system: Conversation['system']): readonly string[] => system.map(({ text }) => text));

/** The beginning that need not be read again: what a person says after it takes that from whoever spoke last there. */
function settledOf(conversation: Conversation, system: readonly string[]): Settled {
  const known = Settled.of(conversation, system);
  if (known !== undefined) {
    const speaksLater = conversation.messages.slice(known.length).some(saysSomething);
    if (speaksLater === (known.spoken === undefined)) return known;
  }
  const begun = new Settled(conversation.tools, system);
  for (const text of system) begun.gathered.addAll(attachedIn(text));
  return begun;
}

/** What one message says about files, and what that rests on beside the message. */
export interface ReadMessage extends Pick<Evidence, 'images' | 'opaque'>, Place {
  readonly mentions: readonly Noted[];
  /** False where it mentions more than is remembered of one. */
  readonly isWhole: boolean;
  readonly texts: readonly string[];
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
  const { tools, given, isLast } = place;
  const { texts, words, images, opaque } = parts;
  const read: ReadMessage = {
    tools,
    given,
    isLast,
    texts,
    words,
    images,
    opaque,
    named: namedIn(words),
    mentions,
    isWhole: isFew,
    from,
    to: calls.visited,
  };
  if (isFew) readBefore.set(message, read);
  return read;
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
  for (const message of messages) {
    for (const { callId, text } of resultsIn(message)) {
      const known = results.get(callId);
      if (known) known.push(text);
      else results.set(callId, [text]);
    }
  }
  return results;
}

function givenBack(parts: Message['parts'], results: ReadonlyMap<string, string[]>): Place['given'] {
  return parts.map((part) => (part.kind === 'tool-call' ? results.get(part.callId)?.shift() : undefined));
}

/** Whether a person speaks in a message; clients put reminders of their own beside the results of tools. */
export const saysSomething = objectMemo(
  ({ role, parts }: Message): boolean =>
    role === 'user' && parts.some((part) => part.kind === 'text' && ownWords(part.text) !== ''),
);
