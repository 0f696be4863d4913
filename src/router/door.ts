import type { Dialect, StreamDecoder } from '../chat/dialect.ts';
import type { ChatEvent, Lost } from '../chat/events.ts';
import type { ChatParams } from '../contract/messages.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import type { ForwardRequest } from '../providers/provider.ts';
import type { AttemptReport } from './dispatch.ts';
import type { Prepared } from './prepare.ts';
import type { TextCompletion } from './textCompletion.ts';

/** One chat as it came in at a door, and where its answer goes. */
export interface ChatCall {
  readonly params: ChatParams;
  readonly signal: AbortSignal;
  /** A piece of the answer; nothing is emitted of a target that failed before it said anything. Waited for. */
  emit(event: ChatEvent): void | Promise<void>;
  /** For what is no conversation: this is what a target is asked for, and `params` is what it is judged by. */
  readonly completion?: TextCompletion;
  /** For a client whose own words can go to a provider that speaks its dialect. */
  readonly passage?: Passage;
  /** Told once, before any answer. Not told when nothing could be decided. */
  decided?(prepared: Prepared): void;
  /**
   * Takes what need not be done before the client has the end of its answer. It is to be done right after that, and before
   * anything else of this client is asked. Left out: it is done at once.
   */
  afterwards?(work: () => void): void;
  /** Told after each attempt, before the next begins. */
  attempted?(report: AttemptReport<void>): void;
  /** Told each time a target is about to be asked. `place` is 0 for the first; `lost` is what cannot be said to it. */
  asking?(target: ResolvedTarget, place: number, lost: readonly Lost[]): void;
}

/** What passes through of a client: its body to a provider, and the provider's bytes back. */
export interface Passage extends Pick<ForwardRequest, 'headers' | 'search' | 'stream' | 'credential'> {
  readonly dialect: Dialect;
  /** Reads the dialect's streams and whole answers, to see usage, content and how an answer ends. */
  readStream(): StreamDecoder;
  readWhole(body: unknown): ChatEvent[];
  /** The client's body as this target is to get it. */
  body(target: ResolvedTarget): Pick<ForwardRequest, 'body'> & { readonly lost: readonly Lost[] };
  /** The answer begins: told once, right before its first bytes, when this target has said something. */
  begin(answer: {
    readonly status: number;
    readonly contentType: string;
    readonly headers: Readonly<Record<string, string>>;
  }): void;
  /** Waits while the client cannot take more. */
  write(bytes: Uint8Array): void | Promise<void>;
  /**
   * The last bytes of an answer that is complete. They are kept until the attempt is written down: whoever has read them
   * has been told that the answer ended, and may be gone a moment later, as may this process.
   */
  end(bytes: Uint8Array): void;
  /** The provider's own error has passed through, in the bytes just written: nothing needs to be said any more. */
  faultPassed(): void;
}
