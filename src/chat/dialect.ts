import type { ChatEvent, Lost } from './events.ts';
import type { SseEvent } from './sse.ts';

/** A request body in one dialect, and what of the conversation it could not carry. */
export interface WrittenRequest<Body> {
  readonly body: Body;
  readonly lost: readonly Lost[];
}

/**
 * Reads one streamed answer. Both calls throw a `StreamFault` when the provider reports an error in the stream or sends
 * what cannot be read; after a throw, or after `finished`, it is of no further use.
 */
export interface StreamDecoder {
  /** The neutral events that this event of the stream means. */
  push(event: SseEvent): ChatEvent[];
  /** Call when the stream has ended. Throws `StreamCut` when the answer had not. */
  end(): ChatEvent[];
}
