import type {
  CustomTool,
  FunctionTool,
  NamespaceTool,
  ResponseCreateParamsBase,
  Tool,
} from 'openai/resources/responses/responses';
import type { ToolChoice } from '../conversation.ts';
import type { Lost } from '../events.ts';
import { isStrict } from '../openai-settings.ts';
import type { OfferedTool } from '../tools.ts';
import { fitName } from '../turns.ts';
import { isFields } from '../untrusted.ts';

/** The tools as this dialect has them: functions, custom tools, and groups of both in the order of their first tool. */
export function writeTools(offered: readonly OfferedTool[], lost: Lost[]): Tool[] {
  const groups = new Map<string, (FunctionTool | CustomTool)[]>();
  const tools: Tool[] = [];
  for (const one of offered) {
    const tool = writeTool(one, lost);
    const { namespace } = one.tool;
    const name = namespace === undefined ? undefined : fitName(namespace);
    const group = name === undefined ? tools : groups.get(name);
    if (group !== undefined) {
      group.push(tool);
    } else if (name !== undefined) {
      const begun = [tool];
      groups.set(name, begun);
      const written: NamespaceTool = { type: 'namespace', name, description: `The tools of ${name}.`, tools: begun };
      tools.push(written);
    }
  }
  return tools;
}

function writeTool(offered: OfferedTool, lost: Lost[]): FunctionTool | CustomTool {
  const { tool, schema } = offered;
  const described = tool.description !== undefined && tool.description !== '' && { description: tool.description };
  const { custom } = tool;
  if (custom === undefined) {
    // Left out, \`strict\` means true here, which only a part of JSON Schema satisfies.
    return {
      type: 'function',
      name: tool.name,
      ...described,
      parameters: { ...schema },
      strict: isStrict(offered, lost),
    };
  }
  return { type: 'custom', name: tool.name, ...described, ...formatOf(custom.format) };
}

/** A grammar, or nothing for plain text: a format of another form would have the whole request refused. */
function formatOf(format: unknown): Pick<CustomTool, 'format'> {
  if (!isFields(format) || format['type'] !== 'grammar') return {};
  const { syntax, definition } = format;
  if ((syntax !== 'lark' && syntax !== 'regex') || typeof definition !== 'string') return {};
  return { format: { type: 'grammar', syntax, definition } };
}

export function writeChoice(
  choice: ToolChoice,
  offered: readonly OfferedTool[],
): NonNullable<ResponseCreateParamsBase['tool_choice']> {
  if (choice.kind !== 'tool') return choice.kind;
  const custom = offered.some(({ tool }) => tool.name === choice.name && tool.custom !== undefined);
  return { type: custom ? 'custom' : 'function', name: choice.name };
}
