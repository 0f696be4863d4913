import type { Dispatcher } from 'undici';

/** A request with a body, as it goes out: nothing is added to its headers. */
export interface NetworkRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

/** An answer whose head has come. It must be read to its end, or stopped. */
export interface NetworkAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** What has come since the last call, else the next piece; undefined at the end. Throws when the connection breaks. */
  read(): Promise<Uint8Array | undefined>;
  /** Closes the connection if the answer is not complete. */
  stop(): void;
}

/** By lower-case name. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The connection is paused while this much waits to be read. */
const mostWaiting = 1024 * 1024;

/**
 * Sends one request on the dispatcher itself. Beneath `fetch`, because its streams cost twice the time of the exchange:
 * for an answer in 64 pieces 0.64 ms of this process against 0.32 ms.
 */
export function exchange(
  dispatcher: Dispatcher,
  { url, headers, body, signal }: NetworkRequest,
): Promise<NetworkAnswer> {
  return new Promise((resolve, reject) => {
    let connection: Dispatcher.DispatchController | undefined;
    let pieces: Buffer[] = [];
    let waiting = 0;
    let ended = false;
    let failure: { readonly cause: unknown } | undefined;
    let wake: (() => void) | undefined;

    function settle(cause?: { readonly cause: unknown }): void {
      if (ended) return;
      ended = true;
      failure = cause;
      signal.removeEventListener('abort', abort);
      if (cause !== undefined) reject(cause.cause);
      wake?.();
    }

    function abort(): void {
      const { reason } = signal;
      pieces = [];
      settle({ cause: reason });
      connection?.abort(reason instanceof Error ? reason : new Error('The request was cancelled.'));
    }

    async function read(): Promise<Uint8Array | undefined> {
      if (pieces.length === 0 && !ended) {
        await new Promise<void>((woken) => {
          wake = woken;
        });
        wake = undefined;
      }
      const [first] = pieces;
      // What came before a connection broke is still a part of the answer.
      if (first === undefined) {
        if (failure !== undefined) throw failure.cause;
        return undefined;
      }
      const all = pieces.length === 1 ? first : Buffer.concat(pieces);
      pieces = [];
      waiting = 0;
      if (!ended && connection?.paused === true) connection.resume();
      return all;
    }

    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    const path = `${url.pathname}${url.search}`;
    dispatcher.dispatch(
      { origin: url.origin, path, method: 'POST', headers, body },
      {
        onRequestStart: (controller) => {
          connection = controller;
          if (ended) abort();
        },
        onResponseStart: (_controller, status, answered) => {
          // Hints that come before an answer are none.
          if (status >= 200) resolve({ status, headers: answered, read, stop: abortUnread });
        },
        onResponseData: (controller, piece) => {
          if (ended) return;
          pieces.push(piece);
          waiting += piece.length;
          if (waiting > mostWaiting) controller.pause();
          wake?.();
        },
        onResponseEnd: () => settle(),
        onResponseError: (_controller, cause) => settle({ cause }),
      },
    );

    function abortUnread(): void {
      if (ended) return;
      pieces = [];
      const cause = new Error('The answer was not read to its end.');
      settle({ cause });
      connection?.abort(cause);
    }
  });
}
