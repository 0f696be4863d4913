import type { Conversation } from '../chat/conversation.ts';
import type { Dialect } from '../chat/dialect.ts';
import type { ChatEvent, Lost } from '../chat/events.ts';
import type { Usage } from '../models/model.ts';
import type { ProviderFacts } from '../routing/state.ts';

/** A fill-in-the-middle request after the decision. */
export interface CompletionRequest {
  readonly model: string;
  readonly prefix: string;
  readonly suffix: string;
  /** Repository-relative, for prompts that name the file; never an absolute path. */
  readonly path?: string;
  /** The repository's root, for a completer in this process; never sent anywhere. */
  readonly root?: string;
  readonly languageId?: string;
  readonly multiline: boolean;
  /** In tokens. */
  readonly maxOutputTokens: number;
  readonly stop?: readonly string[];
}

export interface CompletionResult {
  /** The text to insert at the cursor; empty when the model has nothing to say. */
  readonly text: string;
  readonly usage: Usage;
  readonly servedModel?: string;
  /** 0..1, where the completer knows it. */
  readonly confidence?: number;
}

/** A chat request after the decision. */
export interface ChatRequest {
  readonly model: string;
  readonly conversation: Conversation;
  /** Stable over one conversation, for caches that want a key; random, not a name. */
  readonly conversationKey?: string;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until the head of the answer has come; where nothing else is said, the same again between two pieces. */
  readonly deadlineMs: number;
  /** For models that think: what may take them longer than to take the request on. */
  readonly patience?: Patience;
}

/** In milliseconds. */
export interface Patience {
  /** Between two pieces of a stream. */
  readonly silenceMs: number;
  /** Until an answer that is not streamed begins, of which nothing is to be seen while the model is at work. */
  readonly wholeMs: number;
}

export interface ChatStream {
  readonly events: AsyncIterable<ChatEvent>;
  readonly lost: readonly Lost[];
}

/** A client's own request, which goes to a provider of the same dialect as it is. */
export interface ForwardRequest {
  readonly operation: 'answer' | 'count-tokens';
  readonly model: string;
  /** JSON text, with the model and whatever else the policy decided already in it. Nothing may write into it. */
  readonly body: Buffer;
  readonly stream: boolean;
  /** The client's headers that belong to the dialect, by lower-case name. No credential is among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The query of the client's address, such as `?beta=true`; else empty. */
  readonly search: string;
  /** The client's own credential, for a provider whose key is `passthrough`; given to no other. */
  readonly credential?: { readonly header: string; readonly value: string };
}

/** An answer as the provider sends it, status 200–299. */
export interface ForwardedAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Headers that clients of the dialect read, such as `request-id` and rate limits, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Byte for byte. Throws a ProviderFailure where a connection breaks, falls silent past the deadline or is cancelled. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Passing a client's body through to a provider that speaks the client's dialect. */
export interface Forward {
  readonly dialect: Dialect;
  /** Throws a ProviderFailure, with `refusal` where the provider answered with an error. */
  send(request: ForwardRequest, options: CallOptions): Promise<ForwardedAnswer>;
}

/**
 * Carries a decided request to one provider. Both calls throw {@link ./failure.ts ProviderFailure} and nothing else;
 * aborting the signal stops the provider's work and throws a failure of kind `cancelled`.
 */
export interface Provider {
  readonly id: string;
  facts(): ProviderFacts;
  complete?(request: CompletionRequest, options: CallOptions): Promise<CompletionResult>;
  chat?(request: ChatRequest, options: CallOptions): Promise<ChatStream>;
  /** Where bodies of its own dialect can pass through. */
  readonly forward?: Forward;
  /** Model ids it is known to serve, for the quick pick and for completion in the policy file. */
  models?(options: CallOptions): Promise<readonly string[]>;
  dispose?(): void;
}
