/**
 * One neutral conversation: what every dialect's request is read into and written from. It keeps what both sides of a
 * translation can say; what a dialect cannot carry is listed in `Lost`, never dropped in silence.
 */
export interface Conversation {
  /** The system's instructions, in order. */
  readonly system: readonly SystemPart[];
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  /** `false`: one call at a time. */
  readonly parallelToolCalls?: false;
  /** In tokens. */
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stop?: readonly string[];
  readonly effort?: Effort;
  /** How wordy the answer should be, where it is not to be as usual. */
  readonly verbosity?: 'low' | 'high';
  readonly output?: {
    readonly kind: 'json-schema';
    readonly name: string;
    readonly schema: unknown;
    readonly strict?: boolean;
  };
  readonly notes?: ProviderNotes;
}

/** What a client says to the provider about its request, and not to the model. Only OpenAI's dialects have all of it. */
export interface ProviderNotes {
  /** Of service: sooner for more, or later for less. */
  readonly tier?: 'flex' | 'scale' | 'priority';
  /** For the provider's records. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Ids of the person, under the older name and under the one that took its place. */
  readonly user?: string;
  readonly safetyId?: string;
}

/** How much a model should think, from least to most. */
export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'max';

export interface SystemPart {
  readonly text: string;
  /** A prompt cache may end here. */
  readonly cacheBreakpoint?: boolean;
}

export type Message =
  | { readonly role: 'user'; readonly parts: readonly UserPart[] }
  | { readonly role: 'assistant'; readonly parts: readonly AssistantPart[] };

export type UserPart =
  | { readonly kind: 'text'; readonly text: string; readonly cacheBreakpoint?: boolean }
  | {
      readonly kind: 'image';
      readonly mediaType: string;
      readonly base64: string;
      readonly detail?: ImageDetail;
      readonly cacheBreakpoint?: boolean;
    }
  | { readonly kind: 'image-url'; readonly url: string; readonly detail?: ImageDetail }
  | { readonly kind: 'document'; readonly mediaType: string; readonly base64: string; readonly name?: string }
  | {
      readonly kind: 'tool-result';
      readonly callId: string;
      readonly parts: readonly ToolResultPart[];
      readonly failed?: boolean;
      readonly cacheBreakpoint?: boolean;
    };

/** How closely an image should be looked at, where that is not left to the provider. */
export type ImageDetail = 'low' | 'high';

export type ToolResultPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly mediaType: string; readonly base64: string };

export type AssistantPart =
  | { readonly kind: 'text'; readonly text: string; readonly cacheBreakpoint?: boolean }
  | ThinkingPart
  | {
      readonly kind: 'tool-call';
      readonly callId: string;
      readonly name: string;
      /** JSON text, as the model wrote it: check it before use. Of a custom tool, its plain input. */
      readonly arguments: string;
      /** A call of a custom tool. */
      readonly custom?: boolean;
      /** The namespace that its tool stands in. */
      readonly namespace?: string;
    };

/**
 * A model's thinking. A signature or a sealed text is only good for the maker's own models, and for newer ones only for
 * the very model that wrote it: `maker` and `model` say whose it is, and without a maker it is not sent back.
 */
export interface ThinkingPart {
  readonly kind: 'thinking';
  readonly text: string;
  readonly signature?: string;
  /** Thinking that the provider gives only in sealed form. */
  readonly sealed?: string;
  readonly id?: string;
  readonly maker?: string;
  readonly model?: string;
}

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** A JSON Schema. */
  readonly parameters: unknown;
  /** Calls are to obey the schema to the letter. */
  readonly strict?: true;
  /** A custom tool takes plain text, of this format where one is given; dialects without such wrap it in one string. */
  readonly custom?: { readonly format?: unknown };
  /** The group that it was offered in; two groups may have tools of one name. */
  readonly namespace?: string;
  readonly cacheBreakpoint?: boolean;
}

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'required' }
  | { readonly kind: 'tool'; readonly name: string };

export type StopReason = 'end' | 'length' | 'tool-calls' | 'stop-sequence' | 'refusal';
