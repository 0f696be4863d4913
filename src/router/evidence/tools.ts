import type { Tool } from '../../chat/conversation.ts';
import { objectMemo } from '../objectMemo.ts';

const editTool =
  /(?:^|[_\-.])(?:edit|edits|write|create|replace|insert|apply|patch|delete|remove|rename|move|multiedit|str_replace|update|overwrite|modify)(?:$|[_\-.])|(?:^|[_\-.])(?:save|set|put|append|add)_(?:to_|in_)?files?(?:$|[_\-.])|^(?:edit|write|multiedit|notebookedit)$/i;
const notAFileTool =
  /(?:terminal|command|bash|shell|stdin|task|todo|plan|memory|memories|directory|workspace|folder)|(?:^|[_\-.])(?:issues?|pull|prs?|comments?|reply|reviews?|branch|branches|labels?|milestones?|releases?|tags?|gists?|repository|repositories|tickets?|projects?|messages?|events?|users?|teams?|discussions?|reminders?|thread|threads)(?:$|[_\-.])/i;
/** Tools that other servers bring: their names say little, so they must also take a path. */
const foreign = /^mcp_/i;
const pathKey = /(?:^|_)(?:paths?|files?|uris?|filename|filenames|filepath|filepaths|fileuri)$/;

/** Words of a name with `_` between them: `editFiles` is `edit_Files`. */
function wordsOf(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1_$2');
}

/** Whether a key of a tool's arguments holds the path of a file, by its name: `filePath`, `absolute_path`, `uri`. */
export function isPathKey(key: string): boolean {
  return key === 'target_file' || pathKey.test(wordsOf(key).toLowerCase());
}

function takesPath(parameters: unknown): boolean {
  if (typeof parameters !== 'object' || parameters === null) return false;
  const properties: unknown = Reflect.get(parameters, 'properties');
  return typeof properties === 'object' && properties !== null && Object.keys(properties).some(isPathKey);
}

/**
 * Whether a tool changes files: by its name, since clients name theirs freely, but all in English; one of an MCP server
 * must take a path, too.
 */
export function isEditTool({ name, parameters }: Pick<Tool, 'name' | 'parameters'>): boolean {
  const words = wordsOf(name);
  return editTool.test(words) && !notAFileTool.test(words) && (!foreign.test(name) || takesPath(parameters));
}

/** Whether a tool's results are what commands print, which may come from any file. */
export function printsCommands(name: string): boolean {
  return /(?:^|[_\-.])(?:terminal|command|commands|cmd|bash|shell|powershell|exec|execute|task|run|script)(?:$|[_\-.])/i.test(
    wordsOf(name),
  );
}

const shell =
  /^(?:bash|shell|local_shell|powershell|terminal|exec|execute|cmd|sh)$|(?:^|[_\-.])(?:write_stdin|send_(?:input|keys|text))$|(?:^|[_\-.])(?:run|exec|execute|send)_(?:\w+_)?(?:terminal|commands?|shell|bash|tasks?|cell|script)(?:$|[_\-.])/i;

/** Whether a tool runs what the model writes, and so may change any file. One that only looks at a terminal does not. */
export function isShell(name: string): boolean {
  return shell.test(wordsOf(name));
}

const talks =
  /todo|memory|memories|think|(?:^|[_\-.])(?:plan|question|questions|followup|completion|reply|comment|comments|issue|issues|pull|agent|subagent|task|finish)(?:$|[_\-.])/i;
const lists =
  /(?:^|[_\-.])(?:list|ls|glob|tree|dir)(?:$|[_\-.])|^(?:find_files?|file_search|findfiles|search_files_by_name|codebase_tree)$/i;
const searches = /(?:^|[_\-.])(?:grep|search|rg|ripgrep|find|query|cat|read|view|open|get|fetch|load)(?:$|[_\-.])/i;

/**
 * What a tool does with what it is given: `edit` files, `talk` (to-do lists, memories, questions, other agents: prose),
 * `list` names, `run` commands, `print` what it finds, or something that its name does not tell.
 */
export type ToolUse = 'edit' | 'talk' | 'list' | 'run' | 'print' | 'other';

export const toolUse = objectMemo((tool: Pick<Tool, 'name' | 'parameters'>): ToolUse => {
  const words = wordsOf(tool.name);
  if (isEditTool(tool)) return 'edit';
  if (isShell(tool.name)) return 'run';
  if (talks.test(words)) return 'talk';
  if (lists.test(words)) return 'list';
  return searches.test(words) ? 'print' : 'other';
});
