import type { AssistantPart, Conversation, Message, Tool, ToolChoice } from './conversation.ts';
import { InputReader, unwrapInput, wrapInput } from './custom-input.ts';
import type { ChatEvent } from './events.ts';
import { FlatNames } from './tool-names.ts';
import { isFields } from './untrusted.ts';

/**
 * The conversation with nothing but function tools outside of namespaces, for a dialect that has no others: write the
 * request from it instead. A custom tool becomes a function of one string, `input`, and its calls in earlier turns are
 * wrapped alike; a tool in a namespace is called `namespace__name`. {@link restoreToolCalls} is the way back. A
 * conversation without such tools is given back as it is.
 */
export function asFunctionTools(conversation: Conversation): Conversation {
  if (!hasOtherTools(conversation)) return conversation;
  const names = new FlatNames(conversation);
  const { toolChoice } = conversation;
  return {
    ...conversation,
    tools: conversation.tools.map((tool) => functionTool(tool, names)),
    messages: conversation.messages.map((message) => withFunctionCalls(message, names)),
    ...(toolChoice !== undefined && { toolChoice: flatChoice(toolChoice, conversation.tools, names) }),
  };
}

/**
 * Turns the calls of an answer to {@link asFunctionTools} back into those of the tools that the client offered, as
 * their events come, in any order and interleaved: give it every event of one answer. `conversation` is the client's
 * own. The pieces of a custom tool's call are pieces of its plain input. Calls that are marked as custom or with their
 * namespace already, by a provider that has such, stay as they are.
 */
export function restoreToolCalls(conversation: Conversation): (event: ChatEvent) => readonly ChatEvent[] {
  if (!conversation.tools.some(isOther)) return (event) => [event];
  const names = new FlatNames(conversation);
  const custom = new Set(
    conversation.tools.filter((tool) => tool.custom !== undefined).map((tool) => names.flat(tool)),
  );
  /** The calls whose input is being unwrapped, by their index, and what has been passed on of each. */
  const open = new Map<number, { readonly reader: InputReader; sent: string[] }>();
  return (event) => {
    switch (event.kind) {
      case 'tool-call-started': {
        if (isRestored(event)) return [event];
        const unwraps = custom.has(event.name);
        if (unwraps) open.set(event.index, { reader: new InputReader(), sent: [] });
        return [{ ...event, ...originOf(event.name, names), ...(unwraps && { custom: true }) }];
      }
      case 'tool-call-delta': {
        const call = open.get(event.index);
        if (call === undefined) return [event];
        const input = call.reader.push(event.arguments);
        if (input === '') return [];
        call.sent.push(input);
        return [{ ...event, arguments: input }];
      }
      case 'tool-call': {
        if (isRestored(event)) return [event];
        const origin = originOf(event.name, names);
        if (!custom.has(event.name)) return [{ ...event, ...origin }];
        const input = unwrapInput(event.arguments);
        const sent = open.get(event.index)?.sent.join('') ?? '';
        open.delete(event.index);
        const rest = input.startsWith(sent) ? input.slice(sent.length) : '';
        return [
          ...(rest === '' ? [] : [{ kind: 'tool-call-delta' as const, index: event.index, arguments: rest }]),
          // A provider that repeats the arguments otherwise than it streamed them has its client see what was streamed.
          { ...event, ...origin, custom: true, arguments: input.startsWith(sent) ? input : sent },
        ];
      }
      default:
        return [event];
    }
  };
}

function isOther({ custom, namespace }: Pick<Tool, 'namespace'> & { readonly custom?: unknown }): boolean {
  return custom !== undefined || namespace !== undefined;
}

function isRestored({ custom, namespace }: { readonly custom?: boolean; readonly namespace?: string }): boolean {
  return custom === true || namespace !== undefined;
}

function hasOtherTools({ tools, messages }: Conversation): boolean {
  return (
    tools.some(isOther) ||
    messages.some(
      ({ role, parts }) => role === 'assistant' && parts.some((part) => part.kind === 'tool-call' && isRestored(part)),
    )
  );
}

function originOf(flat: string, names: FlatNames): { readonly name: string; readonly namespace?: string } {
  const origin = names.origin(flat);
  if (origin === undefined) return { name: flat };
  return { name: origin.name, ...(origin.namespace !== undefined && { namespace: origin.namespace }) };
}

function functionTool(tool: Tool, names: FlatNames): Tool {
  if (!isOther(tool)) return tool;
  const { custom, namespace: _, ...rest } = tool;
  const name = names.flat(tool);
  if (custom === undefined) return { ...rest, name };
  return {
    ...rest,
    name,
    description: customDescription(tool.description, custom.format),
    parameters: {
      type: 'object',
      properties: { input: { type: 'string', description: 'The whole input, as plain text.' } },
      required: ['input'],
      additionalProperties: false,
    },
  };
}

function customDescription(description: string | undefined, format: unknown): string {
  const paragraphs = [
    description ?? '',
    'Call this function with one string, `input`: the whole input as plain text, without JSON around it or code fences.',
    formatDescription(format),
  ];
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
}

function formatDescription(format: unknown): string {
  if (!isFields(format) || format['type'] === 'text') return '';
  const { syntax, definition } = format;
  if (typeof definition === 'string') {
    const kind = syntax === 'regex' ? 'regular expression' : `grammar${syntax === 'lark' ? ' (Lark)' : ''}`;
    return `The input must match this ${kind}:\n${definition}`;
  }
  return `The format of the input: ${JSON.stringify(format)}`;
}

function withFunctionCalls(message: Message, names: FlatNames): Message {
  if (message.role === 'user') return message;
  return { role: 'assistant', parts: message.parts.map((part) => functionCall(part, names)) };
}

function functionCall(part: AssistantPart, names: FlatNames): AssistantPart {
  if (part.kind !== 'tool-call' || !isRestored(part)) return part;
  const { custom, namespace: _, ...rest } = part;
  return {
    ...rest,
    name: names.flat(part),
    arguments: custom === true ? wrapInput(part.arguments) : part.arguments,
  };
}

/** A choice has no namespace of its own: it means the tool outside of any, else the first of that name. */
function flatChoice(choice: ToolChoice, tools: readonly Tool[], names: FlatNames): ToolChoice {
  if (choice.kind !== 'tool') return choice;
  const named = tools.filter(({ name }) => name === choice.name);
  const tool = named.find(({ namespace }) => namespace === undefined) ?? named[0];
  return tool === undefined ? choice : { kind: 'tool', name: names.flat(tool) };
}
