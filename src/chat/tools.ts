import type { Conversation, Tool, ToolChoice } from './conversation.ts';
import type { Lost } from './events.ts';
import { type Fields, isFields } from './untrusted.ts';

export interface OfferedTool {
  readonly tool: Tool;
  readonly schema: Fields;
  readonly where: string;
}

/**
 * The tools that can be offered, functions all where `asFunctionTools` has made functions of them: a name that all
 * providers accept, once in its namespace, with the schema of an object. A tool is left out, not renamed: the model's
 * call of another name could not be traced back to it.
 */
export function offeredTools(tools: readonly Tool[], lost: Lost[]): OfferedTool[] {
  const names = new Set<string>();
  const offered: OfferedTool[] = [];
  for (const [index, tool] of tools.entries()) {
    const where = `tools[${index}]`;
    const place = tool.namespace === undefined ? tool.name : `${tool.namespace}/${tool.name}`;
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(tool.name)) {
      lost.push({ where, what: 'a tool whose name is not of 1 to 64 letters, digits, dashes and underscores' });
    } else if (names.has(place)) {
      lost.push({ where, what: 'a second tool of the same name' });
    } else {
      names.add(place);
      offered.push({ tool, schema: objectSchema(tool.parameters), where });
    }
  }
  return offered;
}

function objectSchema(parameters: unknown): Fields {
  if (!isFields(parameters)) return { type: 'object', properties: {} };
  return parameters['type'] === 'object' ? parameters : { ...parameters, type: 'object' };
}

/** The choice, unless there is nothing to choose from or the tool that it names is not offered. */
export function possibleChoice(
  conversation: Conversation,
  offered: readonly OfferedTool[],
  lost: Lost[],
): ToolChoice | undefined {
  const { toolChoice } = conversation;
  if (toolChoice === undefined) return undefined;
  if (offered.length === 0) {
    if (toolChoice.kind === 'required' || toolChoice.kind === 'tool') {
      lost.push({ where: 'toolChoice', what: 'a demand for a tool call, with no tool that can be offered' });
    }
    return undefined;
  }
  if (toolChoice.kind === 'tool' && !offered.some(({ tool }) => tool.name === toolChoice.name)) {
    lost.push({ where: 'toolChoice', what: `a demand for the tool "${toolChoice.name}", which is not offered` });
    return { kind: 'auto' };
  }
  return toolChoice;
}
