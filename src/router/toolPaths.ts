import type { Tool, ToolResultPart } from '../chat/conversation.ts';
import { isEditTool, isPathKey } from './editTools.ts';
import type { Mention } from './evidence.ts';
import { pathWords } from './pathWords.ts';

/** How deep arguments are followed; deeper ones are read as plain text. */
const mostDepth = 12;

/** What an edit writes, as opposed to where: the model's own words, which no file's text came from. */
const written = /^(?:old|new)_?(?:string|str|text|code|content)$|^(?:content|contents|code|text|explanation)$/i;

/** The files that a patch in the `*** Update File:` form or a unified diff changes. */
export function* pathsInPatch(patch: string): Generator<string> {
  for (const match of patch.matchAll(
    /^\*\*\* (?:Update|Add|Delete|Move to|Move) ?(?:File)?: ?(.+)$|^(?:\+\+\+|---) (?:[ab]\/)?(\S.*)$/gm,
  )) {
    const path = (match[1] ?? match[2])?.trim();
    if (path && path !== '/dev/null') yield path;
  }
}

function readArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A call that was cut short: its words are all there is.
    return text.replace(/\\\\/g, '/').replace(/\\[nrt"]/g, ' ');
  }
}

function* mentionsIn(value: unknown, key: string, edits: boolean, depth: number): Generator<Mention> {
  if (typeof value === 'string') {
    if (isPathKey(key)) yield { path: value, role: edits ? 'edited' : 'read' };
    else if (edits && written.test(key)) return;
    else for (const path of pathWords(value)) yield { path, role: 'spoken' };
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth >= mostDepth) {
    for (const path of pathWords(JSON.stringify(value))) yield { path, role: 'spoken' };
    return;
  }
  if (Array.isArray(value)) for (const item of value) yield* mentionsIn(item, key, edits, depth + 1);
  else for (const [name, item] of Object.entries(value)) yield* mentionsIn(item, name, edits, depth + 1);
}

/** The files that a call of a tool names. An edit tool's own paths are work; everything else can only have been read. */
export function* callMentions(
  name: string,
  argumentsText: string,
  tools: ReadonlyMap<string, Tool>,
): Generator<Mention> {
  const edits = isEditTool(tools.get(name) ?? { name, parameters: undefined });
  const value = readArguments(argumentsText);
  const input: unknown =
    edits && typeof value === 'object' && value !== null
      ? (Reflect.get(value, 'input') ?? Reflect.get(value, 'patch'))
      : value;
  if (edits && typeof input === 'string' && /^(?:\*\*\* |\+\+\+ |--- )/m.test(input)) {
    for (const path of pathsInPatch(input)) yield { path, role: 'edited' };
    return;
  }
  yield* mentionsIn(value, '', edits, 0);
}

const attribute = /\b(?:path|filePath|file|uri)="([^"\n]{1,8192})"/g;
const fence = /^(?:\/\/|#|--) filepath: (\S.*)$/gm;
const grepLine = /^((?:[A-Za-z]:)?[^\s:][^:\n]{0,4095}):\d+[:\s]|^([^\n:]{1,300}?)-\d+-/gm;

/**
 * The files whose text a tool's result announces: attributes, headers of patches, lines as `grep` prints them, fences.
 * A mere list of names announces no text.
 */
export function* resultMentions(parts: readonly ToolResultPart[]): Generator<Mention> {
  for (const part of parts) {
    if (part.kind !== 'text') continue;
    for (const match of part.text.matchAll(attribute)) yield { path: match[1] ?? '', role: 'read' };
    for (const path of pathsInPatch(part.text)) yield { path, role: 'read' };
    for (const match of part.text.matchAll(fence)) yield { path: match[1] ?? '', role: 'read' };
    for (const match of part.text.matchAll(grepLine)) yield { path: match[1] ?? match[2] ?? '', role: 'spoken' };
  }
}
