import { inSeconds } from '../providers/call.ts';
import { ProviderFailure } from '../providers/failure.ts';
import type { CallOptions } from '../providers/provider.ts';
import type { AttemptTap } from './dispatch.ts';
import type { ChatCall } from './door.ts';

/**
 * How much longer than to take a request on a model may take to think: for the first words of a stream and between two
 * pieces of it, and for an answer that is not streamed. With a minute to take it on, that is what clients themselves wait:
 * five minutes of silence, and ten for a whole answer.
 */
const timesForSilence = 5;
const timesForWhole = 10;

/** The deadlines of a chat, from how long a provider may take to take it on. Milliseconds. */
export function patienceOf(timeoutMs: number): Required<Omit<CallOptions, 'signal'>> {
  const patience = { silenceMs: timeoutMs * timesForSilence, wholeMs: timeoutMs * timesForWhole };
  return { deadlineMs: timeoutMs, patience };
}

/** How long a provider may take in all until the first content, in milliseconds. */
export function beginsWithin(timeoutMs: number, { passage }: Pick<ChatCall, 'passage'>): number {
  const { silenceMs, wholeMs } = patienceOf(timeoutMs).patience;
  return passage?.stream === false ? wholeMs : silenceMs;
}

export interface Watched {
  readonly provider: string;
  readonly signal: AbortSignal;
  readonly tap: AttemptTap;
  /** Until the first content, in milliseconds. */
  readonly ms: number;
}

/**
 * Gives an attempt up that comes to no content. Signs of life do not count: a provider that says again and again that it
 * is still there keeps the person waiting, and the next one from being asked.
 *
 * @throws {ProviderFailure} of kind `timeout`, and whatever the work throws
 */
export async function untilContent<Result>(
  { provider, signal, tap, ms }: Watched,
  work: (signal: AbortSignal, tap: AttemptTap) => Promise<Result>,
): Promise<Result> {
  const own = new AbortController();
  let isLate = false;
  const cancel = (): void => own.abort(signal.reason);
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  const timer = setTimeout(() => {
    isLate = true;
    own.abort();
  }, ms);
  const commit = (): void => {
    clearTimeout(timer);
    tap.commit();
  };
  try {
    return await work(own.signal, { ...tap, commit });
  } catch (error) {
    if (!isLate || signal.aborted) throw error;
    const message = `"${provider}" sent nothing of an answer for ${inSeconds(ms)}.`;
    throw new ProviderFailure('timeout', provider, message, { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}
