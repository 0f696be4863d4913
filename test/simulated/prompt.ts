/** What was asked, whichever wire it came by: just enough to answer it. */
export interface Prompt {
  readonly model: string;
  readonly turns: readonly Turn[];
  readonly tools: readonly OfferedTool[];
  /** In tokens. */
  readonly maxOutputTokens?: number;
  readonly stop: readonly string[];
  readonly thinking: boolean;
  /** JSON Schema that the answer is to keep to. */
  readonly answerSchema?: Json;
  /** The prompt in pieces, in the order in which a provider's cache would see them. */
  readonly segments: readonly Segment[];
}

export interface Segment {
  readonly text: string;
  /** A prompt cache may end here. */
  readonly breakpoint: boolean;
}

export type Turn =
  | { readonly kind: 'system' | 'user' | 'assistant'; readonly text: string }
  | { readonly kind: 'image'; readonly mediaType: string }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly arguments: Json }
  | { readonly kind: 'result'; readonly id: string; readonly text: string };

export interface OfferedTool {
  readonly name: string;
  /** JSON Schema of its arguments. */
  readonly schema: Json;
  /** It takes one plain text, which stands as `input` among a call's arguments. */
  readonly custom?: true;
  /** Where OpenAI's responses name one. */
  readonly namespace?: string;
}

/** A JSON object that came over the wire: nothing in it is trusted to be there. */
export type Json = Readonly<Record<string, unknown>>;

export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The arguments of a tool call as an object; what is no JSON object counts as none. */
export function parsed(text: unknown): Json {
  try {
    return object(JSON.parse(string(text)));
  } catch {
    // A model may have sent anything as arguments; the stand-in has no use for what it cannot read.
    return {};
  }
}
