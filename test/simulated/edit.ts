import { question, type ToolCall } from './answer.ts';
import { type Json, list, type OfferedTool, object, type Prompt, string, type Turn } from './prompt.ts';

/** The next step of a small edit that a prompt asks for. */
export type EditStep =
  | { readonly kind: 'call'; readonly text: string; readonly call: ToolCall }
  | { readonly kind: 'done'; readonly text: string };

type Wish =
  | { readonly kind: 'append'; readonly text: string; readonly file: string }
  | { readonly kind: 'create'; readonly text: string; readonly file: string };

/**
 * Understands `append "TEXT" to FILE` and `create FILE with "TEXT"`, and carries it out with whatever tools are
 * offered: reads the file where that is needed, edits it, and says so. undefined: no such wish, or no tool for it.
 */
export function editStep(prompt: Prompt): EditStep | undefined {
  const wish = readWish(question(prompt.turns)) ?? lastWish(prompt.turns);
  if (wish === undefined) return undefined;
  const asked = prompt.turns.findLastIndex((turn) => turn.kind === 'user' && readWish(question([turn])) !== undefined);
  const since = prompt.turns.slice(asked + 1);
  const path = resolvePath(wish.file, prompt.turns);

  const edited = since.find((turn) => turn.kind === 'call' && editTools.test(turn.name));
  if (edited?.kind === 'call') return { kind: 'done', text: report(wish, edited.name, resultOf(edited.id, since)) };

  const read = since.find((turn) => turn.kind === 'call' && readTools.test(turn.name));
  const seen = read?.kind === 'call' ? (resultOf(read.id, since) ?? '') : undefined;
  if (seen !== undefined && isFailure(seen))
    return { kind: 'done', text: `It could not read ${wish.file}: "${brief(seen)}"` };
  const content = seen === undefined ? undefined : fileContent(seen);
  if (wish.kind === 'append' && content === undefined) {
    const reader = prompt.tools.find((tool) => readTools.test(tool.name));
    if (reader !== undefined) return step(`Reading ${wish.file}.`, reader, { path, content: '' });
  }
  const editor = chooseEditor(prompt.tools, wish, content);
  if (editor === undefined) return undefined;
  const old = content ?? '';
  const text =
    wish.kind === 'append' && old !== '' ? `${old.endsWith('\n') ? old : `${old}\n`}${wish.text}\n` : `${wish.text}\n`;
  return step(`Editing ${wish.file}.`, editor, { path, content: text, old, added: wish.text });
}

/** Clients put texts of their own behind the person's: what was said just before the last answers counts as asked. */
function lastWish(turns: readonly Turn[]): Wish | undefined {
  const end = turns.findLastIndex(({ kind }) => kind === 'user');
  const start = turns.slice(0, end).findLastIndex(({ kind }) => kind !== 'user' && kind !== 'system');
  const said = turns.slice(start + 1, end + 1).filter(({ kind }) => kind === 'user');
  return said.map((turn) => readWish(question([turn]))).findLast((wish) => wish !== undefined);
}

function readWish(text: string): Wish | undefined {
  const append = /\bappend\s+["“](.+?)["”]\s+to\s+(?:the\s+file\s+)?[`'#]?(?:file:)?([\w./\\-]+[\w])/i.exec(text);
  if (append !== null) return { kind: 'append', text: append[1] ?? '', file: append[2] ?? '' };
  const create = /\bcreate\s+(?:a\s+file\s+|the\s+file\s+)?[`']?([\w./\\-]+[\w])[`']?\s+with\s+["“](.+?)["”]/i.exec(
    text,
  );
  if (create !== null) return { kind: 'create', text: create[2] ?? '', file: create[1] ?? '' };
  return undefined;
}

const readTools = /^(copilot_)?(read_?file|read|view)$/i;
const replaceTools = /^(copilot_)?(replace_?string(_?in_?file)?|edit|str_replace)$/i;
const insertTools = /^(copilot_)?(insert_?edit(_?into_?file)?|edit_?file)$/i;
const createTools = /^(copilot_)?(create|create_?file|write|write_?(to_?)?file)$/i;
const patchTools = /^(copilot_)?apply_?patch$/i;
/** Codex's: a script in whose world a patch is applied. Towards other dialects its namespace goes before its name. */
const scriptTools = /^(\w+?[._-]+)?exec$/i;
const editTools = new RegExp(
  [replaceTools, insertTools, createTools, patchTools, scriptTools].map((tool) => `(${tool.source})`).join('|'),
  'i',
);

function chooseEditor(tools: readonly OfferedTool[], wish: Wish, content: string | undefined): OfferedTool | undefined {
  const named = (pattern: RegExp): OfferedTool | undefined => tools.find((tool) => pattern.test(tool.name));
  if (wish.kind === 'create')
    return named(createTools) ?? named(patchTools) ?? named(insertTools) ?? named(scriptTools);
  // Nothing is known about the file: a tool that writes it whole would lose what is in it.
  if (content === undefined) return named(insertTools);
  if (content === '') return named(createTools) ?? named(patchTools);
  return named(replaceTools) ?? named(insertTools) ?? named(patchTools) ?? named(createTools);
}

interface Material {
  readonly path: string;
  /** The whole file as it shall be. */
  readonly content: string;
  /** The whole file as it is. */
  readonly old?: string;
  readonly added?: string;
}

function step(text: string, tool: OfferedTool, material: Material): EditStep {
  const { name, custom, namespace } = tool;
  const marks = { ...(custom && { custom }), ...(namespace !== undefined && { namespace }) };
  return { kind: 'call', text, call: { name, arguments: fillArguments(tool, material), ...marks } };
}

/** Fills in a tool's arguments by what their names say; a required one that nothing is known about gets a plain text. */
function fillArguments(tool: OfferedTool, material: Material): Json {
  const schema = object(tool.schema);
  const properties = object(schema['properties']);
  const required = list(schema['required']).map(string);
  const { path, content, old = '', added = '' } = material;
  // Some lines, so that they are found in one place only.
  const end = old.trimEnd().split('\n').slice(-3);
  const ending = end.join('\n');
  const filled: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(properties), ...required])) {
    if (/^(file_?path|path|target_?file|file)$/i.test(name)) filled[name] = path;
    else if (/^(start_?line.*|start_?line_?number.*)$/i.test(name)) filled[name] = 1;
    else if (/^(end_?line.*)$/i.test(name)) filled[name] = 2000;
    else if (/^(old_?(string|str|text))$/i.test(name)) filled[name] = ending;
    else if (/^(new_?(string|str|text))$/i.test(name)) filled[name] = `${ending}\n${added}`;
    else if (/^(content|file_?text|code)$/i.test(name)) filled[name] = content;
    else if (/^(input|patch)$/i.test(name)) {
      const change = patch(path, added, old === '' ? [] : end);
      filled[name] = scriptTools.test(tool.name) ? `text(await tools.apply_patch(${JSON.stringify(change)}));` : change;
    } else if (required.includes(name)) filled[name] = plainValue(object(properties[name]), name);
  }
  return filled;
}

function plainValue(schema: Json, name: string): unknown {
  const kind = schema['type'];
  if (kind === 'boolean') return false;
  if (kind === 'number' || kind === 'integer') return 1;
  if (kind === 'array') return [];
  if (kind === 'object') return {};
  return `Simulated ${name}`;
}

/** The patch language of OpenAI's `apply_patch`. `context` are the file's last lines; none: a new file. */
function patch(path: string, added: string, context: readonly string[]): string {
  const kept = context.map((line) => ` ${line}`).join('\n');
  const body = context.length === 0 ? `*** Add File: ${path}` : `*** Update File: ${path}\n@@\n${kept}`;
  return `*** Begin Patch\n${body}\n+${added}\n*** End Patch`;
}

function resultOf(callId: string, turns: readonly Turn[]): string | undefined {
  const result = turns.find((turn) => turn.kind === 'result' && turn.id === callId);
  return result?.kind === 'result' ? result.text : undefined;
}

/** A file's text out of what a reading tool answered: inside a fence, or behind line numbers, or as it is. */
function fileContent(result: string): string {
  const fenced = /^(`{3,})[^\n]*\n([\s\S]*?)\n?^\1\s*$/m.exec(result)?.[2];
  const lines = (fenced ?? result).split('\n');
  const numbered = lines.every((line) => line === '' || /^\s*\d+(→|\t)/.test(line));
  return lines.map((line) => (numbered ? line.replace(/^\s*\d+(→|\t)/, '') : line)).join('\n');
}

function report(wish: Wish, tool: string, result: string | undefined): string {
  if (result === undefined) return `It called ${tool} and was told nothing.`;
  if (isFailure(result)) return `It called ${tool}, which answered: "${brief(result)}"`;
  return wish.kind === 'append' ? `Appended to ${wish.file} with ${tool}.` : `Created ${wish.file} with ${tool}.`;
}

function isFailure(result: string): boolean {
  return /^\s*(error|failed|could not|cannot|permission denied|invalid|file not found|enoent)\b/i.test(result);
}

function brief(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 160);
}

/** An absolute path for a name, from what the conversation says about attached files and working directories. */
function resolvePath(file: string, turns: readonly Turn[]): string {
  if (/^([A-Za-z]:)?[\\/]/.test(file)) return file;
  const text = turns.map((turn) => (turn.kind === 'system' || turn.kind === 'user' ? turn.text : '')).join('\n');
  const escaped = file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const attached = new RegExp(`filePath="((?:[A-Za-z]:)?[\\\\/][^"\\n]*?[\\\\/]${escaped}|[\\\\/]${escaped})"`).exec(
    text,
  )?.[1];
  if (attached !== undefined) return attached;
  const folder =
    /following folders?:\s*\n\s*-\s*([^\n]+)/i.exec(text)?.[1] ??
    /(?:working directory|working in the directory|workspace directories):(?:\*\*)?\s*(?:\n?\s*-\s*)?([^\n<]+)/i.exec(
      text,
    )?.[1] ??
    /<cwd>([^<]+)<\/cwd>/.exec(text)?.[1];
  return folder === undefined ? file : `${folder.trim().replace(/[\\/]$/, '')}/${file}`;
}
