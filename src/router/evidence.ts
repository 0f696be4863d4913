import type { Conversation, Tool } from '../chat/conversation.ts';
import { runsCommands } from './editTools.ts';
import { isPathLike, pathWords, shortPath } from './pathWords.ts';
import { callMentions, resultMentions } from './toolPaths.ts';

/**
 * What a conversation says about files. `edited`, `attached`, `selected` and `named` are work; `current` is work only
 * where nothing better is known; `read` went out as text without being worked on, which only constraints look at; `spoken` is a word
 * that is `read` if it is a file.
 */
export type MentionRole = 'edited' | 'attached' | 'selected' | 'named' | 'current' | 'read' | 'spoken';

/** A path as the client wrote it: absolute, relative or a URI; untrusted until it is resolved against the repository. */
export interface Mention {
  readonly path: string;
  readonly role: MentionRole;
}

export interface Evidence {
  readonly mentions: readonly Mention[];
  /** The person's own last words, without what the client wrapped around them. */
  readonly userText: string;
  readonly images: boolean;
  /** More files were named than are looked at: what is not among the mentions is not known to have stayed here. */
  readonly incomplete: boolean;
  /** Commands were run: what they printed cannot be told to come from any file. */
  readonly opaque: boolean;
}

/** Bounds on what is looked at: a conversation is a client's text and may be anything. */
const most = {
  mentions: 5_000,
  namedCharacters: 20_000,
  named: 50,
} as const;

/** Instructions that a client attaches by itself: their text goes out, but nobody works on them. */
const instructions =
  /(?:^|[\\/])(?:AGENTS|CLAUDE|GEMINI|copilot-instructions)\.md$|\.(?:instructions|prompt|agent|chatmode)\.md$|(?:^|[\\/])SKILL\.md$/i;

const filePathAttribute = /\bfilePath="([^"]+)"/g;
const currentFile = /The user's current file is ([^\n]{1,1024}?)\.(?=\s|$)/;
const currentSelection = /The current selection is (?:from line|[^\n]*line)/;
const wrapping =
  /<(attachments|editorContext|context|environment_info|workspace_info|reminderInstructions|reminder|instructions|userMemory|sessionMemory|repoMemory|todoList|conversation-summary)\b[^>]{0,500}>/g;

/** Takes out what a client wraps around the person's words, in one pass: a tag that is never closed is left as it is. */
function unwrap(text: string): string {
  const open = new RegExp(wrapping);
  const unclosed = new Set<string>();
  let kept = '';
  let from = 0;
  for (let match = open.exec(text); match; match = open.exec(text)) {
    const close = `</${match[1]}>`;
    if (unclosed.has(close)) continue;
    const end = text.indexOf(close, open.lastIndex);
    if (end < 0) {
      unclosed.add(close);
      continue;
    }
    kept += text.slice(from, match.index);
    from = end + close.length;
    open.lastIndex = from;
  }
  return kept + text.slice(from);
}

/** What stands in the tags of attachments, each looked at once. */
function* attachmentTags(text: string): Generator<string> {
  for (let from = text.indexOf('<attachment '); from >= 0; from = text.indexOf('<attachment ', from)) {
    const end = text.indexOf('>', from);
    if (end < 0) return;
    yield text.slice(from, end);
    from = end;
  }
}

function* clientMentions(text: string, last: boolean): Generator<Mention> {
  for (const tag of attachmentTags(text)) {
    for (const match of tag.matchAll(filePathAttribute)) {
      const path = match[1] ?? '';
      yield { path, role: instructions.test(path) ? 'read' : 'attached' };
    }
  }
  if (!last) return;
  const context = between(text, 'editorContext')?.slice(0, 4_000);
  const current = context ? currentFile.exec(context)?.[1] : undefined;
  if (context && current) yield { path: current, role: currentSelection.test(context) ? 'selected' : 'current' };
}

/** The text between a tag and its end, or undefined. */
function between(text: string, tag: string): string | undefined {
  const start = text.indexOf(`<${tag}>`);
  const end = start < 0 ? -1 : text.indexOf(`</${tag}>`, start);
  return end < 0 ? undefined : text.slice(start + tag.length + 2, end);
}

/** The person's own words in a client's message: what it wraps as the request, else what is left without its tags. */
function ownWords(text: string): string {
  return (between(text, 'userRequest') ?? unwrap(text)).trim();
}

/**
 * Paths that a person wrote in the request, as one would attach them; the caller keeps those that exist. After the first
 * ones the rest of a long text is taken for something pasted, whose paths only constraints look at.
 */
function* namedPaths(words: string): Generator<Mention> {
  let count = 0;
  for (const word of words.slice(0, most.namedCharacters).split(/[\s"'`,;:!?<>]+/)) {
    const path = word.replace(/^#(?:file:)?|[.)]+$/g, '');
    if (path.length > 300 || !isPathLike(path)) continue;
    yield { path, role: count++ < most.named ? 'named' : 'spoken' };
  }
  for (const path of pathWords(words.slice(most.namedCharacters))) yield { path, role: 'spoken' };
}

/**
 * Gathers what a conversation says about files: from the client's own tags, from tool calls and from the person's last
 * words; from the results of tools, which are other people's text, only what has gone out, never what is worked on.
 * Paths are untrusted.
 */
export function gatherEvidence(conversation: Conversation): Evidence {
  const mentions = new Map<string, Mention>();
  let incomplete = false;
  const add = ({ path: written, role }: Mention): void => {
    const path = shortPath(written);
    if (path === undefined) {
      incomplete = true;
      return;
    }
    const key = `${role}\n${path}`;
    if (mentions.has(key)) return;
    if (mentions.size < most.mentions) mentions.set(key, { path, role });
    else incomplete = true;
  };
  const tools = new Map<string, Tool>(conversation.tools.map((tool) => [tool.name, tool]));
  let images = false;
  let opaque = false;
  let userText = '';
  const lastUser = conversation.messages.findLastIndex(
    (message) => message.role === 'user' && message.parts.some((part) => part.kind === 'text'),
  );
  conversation.messages.forEach((message, index) => {
    for (const part of message.parts) {
      if (part.kind === 'tool-call') {
        opaque ||= runsCommands(part.name);
        for (const mention of callMentions(part.name, part.arguments, tools)) add(mention);
      } else if (part.kind === 'image' || part.kind === 'image-url') images = true;
      else if (part.kind === 'tool-result') {
        images ||= part.parts.some((item) => item.kind === 'image');
        for (const mention of resultMentions(part.parts)) add(mention);
      } else if (part.kind === 'text' && message.role === 'user') {
        for (const mention of clientMentions(part.text, index === lastUser)) add(mention);
        if (index !== lastUser) continue;
        const words = ownWords(part.text);
        userText = userText ? `${userText}\n${words}` : words;
      }
    }
  });
  for (const mention of namedPaths(userText)) add(mention);
  return { mentions: [...mentions.values()], userText, images, incomplete, opaque };
}
