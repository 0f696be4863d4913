import type { Conversation, Message } from '../chat/conversation.ts';
import type { Dialect } from '../chat/dialect.ts';
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../chat/untrusted.ts';
import { attachedText, textOfDataUrl } from '../router/evidence/attachedText.ts';
import { Held, KnownPieces } from './held.ts';

/** What goes out with a client's own body beside the neutral conversation. */
export interface Unread {
  /**
   * As messages, so that what it says of files counts like what other calls and results say. Only for that: it is sent to
   * nobody in this form.
   */
  readonly messages: readonly Message[];
  /** The field that leaves a part of the conversation to the provider that keeps it; undefined: there is none. */
  readonly keptAt: string | undefined;
}

const NOTHING: Unread = { messages: [], keptAt: undefined };

/**
 * Looks at everything in a body that the conversation read from it does not hold. Nothing is known of dialects here but
 * names of fields that hold no text: whatever a provider may read is looked at, wherever it stands. Linear in the body's
 * size; strings that both have are one and the same in memory, and cost next to nothing. What the same parts of a
 * conversation held all of when it was sent before is not looked at again.
 */
export function readUnread(dialect: Dialect, body: unknown, conversation: Conversation): Unread {
  // What is read of a text completion is all that goes out.
  if (dialect === 'completions' || !isFields(body)) return NOTHING;
  const known = new KnownPieces(conversation);
  const members = Object.entries(body).map(([name, value]): Member => {
    // Messages one by one: one that was looked at before is the same text again.
    const isList = Array.isArray(value) && name !== 'tools';
    const pieces: readonly unknown[] = isList ? value : [value];
    return { name, value, isList, fresh: pieces.filter((piece) => !known.recall(piece)) };
  });
  const look = new Look(new Held(conversation, known));
  for (const { name, value, isList, fresh } of members) {
    const kept = KEPT_WHOLE[dialect]?.includes(name) && value !== null && value !== '' && !isBegun(value);
    if (kept) look.keptAt ??= name;
    for (const piece of fresh) known.remember(piece, look.group(isList ? '' : name, piece));
  }
  return { messages: look.messages, keptAt: look.keptAt };
}

/** A field of a body, and what of it has to be looked at: items of a list, or the whole value. */
interface Member {
  readonly name: string;
  readonly value: unknown;
  readonly isList: boolean;
  readonly fresh: readonly unknown[];
}

/** Fields of a body that stand for texts which a provider keeps: whoever has not kept them would answer something else. */
const KEPT_WHOLE: { readonly [dialect in Dialect]?: readonly string[] } = {
  'openai-responses': ['previous_response_id', 'conversation', 'prompt'],
  'anthropic-messages': ['thread'],
  gemini: ['cachedContent', 'cached_content'],
};
/** A conversation that the provider is to keep from now on stands in the body as yet. */
function isBegun(value: unknown): boolean {
  return fieldsOf(value)['type'] === 'create';
}

/** The same of files, wherever they are attached. */
const KEPT_FILES: ReadonlySet<string> = new Set(['file_id', 'fileId', 'fileUri', 'file_uri']);
/** What an answer says of its sources names files too, and needs none of them. */
const CITED: ReadonlySet<string> = new Set(['annotations', 'citations']);

/** Fields whose values are words of a dialect or names for its machinery, as long as they are no longer than such are. */
const STRUCTURAL: ReadonlySet<string> = new Set([
  ...['type', 'role', 'id', 'call_id', 'tool_use_id', 'tool_call_id', 'response_id', 'status', 'object', 'phase'],
  ...['model', 'detail', 'format', 'ttl', 'effort', 'service_tier', 'tool_choice', 'finish_reason', 'stop_reason'],
  ...['media_type', 'mediaType', 'mime_type', 'mimeType', 'language'],
]);
const LONGEST_STRUCTURAL = 128;
/** As dialects let tools be called; a file's name mostly has a dot. */
const TOOL_NAME = /^[\w:-]+$/;
/** What a maker sealed for itself: no client can read it, and none can write it. */
const SEALED: ReadonlySet<string> = new Set([
  'signature',
  'thoughtSignature',
  'thought_signature',
  'encrypted_content',
  'encrypted_stdout',
]);
/** Where calls and results stand as JSON that the conversation has as its text. */
const AS_TEXT: ReadonlySet<string> = new Set(['args', 'response', 'result', 'output']);
/** Of a tool's declaration, which is the client's own and no file's. */
const SCHEMAS: ReadonlySet<string> = new Set(['parameters', 'parametersJsonSchema', 'parameters_json_schema']);
/** Fields that name what is attached beside them. */
const NAMES: ReadonlySet<string> = new Set(['filename', 'file_name', 'title', 'displayName', 'display_name']);
const LONGEST_NAME = 4_096;
const LONGEST_KEY = 64;
/** Where bytes stand, as those of a picture. */
const PACKED: ReadonlySet<string> = new Set(['data', 'file_data', 'fileData', 'b64_json']);
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** Shorter ones are words, where nothing says that they are packed. */
const SHORTEST_PACKED = 64;

/** One body, looked at piece by piece. */
class Look {
  readonly messages: Message[] = [];
  keptAt: string | undefined;
  readonly #held: Held;
  #texts: string[] = [];
  #names: string[] = [];
  #namesKept = false;

  constructor(held: Held) {
    this.#held = held;
  }

  /**
   * Looks at one of a body's values, or one item of a list of them.
   * @returns what of the conversation holds all of it; undefined where it says something else
   */
  group(name: string, value: unknown): readonly object[] | undefined {
    const before = this.messages.length;
    this.#namesKept = false;
    this.#walk(name, value, false);
    const fields = fieldsOf(value);
    const callId = textOf(fields['call_id']) || textOf(fields['tool_use_id']) || textOf(fields['id']);
    if (this.#texts.length > 0) this.messages.push(found(callId, this.#texts.join('\n')));
    for (const attached of this.#names) this.messages.push(named(attached));
    this.#texts = [];
    this.#names = [];
    const holders = this.#held.takeHolders();
    return this.messages.length === before && !this.#namesKept ? holders : undefined;
  }

  #walk(name: string, value: unknown, isCited: boolean): void {
    if (typeof value === 'string') this.#string(name, value);
    else if (Array.isArray(value)) for (const item of value) this.#walk('', item, isCited);
    else if (isFields(value)) this.#object(name, value, isCited);
  }

  #object(name: string, value: Fields, isCited: boolean): void {
    if (this.#held.hasSchema(value) || SCHEMAS.has(name)) return;
    if (AS_TEXT.has(name) && !(name === 'response' && saysOneText(value)) && this.#held.hasText(JSON.stringify(value)))
      return;
    if (!isCited) this.#noteKept(value);
    const asked = askedIn(value);
    for (const key in value) {
      const inner = value[key];
      if (key.length > LONGEST_KEY) this.#texts.push(key);
      if (key === asked && this.#call(value, inner)) continue;
      this.#walk(key, inner, isCited || CITED.has(key));
    }
  }

  #noteKept(value: Fields): void {
    if (value['type'] === 'item_reference') this.#keeps('item_reference');
    for (const key of KEPT_FILES) {
      if (typeof value[key] === 'string' && value[key] !== '') this.#keeps(key);
    }
  }

  #keeps(field: string): void {
    this.#namesKept = true;
    this.keptAt ??= field;
  }

  #string(name: string, text: string): void {
    if (text === '' || SEALED.has(name)) return;
    if (text.length <= LONGEST_STRUCTURAL && (STRUCTURAL.has(name) || (name === 'name' && TOOL_NAME.test(text))))
      return;
    if (this.#held.hasText(text)) return;
    if (NAMES.has(name) && text.length <= LONGEST_NAME) this.#names.push(text);
    const isUrl = text.startsWith('data:');
    if (isUrl && this.#held.hasText(text.slice(text.indexOf(',') + 1))) return;
    const isBase64 = !isUrl && (PACKED.has(name) || text.length >= SHORTEST_PACKED) && BASE64.test(text);
    const unpacked = isUrl ? textOfDataUrl(text) : isBase64 ? attachedText(text) : undefined;
    if (unpacked !== undefined) this.#texts.push(unpacked);
    // A long word may be a key as well as it may be packed.
    if (!isUrl && !(isBase64 && PACKED.has(name))) this.#texts.push(text);
  }

  /** A call names what it wants in its input. @returns whether the conversation did not hold it, and it was taken */
  #call(block: Fields, asked: unknown): boolean {
    const held = typeof asked === 'string' ? asked : JSON.stringify(asked);
    if (this.#held.hasText(held)) return true;
    const type = textOf(block['type']);
    const callId = textOf(block['call_id']) || textOf(block['tool_use_id']) || textOf(block['id']);
    const name = /shell|bash/.test(type + textOf(block['name'])) ? 'shell' : textOf(block['name']) || type;
    const text = JSON.stringify(commandIn(fieldsOf(asked)) ?? asked);
    this.messages.push({ role: 'assistant', parts: [{ kind: 'tool-call', callId, name, arguments: text }] });
    return true;
  }
}

/** Of a result, readers take the text itself then, and not the object around it. */
function saysOneText(value: Fields): boolean {
  const [only, ...more] = Object.keys(value);
  return only !== undefined && more.length === 0 && typeof value[only] === 'string';
}

/** The field of a call that says what is wanted; undefined: it is none. */
function askedIn(block: Fields): string | undefined {
  if (!/_(?:call|use)$/.test(textOf(block['type']))) return undefined;
  return ['action', 'operation', 'input'].find((key) => block[key] !== undefined);
}

function found(callId: string, text: string): Message {
  return { role: 'user', parts: [{ kind: 'tool-result', callId, parts: [{ kind: 'text', text }] }] };
}

function named(name: string): Message {
  return { role: 'user', parts: [{ kind: 'document', mediaType: 'text/plain', base64: '', name }] };
}

/** A shell's words or lines, as the agents' own shell tools take them. */
function commandIn({ command, commands }: Fields): Fields | undefined {
  const words = command ?? commands;
  if (typeof words === 'string') return { command: words };
  if (!Array.isArray(words)) return undefined;
  const said = listOf(words).map(textOf);
  return { command: command === undefined ? said.join('\n') : said };
}
