import type { Conversation } from '../chat/conversation.ts';
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
  /** Milliseconds until the first byte of the answer; after that the same again between two chunks. */
  readonly deadlineMs: number;
}

export interface ChatStream {
  readonly events: AsyncIterable<ChatEvent>;
  readonly lost: readonly Lost[];
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
  /** Model ids it is known to serve, for the quick pick and for completion in the policy file. */
  models?(options: CallOptions): Promise<readonly string[]>;
  dispose?(): void;
}
