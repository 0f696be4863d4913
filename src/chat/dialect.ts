import type { Conversation, Effort } from './conversation.ts';
import type { ChatEvent, Lost } from './events.ts';
import type { Fault } from './fault.ts';
import type { JsonBody } from './json-body.ts';
import type { SseEvent } from './sse.ts';

/** A request body in one dialect, and what of the conversation it could not carry. */
export interface WrittenRequest<Body> {
  readonly body: Body;
  readonly lost: readonly Lost[];
}

/** A client's own body as a provider gets it, and what was taken out of it. */
export interface RewrittenRequest {
  readonly body: Buffer;
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
  /**
   * The key in the last event's data whose string was what it said. If that was all it said, the same event with another
   * string there, that is not empty either, says that string and nothing else. It does not depend on `sequence_number` and
   * `obfuscation`, whatever they are.
   */
  textKey?(): string | undefined;
}

/** The protocols that clients and providers speak. `completions` is the older one for plain text, with a hole to fill. */
export type Dialect = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini' | 'completions';

/** A client's request, read. */
export interface ReadRequest {
  readonly conversation: Conversation;
  /** As the client wrote it; empty where the address names it and not the body. */
  readonly model: string;
  readonly stream: boolean;
  /** What the neutral conversation cannot hold. It is only lost where the answer comes from another dialect. */
  readonly lost: readonly Lost[];
  /** To be given to the {@link AnswerHead} of its answer. */
  readonly form?: AnswerForm;
  /** The client's own key for requests whose prompts begin alike; as good as one for each conversation. Untrusted. */
  readonly cacheKey?: string;
}

/** How a client wants its answer written, where its dialect leaves it a choice. */
export interface AnswerForm {
  /** Chat completions: a stream ends with a chunk that has the usage, and which breaks clients that did not ask for it. */
  readonly usageChunk?: boolean;
  /** Chat completions: a call is a `function_call`, as it was before there were tools. */
  readonly functionCall?: boolean;
  /** Gemini: a stream that was not asked for as events is one JSON list of its chunks. */
  readonly list?: boolean;
}

/** A body that is no request of its dialect. `message` says what is wrong, and where as a path: `messages[2].content`. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';
}

/** What an answer says of itself, and what it answers. */
export interface AnswerHead {
  /** Named as the answer's model. */
  readonly model: string;
  /** Random; the dialect puts its own prefix before it. */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** The request: which of its tools are custom or stand in a namespace decides how a call is written. */
  readonly conversation: Conversation;
  readonly form?: AnswerForm;
  /** Told of each item that is whole, where the dialect lets a later request only name it by its id. */
  itemWritten?(item: { readonly id: string }): void;
}

/** Writes one streamed answer. After the event `finished`, or after `fail`, it is of no further use. */
export interface AnswerWriter {
  /** What to send for this event, as text for the wire; empty when nothing is to be sent yet. */
  event(event: ChatEvent): string;
  /** Ends an answer that cannot go on: the dialect's own error event, which no client takes for a clean end. */
  fail(fault: Fault): string;
}

/** What the policy decided, to be put into a client's body. */
export interface RequestChanges {
  readonly model: string;
  readonly effort?: Effort;
  /** The most that the policy allows; a client may ask for less. In tokens. */
  readonly maxOutputTokens?: number;
  /** The model that gave the conversation's last answer, where that is known: earlier thinking is only good for it. */
  readonly answeredBy?: string;
  /** The answer must not cost more than the list price: no tier of service that has a price of its own. */
  readonly listPrice?: true;
  /** A policy says which model answers: the provider may not ask others of the client's by itself. */
  readonly isChosen?: true;
  /** A policy says where answers may be computed. That is known of a provider as it is set up, so no client moves it. */
  readonly ownRegion?: true;
}

/** A dialect as a server speaks it: the other side of `write-request` and `read-response`. */
export interface ClientDialect {
  readonly id: Dialect;
  /** @throws {RequestFault} */
  readRequest(body: unknown): ReadRequest;
  /**
   * The client's own body with what the policy decided, everything else byte for byte as it was, unknown fields
   * included. What only another model could read, such as the sealed thinking of one that answered before, is taken out.
   */
  rewrite(body: JsonBody, changes: RequestChanges): RewrittenRequest;
  stream(head: AnswerHead): AnswerWriter;
  /** The whole answer as one body. The events end with `finished`. */
  whole(events: readonly ChatEvent[], head: AnswerHead): unknown;
  /** The error envelope, for an answer with this HTTP status. */
  error(status: number, fault: Fault): unknown;
  /** Reads the streams that `stream` writes, for the tap of an answer that passes through. */
  readStream(): StreamDecoder;
  /** Reads the bodies that `whole` writes. */
  readWhole(body: unknown): ChatEvent[];
}
