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
  const gathered = new Gathering();
  const calls = new CallReader(conversation.tools);
  const results = resultsOf(conversation.messages);
  const texts: string[] = [];
  let images = false;
  let opaque = false;
  let userText = '';
  const lastUser = conversation.messages.findLastIndex(saysSomething);
  for (const { text } of conversation.system) {
    texts.push(text);
    gathered.addAll(attachedIn(text));
  }
  conversation.messages.forEach((message, index) => {
    for (const part of message.parts) {
      switch (part.kind) {
        case 'tool-call':
          opaque ||= printsCommands(part.name);
          texts.push(part.arguments);
          gathered.addAll(calls.mentions(part, results.get(part.callId)?.shift()));
          break;
        case 'tool-result':
          images ||= part.parts.some((item) => item.kind === 'image');
          for (const item of part.parts) if (item.kind === 'text') texts.push(item.text);
          gathered.addAll(resultMentions(part.parts));
          break;
        case 'text':
          texts.push(part.text);
          if (message.role === 'assistant') gathered.addAll(writtenCalls(part.text, calls));
          else gathered.addAll(clientMentions(part.text, index === lastUser, calls));
          if (index === lastUser) userText = [userText, ownWords(part.text)].filter(Boolean).join('\n');
          break;
        case 'image':
        case 'image-url':
          images = true;
          break;
        case 'document': {
          const text = attachedText(part.base64);
          if (text !== undefined) texts.push(text);
          if (part.name) gathered.addAll([{ path: part.name, role: 'read', proof: 'file', reach: 'listed' }]);
          break;
        }
        case 'thinking':
          texts.push(part.text);
          break;
        default:
          part satisfies never;
      }
    }
  });
  gathered.addAll(namedFiles(userText));
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

const nowhere: readonly string[] = [];

/** Mentions once each, as many as are looked at. */
class Gathering {
  readonly #known = new Map<string, Mention>();
  readonly #counts = new Map<string, number>();
  readonly #manners = new Map<string, number>();
  #lately: { readonly folders: readonly string[]; readonly manner: string; readonly number: number } | undefined;
  readonly #later = new Map<string, Mention>();
  incomplete = false;
  opaque = false;

  addAll(mentions: Iterable<Mention>): void {
    for (const mention of mentions) this.#add(mention);
  }

  mentions(): readonly Mention[] {
    return [...this.#known.values()];
  }

  more(): readonly Mention[] {
    return [...this.#later.values()];
  }

  /** Everything of a mention but its path, as a short number: most mentions of a command have it in common. */
  #manner({ role, proof, reach, within }: Mention): number {
    const folders = within ?? nowhere;
    const manner = `${role} ${proof} ${reach}`;
    const lately = this.#lately;
    if (lately?.folders === folders && lately.manner === manner) return lately.number;
    const key = `${manner} ${folders.join(':')}`;
    const number = this.#manners.get(key) ?? this.#manners.size;
    this.#manners.set(key, number);
    this.#lately = { folders, manner, number };
    return number;
  }

  #add(mention: Mention): void {
    const path = shortPath(mention.path);
    if (path === undefined) {
      // Too long to be looked up; what a client or a model asks for may still be some file.
      if (mention.proof === 'nothing' || mention.proof === 'place') this.incomplete = true;
      return;
    }
    const key = `${this.#manner(mention)} ${path}`;
    if (this.#known.has(key) || this.#later.has(key)) return;
    const areWords = mention.role === 'read' && mention.proof === 'place';
    const kind = areWords ? 'words' : mention.proof;
    const count = this.#counts.get(kind) ?? 0;
    if (count < (areWords ? mostWords : mostMentions)) {
      this.#counts.set(kind, count + 1);
      this.#known.set(key, { ...mention, path });
    } else if (this.#later.size < mostMore) this.#later.set(key, { ...mention, path });
    else if (mention.proof === 'nothing' || mention.proof === 'place') this.incomplete = true;
    else this.opaque = true;
  }
}
