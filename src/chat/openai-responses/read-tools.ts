import type { Conversation, Tool, ToolChoice } from '../conversation.ts';
import type { Lost } from '../events.ts';
import { readCustomTool, readFunction } from '../openai-request.ts';
import { readOnce } from '../read-once.ts';
import { listAt, objectAt, optional, textAt, wordAt, wrong } from '../request-fields.ts';
import { reportParts, shownType } from '../request-losses.ts';
import type { Fields } from '../untrusted.ts';

/** The tools of a response. Those that the provider runs itself are reported as lost. */
export function readTools(value: unknown, where: string, lost: Lost[]): readonly Tool[] {
  return value === undefined || value === null ? [] : readList(listAt(value, where), where, lost);
}

const readList = readOnce((list: readonly unknown[], where: string, lost: Lost[]): readonly Tool[] => {
  const tools: Tool[] = [];
  for (const [index, item] of list.entries()) {
    const at = `${where}[${index}]`;
    const tool = objectAt(item, at);
    if (tool['type'] === 'namespace') tools.push(...readNamespace(tool, at, lost));
    else tools.push(...readTool(tool, at, lost));
  }
  return tools;
});

function readNamespace(group: Fields, where: string, lost: Lost[]): Tool[] {
  const namespace = wordAt(group['name'], `${where}.name`);
  const description = optional(group['description'], `${where}.description`, textAt);
  if (description !== undefined && description !== '') {
    lost.push({ where: `${where}.description`, what: 'what a group of tools is for' });
  }
  return listAt(group['tools'], `${where}.tools`).flatMap((item, index) => {
    const at = `${where}.tools[${index}]`;
    return readTool(objectAt(item, at), at, lost).map((tool) => ({ ...tool, namespace }));
  });
}

const TOOL_LOSSES = {
  allowed_callers: 'who may call a tool beside the model',
  async: 'that the model need not wait for what a tool gives back',
  defer_loading: 'the wish to load a tool only when it is searched for',
  output_schema: 'the form of what a tool gives back',
} as const;

function readTool(tool: Fields, where: string, lost: Lost[]): Tool[] {
  if (tool['type'] === 'function' || tool['type'] === 'custom') reportParts(tool, where, TOOL_LOSSES, lost);
  switch (tool['type']) {
    case 'function':
      return [readFunction(tool, where)];
    case 'custom':
      return [readCustomTool(tool, where)];
    default:
      lost.push({ where, what: `a tool ${shownType(tool['type'])}` });
      return [];
  }
}

/** The choice among the tools; where it allows only some of them, only those are offered. */
export function readChoice(
  value: unknown,
  tools: readonly Tool[],
  lost: Lost[],
): Pick<Conversation, 'tools' | 'toolChoice'> {
  const where = 'tool_choice';
  if (value === undefined || value === null) return { tools };
  if (value === 'auto' || value === 'none' || value === 'required') return { tools, toolChoice: { kind: value } };
  if (typeof value === 'string') return wrong(where, '"auto", "none", "required" or an object');
  const choice = objectAt(value, where);
  switch (choice['type']) {
    case 'function':
    case 'custom': {
      const toolChoice: ToolChoice = { kind: 'tool', name: wordAt(choice['name'], `${where}.name`) };
      return { tools, toolChoice };
    }
    case 'allowed_tools': {
      const allowed = new Set(
        listAt(choice['tools'], `${where}.tools`).map(
          (item, index) => objectAt(item, `${where}.tools[${index}]`)['name'],
        ),
      );
      const kind = choice['mode'] === 'required' ? 'required' : 'auto';
      // A group of tools is allowed by its own name.
      const offered = tools.filter(({ name, namespace }) => allowed.has(name) || allowed.has(namespace ?? name));
      return { tools: offered, toolChoice: { kind } };
    }
    default:
      lost.push({ where, what: `a choice of tools ${shownType(choice['type'])}` });
      return { tools };
  }
}
