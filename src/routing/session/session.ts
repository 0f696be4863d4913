/** Why a request is another attempt at what was asked before. */
export type RetryReason =
  /** The same words were sent again in the same conversation. */
  | 'repeated'
  /** What the last answer edited was undone. */
  | 'undone'
  /** The agent's own checks failed three times in a row. */
  | 'checks-failed';

/** What is remembered of the conversation that a request belongs to. */
export interface Session {
  /** The same for every request of a task, whatever happens in between, and of no other; random. */
  readonly taskId: string;
  /** The target that answered last, for which class it was chosen, and what of the conversation its provider said it has in a cache, in tokens. */
  readonly last?: { readonly target: string; readonly class: string; readonly cachedTokens: number };
  /** A model waits for the results of its tools: the request goes on with an answer that has begun. */
  readonly inToolLoop: boolean;
  /** The client has put a summary in place of the conversation since the last answer: no cache holds it. */
  readonly compacted: boolean;
  /** Left out for a first attempt. */
  readonly retry?: RetryReason;
  /** The last answer was given for this very attempt: what it went to stays. */
  readonly isSameAttempt?: boolean;
}
