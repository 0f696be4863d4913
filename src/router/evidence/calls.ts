import { posix } from 'node:path';
import type { Tool } from '../../chat/conversation.ts';
import type { Mention } from './mention.ts';
import { operandsOf } from './operands.ts';
import { bareWords, isOnePath, isPathLike, pathWords, patternWords } from './pathWords.ts';
import { saysNothing, withoutUnread } from './printing.ts';
import { folderOf, splitCommands } from './shell.ts';
import { isPathKey, type ToolUse, toolUse } from './tools.ts';

/** How deep arguments are followed; deeper ones are read as plain text. */
const mostDepth = 12;
/** Folders that words are looked for in, beside the repository's root. */
const mostFolders = 4;
/** Names without dot or slash that one text is searched for. */
const mostBareWords = 100;

/** What an edit writes, as opposed to where: the model's own words, which no file's text came from. */
const written =
  /^(?:(?:old|new|file|insert|updated?|replace(?:ment)?)_?)?(?:string|str|text|code|contents?|source|body|lines?|edits?|cell)$|^(?:diff|patch|input|search|replace|find|with)$/i;
/** What is said to people or other models, under any tool. */
const prose =
  /^(?:.*_)?(?:explanation|description|message|title|body|comment|thoughts?|reasons?|reasoning|summary|notes?|question|prompt|goal|purpose|justification|task|instructions?)$/i;
/** What a search looks for, as opposed to where. */
const sought = /^(?:query|pattern|regex|regexp|search_?(?:term|text)?|keywords?)$/i;
const folderKey = /^(?:cwd|work_?dir|working_?dir(?:ectory)?|dir|directory|folder|base_?(?:path|dir)|root_?(?:dir)?)$/i;
const commandKey = /^(?:command|commands|cmd|script|args?|input|code|shell_?command|chars)$/i;

/** The files that a patch in the `*** Update File:` form or a unified diff changes. */
export function* pathsInPatch(patch: string): Generator<string> {
  for (const match of patch.matchAll(
    /^\*\*\* (?:Update|Add|Delete|Move to|Move) ?(?:File)?: ?(.+)$|^(?:\+\+\+|---) (?:[abciow]\/)?(\S.*)$/gm,
  )) {
    const path = (match[1] ?? match[2])?.trim();
    if (path && path !== '/dev/null') yield path;
  }
}

const isPatch = (text: string): boolean => /^(?:\*\*\* (?:Begin|Update|Add|Delete)|\+\+\+ |--- )/m.test(text);

/** A call of a tool, as the model wrote it. */
export interface Call {
  readonly name: string;
  /** JSON, perhaps cut short. */
  readonly arguments: string;
}

const toolsByName = new WeakMap<readonly Tool[], ReadonlyMap<string, Tool>>();

/** Reads calls in the order of a conversation: where one goes with `cd`, the next ones may still be. */
export class CallReader {
  readonly #tools: ReadonlyMap<string, Tool>;
  /** Where the terminal may be: what the last `cd` named, from the root and from where the terminal was before it. */
  visited: readonly string[] = [];

  constructor(tools: readonly Tool[]) {
    const known = toolsByName.get(tools) ?? new Map(tools.map((tool) => [tool.name, tool]));
    toolsByName.set(tools, known);
    this.#tools = known;
  }

  /**
   * The files, folders and patterns that a call names. An edit tool's own paths are work; everything else can only have
   * been read. Every argument counts, under whatever key, but for what an edit writes, what is said to people, and what
   * a search looks for. Nothing was read where the tool gave nothing back.
   *
   * @param result what the tool gave back, where the conversation has it
   */
  *mentions(call: Call, result?: string): Generator<Mention> {
    const gaveNothing = result !== undefined && saysNothing(result);
    for (const mention of this.#all(call)) if (!gaveNothing || mention.role !== 'read') yield mention;
  }

  *#all(call: Call): Generator<Mention> {
    const use = toolUse(this.#tools.get(call.name) ?? { name: call.name, parameters: undefined });
    const value = readArguments(call.arguments);
    yield* this.#in(value, '', { use, folders: foldersIn(value) }, 0);
  }

  *#in(value: unknown, key: string, at: Context, depth: number): Generator<Mention> {
    if (typeof value === 'string') yield* this.#inText(value, key, at);
    else if (typeof value !== 'object' || value === null) return;
    else if (depth >= mostDepth) yield* this.#words(JSON.stringify(value), 'given', at.folders);
    else if (Array.isArray(value)) {
      const line = commandIn(value, key, at.use);
      if (line !== undefined) yield* this.#inCommand(line, at.folders);
      else for (const item of value) yield* this.#in(item, key, at, depth + 1);
    } else {
      for (const [name, item] of Object.entries(value)) {
        if (isPathLike(name) && at.use !== 'talk') yield spoken(name, 'given');
        yield* this.#in(item, name, at, depth + 1);
      }
    }
  }

  *#inText(text: string, key: string, { use, folders }: Context): Generator<Mention> {
    if (isPathKey(key)) yield* this.#inPathKey(text, { use, folders });
    else if (use === 'talk') return;
    else if ((use === 'edit' || use === 'run') && isPatch(text)) {
      for (const path of pathsInPatch(text)) yield { path, role: 'edited', proof: 'nothing', reach: 'listed' };
    } else if (use === 'edit') {
      if (!written.test(key) && !prose.test(key) && isPathLike(text)) yield spoken(text, 'listed');
    } else if (use === 'run' ? !prose.test(key) && !folderKey.test(key) : commandKey.test(key) && /\s/.test(text)) {
      yield* this.#inCommand(text, folders);
    } else if (use === 'print' && sought.test(key)) return;
    else if (prose.test(key) && /\s/.test(text.trim())) return;
    else if (!text.startsWith('!'))
      yield* this.#words(text, reachOf(use), use === 'run' ? [] : folders.filter((folder) => folder !== text));
  }

  *#inPathKey(text: string, { use, folders }: Context): Generator<Mention> {
    // A pattern of what a search leaves out.
    if (text.startsWith('!')) return;
    const role = use === 'edit' ? 'edited' : 'read';
    if (isOnePath(text)) {
      // An absolute one may as well be the address of a page.
      const proof = /^[\\/]/.test(text) ? 'place' : 'nothing';
      yield { path: text, role, proof, reach: reachOf(use) };
      for (const folder of folders) yield { ...spoken(posix.join(folder, text), reachOf(use)), role };
      return;
    }
    yield { ...spoken(text, reachOf(use)), role };
    yield* this.#words(text, reachOf(use), folders);
  }

  *#inCommand(line: string, given: readonly string[]): Generator<Mention> {
    for (const command of splitCommands(line)) {
      const folder = folderOf(command);
      if (folder !== undefined) this.#visit(folder, given);
      else if (!command.quiet) {
        const reach = printing.test(command.text) ? 'printed' : 'given';
        const folders = [...given, ...this.visited];
        yield* this.#words(withoutUnread(command.text), reach, folders);
        const bases = basesAmong(folders);
        for (const path of operandsOf(command.text)) yield within({ path, role: 'read', proof: 'name', reach }, bases);
      }
    }
  }

  #visit(folder: string, given: readonly string[]): void {
    if (folder === '-' || folder.length > 1_024) return;
    const from = posix.isAbsolute(folder) ? [] : [...given, ...this.visited].filter((base) => base !== folder);
    this.visited = [...new Set([folder, ...from.map((base) => posix.join(base, folder))])].slice(0, mostFolders);
  }

  *#words(text: string, reach: Mention['reach'], folders: readonly string[]): Generator<Mention> {
    const bases = basesAmong(folders);
    for (const path of pathWords(text)) yield within(spoken(path, reach), bases);
    for (const path of patternWords(text)) yield within(spoken(path, reach), bases);
    let count = 0;
    for (const path of bareWords(text)) {
      if (count++ >= mostBareWords) break;
      yield within({ path, role: 'read', proof: 'guarded', reach }, bases);
    }
  }
}

interface Context {
  readonly use: ToolUse;
  /** What the call itself says it runs in. */
  readonly folders: readonly string[];
}

/** Folders that a relative path may be meant in, beside the root. */
function basesAmong(folders: readonly string[]): readonly string[] {
  return folders.filter((folder) => folder !== '.' && folder.length <= 1_024).slice(0, mostFolders);
}

function within(mention: Mention, bases: readonly string[]): Mention {
  return bases.length === 0 || /^(?:[\\/~$]|[A-Za-z]:|\w+:\/\/)/.test(mention.path) || mention.path.length > 1_024
    ? mention
    : { ...mention, within: bases };
}

/** Commands that write out what is in the folders and patterns that they are given. */
const printing =
  /^\s*(?:sudo\s+)?(?:(?:rip)?grep|[ef]grep|rg|ag|ack|cat|bat|head|tail|less|more|strings|tar|zip|base64|xxd|od|awk|sed|sort|for|find|git\s+(?:grep|show|diff|log))(?:\s|$)/;

const spoken = (path: string, reach: Mention['reach']): Mention => ({ path, role: 'read', proof: 'place', reach });

function reachOf(use: ToolUse): Mention['reach'] {
  switch (use) {
    case 'print':
      return 'printed';
    case 'run':
    case 'other':
      return 'given';
    case 'edit':
    case 'talk':
    case 'list':
      return 'listed';
    default:
      return use satisfies never;
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

function foldersIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    folderKey.test(key) && typeof item === 'string' ? [item] : [],
  );
}

/** The command line in `["bash", "-lc", "cat a | head"]` or `["cat", "a"]`. */
function commandIn(items: readonly unknown[], key: string, use: ToolUse): string | undefined {
  if (use !== 'run' || !commandKey.test(key)) return undefined;
  const words = items.filter((item) => typeof item === 'string');
  if (words.length < items.length || words.some(isPatch)) return undefined;
  const option = words.findIndex((word) => /^-\w*c$/.test(word));
  return option > 0 ? words.slice(option + 1).join(' ') : words.join(' ');
}
