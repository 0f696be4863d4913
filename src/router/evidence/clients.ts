import type { CallReader } from './calls.ts';
import type { Mention } from './mention.ts';
import { announcedIn } from './results.ts';
import { contentTags } from './tags.ts';

// What clients write into a person's message around the person's own words: untrusted, but not the model's.

/** Instructions that a client attaches by itself: their text goes out, but nobody works on them. */
const instructions =
  /(?:^|[\\/])(?:AGENTS|CLAUDE|GEMINI|copilot-instructions)\.md$|\.(?:instructions|prompt|agent|chatmode)\.md$|(?:^|[\\/])SKILL\.md$/i;

const currentFile = /The user's current file is ([^\n]{1,1024}?)\.(?=\s|$)/;
const currentSelection = /The current selection is (?:from line|[^\n]*line)/;
/** Claude Code's words for the same. */
const selectedLines = /The user selected the lines \d+ to \d+ from ([^\n]{1,1024}?):?$/gm;
const openedFile = /The user opened the file ([^\n]{1,1024}?) in the IDE/;
const calledTool = /^Called the (\w{1,100}) tool with the following input: (\{[^\n]{1,16384}\})$/gm;
const fence = /^(?:\/\/|#|--) filepath: (\S[^\n]{0,4095})$/gm;
/** Cline's heading of a result that it writes as text. */
const answeredTool = /^\[(?:read_file|search_files|list_code_definition_names) for '([^\n]{1,2048})'\] Result:/gm;
const isAnswer = /^\[\w+(?: for [^\n]{0,2000})?\] Result:/m;
const diffWithin = /^--- [^\n]{1,1200}\n\+\+\+ [^\n]{1,1200}\n@@/m;
/** Claude Code's note that a file was changed, with its lines. */
const changedFile = /^Note: ([^\n]{1,1024}?) was modified, either by the user or by a linter/gm;
const writtenCall =
  /<(write_to_file|replace_in_file|apply_diff|insert_content|read_file|search_files|execute_command)>\s{0,20}<(path|command)>([^<]{1,16384})<\/\2>/g;
const wrapping =
  /<(attachments|editorContext|context|environment_info|environment_context|environment_details|workspace_info|reminderInstructions|reminder|system-reminder|instructions|user_instructions|userMemory|sessionMemory|repoMemory|todoList|conversation-summary|ide_selection|ide_opened_file|file_content|final_file_content)\b[^>]{0,500}>/g;

/** Takes out what a client wraps around the person's words, in one pass: a tag that is never closed is left as it is. */
function unwrap(text: string): string {
  wrapping.lastIndex = 0;
  const unclosed = new Set<string>();
  let kept = '';
  let from = 0;
  for (let match = wrapping.exec(text); match; match = wrapping.exec(text)) {
    const close = `</${match[1]}>`;
    if (unclosed.has(close)) continue;
    const end = text.indexOf(close, wrapping.lastIndex);
    if (end < 0) {
      unclosed.add(close);
      continue;
    }
    kept += text.slice(from, match.index);
    from = end + close.length;
    wrapping.lastIndex = from;
  }
  return kept + text.slice(from);
}

/** The text between a tag and its end, or undefined. */
function between(text: string, tag: string): string | undefined {
  const start = text.indexOf(`<${tag}>`);
  const end = start < 0 ? -1 : text.indexOf(`</${tag}>`, start);
  return end < 0 ? undefined : text.slice(start + tag.length + 2, end);
}

/** The person's own words in a client's message: what it wraps as the request, else what is left without its tags. */
export function ownWords(text: string): string {
  return (between(text, 'userRequest') ?? unwrap(text)).trim();
}

const sure = (path: string, role: Mention['role']): Mention => ({ path, role, proof: 'nothing', reach: 'listed' });
const ifFile = (path: string, role: Mention['role']): Mention => ({ path, role, proof: 'file', reach: 'listed' });

/** What clients attach to instructions or to a message: tags around files, and fences that name one. */
export function* attachedFiles(text: string, role: 'attached' | 'read'): Generator<Mention> {
  for (const { name, path } of contentTags(text, false)) {
    const given = instructions.test(path) ? 'read' : role;
    yield name === 'attachment' ? sure(path, given) : ifFile(path, given);
  }
  for (const [, path = ''] of text.matchAll(fence)) yield ifFile(path.trim(), role);
}

/**
 * The files that a client's message brings: attachments, selections of this and earlier turns, reads that the client made
 * by itself; the open file, of the last message only.
 */
export function* clientMentions(text: string, last: boolean, calls: CallReader): Generator<Mention> {
  yield* attachedFiles(text, 'attached');
  const context = between(text, 'editorContext')?.slice(0, 4_000);
  const current = context ? currentFile.exec(context)?.[1] : undefined;
  const isSelected = context !== undefined && currentSelection.test(context);
  if (current && isSelected) yield sure(current, 'selected');
  else if (current && last) yield sure(current, 'current');
  for (const [, path = ''] of text.matchAll(selectedLines)) yield sure(path, 'selected');
  const opened = last ? openedFile.exec(text)?.[1] : undefined;
  if (opened) yield sure(opened, 'current');
  for (const [, name = '', input = ''] of text.matchAll(calledTool)) yield* calls.mentions({ name, arguments: input });
  for (const [, path = ''] of text.matchAll(changedFile)) yield ifFile(path, 'read');
  for (const [, paths = ''] of text.matchAll(answeredTool)) {
    for (const path of paths.split("', '")) yield ifFile(path, 'read');
  }
  if (isAnswer.test(text) || diffWithin.test(text)) yield* announcedIn(text);
}

/** Calls of tools that a model writes into its text, as Cline has it do. */
export function* writtenCalls(text: string, calls: CallReader): Generator<Mention> {
  if (!text.includes('</path>') && !text.includes('</command>')) return;
  for (const [, name = '', key = '', value = ''] of text.matchAll(writtenCall)) {
    yield* calls.mentions({ name, arguments: JSON.stringify({ [key]: value.trim() }) });
  }
}
