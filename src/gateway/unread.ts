import type { Message } from '../chat/conversation.ts';
import type { Dialect } from '../chat/dialect.ts';
import { type Fields, fieldsOf, listOf, textOf } from '../chat/untrusted.ts';

/** What the dialects' own readers hold of a conversation. Everything else passes through in the client's own body. */
const READ: { readonly [dialect in Dialect]?: ReadonlySet<string> } = {
  'openai-responses': new Set([
    'message',
    'function_call',
    'function_call_output',
    'custom_tool_call',
    'custom_tool_call_output',
    'reasoning',
    'item_reference',
  ]),
  'anthropic-messages': new Set([
    'text',
    'image',
    'document',
    'thinking',
    'redacted_thinking',
    'tool_use',
    'tool_result',
  ]),
};

/** Fields of a body that may carry a file's text beside the conversation, such as the answer that a client predicts. */
const BESIDE = ['prediction', 'prompt', 'metadata'];

/** Characters of text that are looked at in all; more of what nobody can read is a request of its own kind. */
const MOST_TEXT = 4_000_000;
const DEEPEST = 40;

/**
 * What goes out with a client's own body though the neutral conversation cannot hold it: calls of tools that run at the
 * provider or are built into a client, and their results. As messages, so that what they say of files counts like what
 * other calls and results say. Only for that: they are sent to nobody in this form.
 */
export function unreadMessages(dialect: Dialect, body: unknown): readonly Message[] {
  const fields = fieldsOf(body);
  const budget = { left: MOST_TEXT };
  // A text completion's prompt is what it is about, and read as such.
  const names = dialect === 'completions' ? [] : BESIDE.filter((name) => fields[name] !== undefined);
  const beside = names.map((name): Message => found('', stringsIn(fields[name], budget, 0)));
  const known = READ[dialect];
  if (known === undefined) return beside;
  const blocks =
    dialect === 'openai-responses'
      ? listOf(fields['input'])
      : listOf(fields['messages']).flatMap((message) => listOf(fieldsOf(message)['content']));
  const unread = blocks.map(fieldsOf).filter((block) => isUnread(block, known));
  return [...beside, ...unread.map((block) => messageOf(block, budget))];
}

/** Fields that stand for texts which a provider keeps: whoever has not kept them would answer something else. */
const KEPT: { readonly [dialect in Dialect]?: readonly string[] } = {
  'openai-responses': ['previous_response_id', 'conversation', 'prompt'],
  gemini: ['cachedContent'],
};

/** The field of a body that leaves a part of the conversation to the provider that keeps it; undefined: there is none. */
export function keptAt(dialect: Dialect, body: unknown): string | undefined {
  const fields = fieldsOf(body);
  const named = KEPT[dialect]?.find((name) => fields[name] !== undefined && fields[name] !== null);
  const refers = dialect === 'openai-responses' && listOf(fields['input']).some(isReference);
  return named ?? (refers ? 'item_reference' : undefined);
}

function isReference(item: unknown): boolean {
  return fieldsOf(item)['type'] === 'item_reference';
}

function isUnread(block: Fields, known: ReadonlySet<string>): boolean {
  const type = textOf(block['type']);
  // An item of Responses without a type is a message.
  return type !== '' && !known.has(type);
}

/** A call names what it wants in its input; everything else is taken for what was found. */
function messageOf(block: Fields, budget: { left: number }): Message {
  const type = textOf(block['type']);
  const callId = textOf(block['call_id']) || textOf(block['tool_use_id']) || textOf(block['id']);
  const asked = block['action'] ?? block['operation'] ?? block['input'];
  if (asked !== undefined && /_(?:call|use)$/.test(type)) {
    const name = /shell|bash/.test(type + textOf(block['name'])) ? 'shell' : textOf(block['name']) || type;
    return {
      role: 'assistant',
      parts: [{ kind: 'tool-call', callId, name, arguments: JSON.stringify(commandIn(fieldsOf(asked)) ?? asked) }],
    };
  }
  return found(callId, stringsIn(block, budget, 0));
}

function found(callId: string, texts: readonly string[]): Message {
  return { role: 'user', parts: [{ kind: 'tool-result', callId, parts: [{ kind: 'text', text: texts.join('\n') }] }] };
}

/** A shell's words or lines, as the agents' own shell tools take them. */
function commandIn({ command, commands }: Fields): Fields | undefined {
  const words = command ?? commands;
  if (typeof words === 'string') return { command: words };
  if (!Array.isArray(words)) return undefined;
  const said = words.map(textOf);
  return { command: command === undefined ? said.join('\n') : said };
}

function stringsIn(value: unknown, budget: { left: number }, depth: number): readonly string[] {
  if (budget.left <= 0 || depth > DEEPEST) return [];
  if (typeof value === 'string') {
    const text = value.slice(0, budget.left);
    budget.left -= text.length;
    return [text];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => stringsIn(inner, budget, depth + 1));
}
