import type { Conversation } from '../chat/conversation.ts';

/**
 * What a conversation says about files. `edited`, `attached`, `selected` and `named` are work; `current` is work only
 * where nothing better is known; `read` went out as text without being worked on, which only constraints look at.
 */
export type MentionRole = 'edited' | 'attached' | 'selected' | 'named' | 'current' | 'read';

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
}

/** Bounds on what is looked at: a conversation is a client's text and may be anything. */
const most = {
  mentions: 2_000,
  pathCharacters: 1_024,
  patchCharacters: 400_000,
  namedCharacters: 20_000,
  named: 50,
} as const;

const editTool =
  /(?:^|[_\-.])(?:edit|edits|write|create|replace|insert|apply|patch|delete|remove|rename|move|multiedit|str_replace|update)(?:$|[_\-.])|^(?:edit|write|multiedit|notebookedit)$/i;
const notAFileTool = /(?:terminal|command|bash|shell|task|todo|memory|directory|workspace|folder)/i;
const pathKeys = [
  'filePath',
  'file_path',
  'path',
  'uri',
  'file',
  'fileName',
  'target_file',
  'notebook_path',
  'filename',
] as const;
const listKeys = ['files', 'filePaths', 'paths', 'edits', 'replacements', 'changes', 'operations'] as const;

/** Instructions that a client attaches by itself: their text goes out, but nobody works on them. */
const instructions =
  /(?:^|[\\/])(?:AGENTS|CLAUDE|GEMINI|copilot-instructions)\.md$|\.(?:instructions|prompt|agent|chatmode)\.md$|(?:^|[\\/])SKILL\.md$/i;

/** Whether a tool of this name changes files, by its name: clients name theirs freely, but all name them in English. */
export function isEditTool(name: string): boolean {
  const words = name.replace(/([a-z])([A-Z])/g, '$1_$2');
  return editTool.test(words) && !notAFileTool.test(words);
}

function* pathsIn(value: unknown, depth = 0): Generator<string> {
  if (typeof value !== 'object' || value === null || depth > 3) return;
  for (const key of pathKeys) {
    const path: unknown = Reflect.get(value, key);
    if (typeof path === 'string') yield path;
  }
  for (const key of listKeys) {
    const list: unknown = Reflect.get(value, key);
    if (!Array.isArray(list)) continue;
    for (const item of list.slice(0, 200)) {
      if (typeof item === 'string') yield item;
      else yield* pathsIn(item, depth + 1);
    }
  }
}

/** The files that a patch in the `*** Update File:` form or a unified diff changes. */
function* pathsInPatch(patch: string): Generator<string> {
  for (const match of patch
    .slice(0, most.patchCharacters)
    .matchAll(/^\*\*\* (?:Update|Add|Delete|Move to|Move) ?(?:File)?: ?(.+)$|^(?:\+\+\+|---) (?:[ab]\/)?(\S.*)$/gm)) {
    const path = (match[1] ?? match[2])?.trim();
    if (path && path !== '/dev/null') yield path;
  }
}

function readArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a call that was cut short names nothing for certain
  }
}

function* toolMentions(name: string, argumentsText: string): Generator<Mention> {
  const role: MentionRole = isEditTool(name) ? 'edited' : 'read';
  const value = readArguments(argumentsText);
  for (const path of pathsIn(value)) yield { path, role };
  if (role !== 'edited') return;
  const input: unknown =
    typeof value === 'object' && value !== null ? (Reflect.get(value, 'input') ?? Reflect.get(value, 'patch')) : value;
  if (typeof input === 'string') for (const path of pathsInPatch(input)) yield { path, role };
}

const attachmentTag = /<attachment\b([^>]{0,2000})>/g;
const filePathAttribute = /\bfilePath="([^"]{1,1024})"/;
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

function* clientMentions(text: string, last: boolean): Generator<Mention> {
  for (const match of text.matchAll(attachmentTag)) {
    const path = filePathAttribute.exec(match[1] ?? '')?.[1];
    if (path) yield { path, role: instructions.test(path) ? 'read' : 'attached' };
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

/** Letters that paths are made of, with a dot or a slash among them: `src/a.ts`, `.env`, `docs/LICENSE`. */
const pathLike = /^(?=.*[./\\].)[\p{L}\p{N}_@.+()[\]~\\/-]+$/u;

/** Paths that a person wrote in the request, as one would attach them; the caller keeps those that exist. */
function* namedPaths(words: string): Generator<Mention> {
  let count = 0;
  for (const word of words.slice(0, most.namedCharacters).split(/[\s"'`,;:!?<>]+/)) {
    const path = word.replace(/^#(?:file:)?|[.)]+$/g, '');
    if (path.length > 300 || !pathLike.test(path)) continue;
    if (count++ >= most.named) return;
    yield { path, role: 'named' };
  }
}

/**
 * Gathers what a conversation says about files, from the client's own tags, from tool calls and from the person's last
 * words; never from the results of tools, which are other people's text. Paths are untrusted.
 */
export function gatherEvidence(conversation: Conversation): Evidence {
  const mentions = new Map<string, Mention>();
  const add = (mention: Mention): void => {
    if (mentions.size >= most.mentions || mention.path.length > most.pathCharacters) return;
    mentions.set(`${mention.role}\n${mention.path}`, mention);
  };
  let images = false;
  let userText = '';
  const lastUser = conversation.messages.findLastIndex(
    (message) => message.role === 'user' && message.parts.some((part) => part.kind === 'text'),
  );
  conversation.messages.forEach((message, index) => {
    for (const part of message.parts) {
      if (part.kind === 'tool-call') for (const mention of toolMentions(part.name, part.arguments)) add(mention);
      else if (part.kind === 'image' || part.kind === 'image-url') images = true;
      else if (part.kind === 'tool-result') images ||= part.parts.some((item) => item.kind === 'image');
      else if (part.kind === 'text' && message.role === 'user') {
        for (const mention of clientMentions(part.text, index === lastUser)) add(mention);
        if (index !== lastUser) continue;
        const words = ownWords(part.text);
        userText = userText ? `${userText}\n${words}` : words;
      }
    }
  });
  for (const mention of namedPaths(userText)) add(mention);
  return { mentions: [...mentions.values()], userText, images };
}
