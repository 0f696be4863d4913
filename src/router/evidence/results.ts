import type { ToolResultPart } from '../../chat/conversation.ts';
import { textMemo } from '../textMemo.ts';
import { pathsInPatch } from './calls.ts';
import { announced, type Mention } from './mention.ts';
import { contentTags } from './tags.ts';

/** A result in JSON beyond this is read as text alone. */
const longestJson = 4_000_000;
/** Lines that only look like JSON, after which no further one is tried. */
const mostFailures = 100;
const mostDepth = 12;

const fence = /^(?:\/\/|#|--) filepath: (\S.*)$/gm;
/** `path:12:text`, `path-12-text` and, where the path has a dot or a slash, `path:text`. */
const grepLine =
  /^(?:(?<numbered>(?:[A-Za-z]:)?[^\s:][^:\n]{0,4095}):\d+[:\s]|(?<around>[^\n:]{1,300}?)-\d+-|(?<alone>[\w@.~/\\-]{1,1024}):(?=.))/gm;
/** The last of these by itself: a text without any number of that kind is read five times faster. */
const bareGrepLine = /^(?<alone>[\w@.~/\\-]{1,1024}):(?=.)/gm;
const lineNumber = /:\d+[:\s]|-\d+-/;
/** A path alone on its line, before lines that begin with numbers. */
const heading = /^([^\s:][^:\n]{0,1023})\r?\n(?=\d+[:-])/gm;
const numberedLine = /\n\d+[:-]/;
/** A path alone before lines in the margin of a frame, and one in a tag of its own before its content. */
const framed = /^([^\s:│][^:\n│]{0,1023})\n│/gm;
const tagged = /^<file>\s{0,20}<path>([^<\n]{1,1024})<\/path>/gm;
/** What programs say of a file rather than what is in it. */
const complaint =
  /:\d+(?::\d+)?(?:\s*[:-])?\s*(?:fatal |syntax )?(?:error|warning|note|info|hint)\b|:\s*(?:no such file or directory|permission denied|is a directory|not found|command not found|cannot open.*)$/i;
const headOfFile = /^==> (.{1,1024}) <==\r?$/gm;
/** A header of a unified diff counts only with its second line and its first hunk. */
const diffHeader =
  /^--- (?:[aciow]\/)?([^\n\t]{1,1024})(?:\t[^\n]{0,100})?\n\+\+\+ (?:[bciow]\/)?([^\n\t]{1,1024})(?:\t[^\n]{0,100})?\n@@/gm;
const colour = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]{0,20}[mK]`, 'g');

/**
 * The files whose text a tool's result announces, by structure that only announces: known tags at the start of a line,
 * headers of patches, lines as `grep`, `rg`, `head` and `tail` print them, fences, JSON with a path beside a content. A
 * list of names announces no text, and neither does code that mentions a path.
 */
export function* resultMentions(parts: readonly ToolResultPart[]): Generator<Mention> {
  for (const part of parts) {
    if (part.kind !== 'text') continue;
    yield* inResult(part.text);
  }
}

/** Of one text. */
const inResult = textMemo((text: string): readonly Mention[] => [...announcedIn(text), ...inJson(text)]);

/** What a text announces by its form, whoever wrote it. */
export function* announcedIn(written: string): Generator<Mention> {
  const text = written.includes(String.fromCharCode(27)) ? written.replace(colour, '') : written;
  for (const { path } of contentTags(text, true)) yield announced(path);
  for (const match of text.matchAll(fence)) yield announced(match[1] ?? '');
  for (const { groups = {}, index } of text.matchAll(lineNumber.test(text) ? grepLine : bareGrepLine)) {
    const { numbered, around, alone = '' } = groups;
    const path = numbered ?? around ?? (/[./\\]/.test(alone) ? alone : undefined);
    if (path && !complaint.test(text.slice(index, index + 4_500).split('\n', 1)[0] ?? '')) yield announced(path);
  }
  if (numberedLine.test(text)) for (const match of text.matchAll(heading)) yield announced(match[1] ?? '');
  for (const match of text.matchAll(framed)) yield announced(match[1] ?? '');
  for (const match of text.matchAll(tagged)) yield announced(match[1] ?? '');
  for (const match of text.matchAll(headOfFile)) yield announced(match[1] ?? '');
  for (const match of text.matchAll(diffHeader)) {
    const [, before = '', after = ''] = match;
    // The text of a file that is gone still stands in what took it away.
    if (after === '/dev/null') yield { ...announced(before), proof: 'nothing' };
    else yield* [announced(before), announced(after)];
  }
  for (const match of text.matchAll(/^\*\*\* (?:Update|Add) File: [^\n]{1,1024}$/gm)) {
    for (const path of pathsInPatch(match[0])) yield announced(path);
  }
}

const pathNames = /^(?:path|file|file_?path|uri|file_?name|relative_?path|absolute_?path|source)$/i;
const contentNames =
  /^(?:contents?|text|snippet|lines?|body|data|preview|match(?:es)?|value|code|excerpt|chunk|hunk|diff)$/i;

/** Whether a value is text or has some, rather than figures about a file. */
function hasText(value: unknown): boolean {
  if (typeof value === 'string') return true;
  if (Array.isArray(value)) return value.some((item) => typeof item === 'string' || hasText(item));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => contentNames.test(key) && item !== null && item !== '');
}

/** A whole result in JSON, or one value on each line, as `rg --json` prints. */
function* inJson(text: string): Generator<Mention> {
  const start = /^\s{0,100}[{[]/.test(text);
  if (!start || text.length > longestJson) return;
  const whole = parse(text);
  if (whole !== undefined) yield* inValue(whole, 0);
  else {
    let failures = 0;
    for (const line of text.split('\n')) {
      if (!/^\{.*\}\s*$/.test(line)) continue;
      const value = parse(line);
      if (value === undefined) failures += 1;
      if (failures > mostFailures) return;
      yield* inValue(value, 0);
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // text that only begins like JSON
  }
}

function* inValue(value: unknown, depth: number): Generator<Mention> {
  if (typeof value === 'string') {
    // Wrapped output of a command: its lines announce as bare ones do.
    if (depth > 0 && value.includes('\n')) yield* announcedIn(value);
    return;
  }
  if (typeof value !== 'object' || value === null || depth >= mostDepth) return;
  if (Array.isArray(value)) {
    for (const item of value) yield* inValue(item, depth + 1);
    return;
  }
  const entries = Object.entries(value);
  const hasContent = entries.some(([key, item]) => contentNames.test(key) && item !== null && item !== '');
  for (const [key, item] of entries) {
    const path: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'text') : item;
    if (hasContent && pathNames.test(key) && typeof path === 'string') yield announced(path);
    // `{ ".env": "KEY=1" }` and `{ ".env": ["KEY=1"] }`
    if (/[./\\]/.test(key) && hasText(item)) yield announced(key);
    yield* inValue(item, depth + 1);
  }
}
