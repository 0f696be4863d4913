import type { Conversation } from '../chat/conversation.ts';
import { textMemo } from '../router/textMemo.ts';

/**
 * How clients say where they work. What follows stands there up to the end of the line:
 * Codex’s `<cwd>`; Claude Code’s “Primary working directory: ”, Copilot CLI’s “Current working directory: ”, opencode,
 * Continue; Cline’s “4. Working Directory: ”; Qwen Code’s “I'm currently working in the directory: ”; Gemini CLI’s list.
 */
const STATEMENT =
  /<cwd>|ork(?:ing directory: |ing Directory: |ing in the directory: |space Directories:|ing in the following directories:)/g;
const TAG = '<cwd>';

const LONGEST_PATH = 4_096;
/** What may stand before a statement in its line: more is prose that merely speaks of one. */
const LONGEST_LEAD = 60;

/** So many different folders are heard of at one level; one more is handed out, so that it is seen that there are too many. */
export const MOST_STATED = 100;

/**
 * The folders that a client says it works in: first those in the system’s text, then those in what stands before the first
 * answer, each once and in the order of the text. A model or a tool’s result has said nothing yet there; but a file that
 * the client has quoted may have, so whoever goes by this heeds what else is stated at the same level.
 */
export function* statedFolders({ system, messages }: Conversation): Generator<readonly string[], void> {
  yield distinct(system.map(({ text }) => text));
  yield distinct(openingTexts(messages));
}

function* openingTexts(messages: Conversation['messages']): Generator<string, void> {
  for (const message of messages) {
    if (message.role !== 'user') return;
    for (const part of message.parts) {
      if (part.kind === 'tool-result') return;
      if (part.kind === 'text') yield part.text;
    }
  }
}

function distinct(texts: Iterable<string>): readonly string[] {
  const found = new Set<string>();
  for (const text of texts) {
    for (const path of statedOnce(text)) {
      found.add(path);
      if (found.size > MOST_STATED) return [...found];
    }
  }
  return [...found];
}

/** Those of a text that a client sends with every request: as many as are heard of. */
const statedOnce = textMemo((text: string): readonly string[] => {
  const found = new Set<string>();
  for (const path of statedIn(text)) {
    found.add(path);
    if (found.size > MOST_STATED) break;
  }
  return [...found];
});

function* statedIn(text: string): Generator<string, void> {
  for (const { 0: words, index } of text.matchAll(STATEMENT)) {
    const lead = text.slice(Math.max(0, index - LONGEST_LEAD - 1), index);
    if (lead.length > LONGEST_LEAD && !lead.includes('\n')) continue;
    const path = pathAfter(text, index + words.length, words === TAG);
    if (path !== undefined) yield path;
  }
}

function pathAfter(text: string, from: number, isTag: boolean): string | undefined {
  const rest = text.slice(from, from + LONGEST_PATH);
  // A list begins on the next line; its heading may be in bold.
  const listed = isTag ? 0 : (/^(?:\*\*)?[^\S\n]*\n\s*- /.exec(rest)?.[0].length ?? 0);
  const lineEnd = rest.indexOf('\n', listed);
  const line = rest.slice(listed, lineEnd < 0 ? undefined : lineEnd);
  const tagEnd = line.indexOf('</cwd>');
  if (isTag && tagEnd < 0) return undefined;
  const path = (isTag ? line.slice(0, tagEnd) : line).trim().replace(/^[`"']|[`"']$/g, '');
  return path === '' ? undefined : path;
}
