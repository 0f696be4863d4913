import type { Conversation } from '../chat/conversation.ts';

/** How clients say where they work. What follows stands there up to the end of the line, or to `end`. */
const STATEMENTS: readonly { readonly before: string; readonly end?: string }[] = [
  { before: '<cwd>', end: '</cwd>' },
  // Claude Code’s “Primary working directory: ”, Copilot CLI’s “Current working directory: ”, opencode, Continue.
  { before: 'orking directory: ' },
  // Cline’s “4. Working Directory: ”.
  { before: 'orking Directory: ' },
  // Qwen Code’s “I'm currently working in the directory: ”.
  { before: 'orking in the directory: ' },
  // Gemini CLI’s list.
  { before: 'orkspace Directories:' },
  { before: 'orking in the following directories:' },
];

const LONGEST_PATH = 4_096;
/** What may stand before a statement in its line: more is prose that merely speaks of one. */
const LONGEST_LEAD = 60;
const MOST_TOLD = 20;

/**
 * The folders that a client says it works in, in the order in which they should be believed. Only the system’s text and
 * what stands before the first answer count: a model or a tool’s result has said nothing yet there.
 */
export function* statedFolders({ system, messages }: Conversation): Generator<string> {
  for (const { text } of system) yield* statedIn(text);
  for (const message of messages) {
    if (message.role !== 'user') return;
    for (const part of message.parts) {
      if (part.kind === 'tool-result') return;
      if (part.kind === 'text') yield* statedIn(part.text);
    }
  }
}

function* statedIn(text: string): Generator<string> {
  for (const { before, end } of STATEMENTS) {
    let told = 0;
    for (let at = text.indexOf(before); at >= 0 && told < MOST_TOLD; at = text.indexOf(before, at + 1)) {
      told += 1;
      const lineStart = text.lastIndexOf('\n', at) + 1;
      if (at - lineStart > LONGEST_LEAD) continue;
      const path = pathAfter(text, at + before.length, end);
      if (path !== undefined) yield path;
    }
  }
}

function pathAfter(text: string, from: number, end: string | undefined): string | undefined {
  const rest = text.slice(from, from + LONGEST_PATH);
  // A list begins on the next line; its heading may be in bold.
  const listed = /^(?:\*\*)?\s*\n\s*- /.exec(rest)?.[0].length ?? 0;
  const until = end === undefined ? rest.indexOf('\n', listed) : rest.indexOf(end);
  if (end !== undefined && until < 0) return undefined;
  const path = rest
    .slice(listed, until < 0 ? undefined : until)
    .trim()
    .replace(/^[`"']|[`"']$/g, '');
  return path === '' ? undefined : path;
}
