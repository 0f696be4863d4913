import type {
  AssistantPart,
  Conversation,
  Message,
  SystemPart,
  Tool,
  ToolResultPart,
  UserPart,
} from '../chat/conversation.ts';
import { countTokens } from './countTokens.ts';

/** What makers charge for an image of the size that clients scale to (about 1.2 megapixels). */
export const IMAGE_TOKENS = 1_500;
/** A page of a document costs its text and a picture of it. */
export const PAGE_TOKENS = 2_500;
/** A page of a typical PDF takes this many bytes. */
const BYTES_PER_PAGE = 60_000;
/** Roles and separators around each message. */
const MESSAGE_TOKENS = 4;
/** What frames the description of a tool, and a call of one. */
const TOOL_TOKENS = 8;
/** So many of a request's characters are counted, which takes a fifth of a second; of the others, one in sixteen. */
const CHARACTERS_COUNTED = 2_000_000;
const SAMPLE_LENGTH = 512;
const SAMPLE_EVERY = 16 * SAMPLE_LENGTH;
/** Code and prose without a tokenizer at hand: bytes of a text document to a token. */
const BYTES_PER_TOKEN = 4;

/**
 * The tokens of a text, for any model: 5–15 % off before calibration, in time proportional to the length.
 * Text that looks like a model's own special tokens is counted as the text that it is.
 */
export function estimateTokens(text: string): number {
  return countTokens(text);
}

/** Counts the tokens of a text, as {@link estimateTokens} does. */
export type CountTokens = (text: string) => number;

/**
 * The input tokens of a request. Images and documents count by the constants above, tools as the JSON that is sent.
 * Messages and tools that are the same in memory as in a request before are counted once.
 *
 * Of more text than any model takes, samples are counted: nobody waits seconds for a figure that says as much.
 *
 * @param exact for who remembers what texts came to
 */
export function estimateConversationTokens(conversation: Conversation, exact: CountTokens = estimateTokens): number {
  const { system, tools, messages, output } = conversation;
  const counting = new Counting(exact);
  const { count } = counting;
  let tokens = 0;
  for (const part of system) tokens += partTokens(part, count);
  tokens +=
    counting.known(tools) ?? counting.once(tools, () => tools.reduce((sum, tool) => sum + toolTokens(tool, count), 0));
  for (const message of messages) {
    tokens += counting.known(message) ?? counting.once(message, () => messageTokens(message, count));
  }
  if (output !== undefined) tokens += jsonTokens(output.schema, count);
  return tokens;
}

/** What something came to of which every text was counted, and how many characters they have. */
interface Counted {
  readonly tokens: number;
  readonly characters: number;
}

const countedBefore = new WeakMap<object, Counted>();

/** Counts texts as told while they are few, and by samples what is beyond. */
class Counting {
  readonly #exact: CountTokens;
  #left = CHARACTERS_COUNTED;
  #isSampled = false;

  constructor(exact: CountTokens) {
    this.#exact = exact;
  }

  readonly count: CountTokens = (text) => {
    if (text.length > this.#left) {
      this.#isSampled = true;
      return sampledTokens(text);
    }
    this.#left -= text.length;
    return this.#exact(text);
  };

  /** What something came to when it was counted before; undefined where it was not, or is too long to be counted now. */
  known(whole: object): number | undefined {
    const known = countedBefore.get(whole);
    if (known === undefined || known.characters > this.#left) return undefined;
    this.#left -= known.characters;
    return known.tokens;
  }

  /** @param tokensOf counts all the texts of `whole`, which nobody writes into */
  once(whole: object, tokensOf: () => number): number {
    const left = this.#left;
    const tokens = tokensOf();
    if (!this.#isSampled) countedBefore.set(whole, { tokens, characters: left - this.#left });
    return tokens;
  }
}

function sampledTokens(text: string): number {
  let sample = '';
  for (let at = 0; at < text.length; at += SAMPLE_EVERY) sample += text.slice(at, at + SAMPLE_LENGTH);
  return sample === '' ? 0 : Math.round((estimateTokens(sample) * text.length) / sample.length);
}

function messageTokens({ parts }: Message, count: CountTokens): number {
  let tokens = MESSAGE_TOKENS;
  for (const part of parts) tokens += partTokens(part, count);
  return tokens;
}

function partTokens(
  part: UserPart | AssistantPart | ToolResultPart | (SystemPart & { kind?: undefined }),
  count: CountTokens,
): number {
  switch (part.kind) {
    case undefined:
    case 'text':
      return count(part.text);
    case 'thinking':
      return count(part.text) + base64Bytes(part.sealed ?? '') / BYTES_PER_TOKEN;
    case 'image':
    case 'image-url':
      return IMAGE_TOKENS;
    case 'document':
      return documentTokens(part.mediaType, base64Bytes(part.base64));
    case 'tool-call':
      return TOOL_TOKENS + count(part.name) + count(part.arguments);
    case 'tool-result':
      return part.parts.reduce((sum, inner) => sum + partTokens(inner, count), TOOL_TOKENS);
    default:
      return part satisfies never;
  }
}

function documentTokens(mediaType: string, bytes: number): number {
  return /^text\/|json|xml/.test(mediaType)
    ? Math.ceil(bytes / BYTES_PER_TOKEN)
    : Math.max(1, Math.ceil(bytes / BYTES_PER_PAGE)) * PAGE_TOKENS;
}

function base64Bytes(base64: string): number {
  return Math.ceil(base64.length * 0.75);
}

function toolTokens(tool: Tool, count: CountTokens): number {
  return TOOL_TOKENS + count(tool.name) + count(tool.description ?? '') + jsonTokens(tool.parameters, count);
}

function jsonTokens(value: unknown, count: CountTokens): number {
  return count(jsonOf(value));
}

/** A client that declares the same tools again has them in the same objects, whose texts then stay the same too. */
const written = new WeakMap<object, string>();

function jsonOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const known = written.get(value) ?? JSON.stringify(value);
  written.set(value, known);
  return known;
}
