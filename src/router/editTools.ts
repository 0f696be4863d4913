import type { Tool } from '../chat/conversation.ts';

const editTool =
  /(?:^|[_\-.])(?:edit|edits|write|create|replace|insert|apply|patch|delete|remove|rename|move|multiedit|str_replace|update)(?:$|[_\-.])|^(?:edit|write|multiedit|notebookedit)$/i;
const notAFileTool =
  /(?:terminal|command|bash|shell|task|todo|memory|memories|directory|workspace|folder)|(?:^|[_\-.])(?:issues?|pull|prs?|comments?|reply|reviews?|branch|branches|labels?|milestones?|releases?|tags?|gists?|repository|repositories|tickets?|projects?|messages?|events?|users?|teams?|discussions?|reminders?|thread|threads)(?:$|[_\-.])/i;
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

/** Whether a tool runs commands: what they print may come from any file. */
export function runsCommands(name: string): boolean {
  return /(?:^|[_\-.])(?:terminal|command|commands|bash|shell|powershell|exec|execute|task|run|script)(?:$|[_\-.])/i.test(
    wordsOf(name),
  );
}
