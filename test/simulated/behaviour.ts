import type { Answer } from './answer.ts';

/** How a simulated provider misbehaves, or what it answers, instead of what it would have made up itself. */
export type Behaviour =
  /** Answers exactly this. */
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** Refuses with this status, in the error form of the wire that was asked. */
  | {
      readonly kind: 'status';
      readonly status: number;
      /** Value of `retry-after`: seconds or an HTTP date. */
      readonly retryAfter?: string;
      /** Value of `retry-after-ms`. */
      readonly retryAfterMs?: number;
      /** OpenAI's `error.code` or Anthropic's `error.type`, where the usual one for the status is not wanted. */
      readonly code?: string;
      readonly message?: string;
    }
  /** Never sends a byte. */
  | { readonly kind: 'hang' }
  /** Closes the connection before the headers. */
  | { readonly kind: 'reset' }
  /** Sends this many deltas and then nothing more. */
  | { readonly kind: 'hang-mid-stream'; readonly afterDeltas?: number }
  /** Sends this many deltas and then breaks the connection. */
  | { readonly kind: 'cut'; readonly afterDeltas?: number }
  /** Sends this many deltas and then ends the body properly, without the wire's own end. */
  | { readonly kind: 'end-early'; readonly afterDeltas?: number }
  /** Sends this many deltas and then the wire's own error event. */
  | { readonly kind: 'stream-error'; readonly afterDeltas?: number; readonly message?: string }
  /** Sends this many deltas and then bytes that are no frame of the wire. */
  | { readonly kind: 'malformed'; readonly afterDeltas?: number }
  /** Answers properly, or exactly this, with this pause before each delta. */
  | { readonly kind: 'slow'; readonly perDeltaMs: number; readonly answer?: Answer }
  /** 200 with an empty body. */
  | { readonly kind: 'empty' };

/** What is to happen next, in order; when it is used up, the provider behaves again. */
export interface Script {
  /** Adds one behaviour for the next `times` requests (default 1; `Infinity` until `recover`). */
  add(behaviour: Behaviour, times?: number): void;
  take(): Behaviour | undefined;
  recover(): void;
}

export function createScript(): Script {
  let queue: { readonly behaviour: Behaviour; left: number }[] = [];
  return {
    add: (behaviour, times = 1) => {
      queue.push({ behaviour, left: times });
    },
    take: () => {
      const first = queue[0];
      if (first === undefined) return undefined;
      first.left -= 1;
      if (first.left <= 0) queue.shift();
      return first.behaviour;
    },
    recover: () => {
      queue = [];
    },
  };
}
