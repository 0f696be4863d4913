import { StreamFault } from '../chat/fault.ts';
import { jsonOrUndefined } from '../chat/untrusted.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { ProviderFailure } from '../providers/failure.ts';
import { longestWhole, tooMuch } from '../providers/longest.ts';
import type { CallOptions, Forward, ForwardedAnswer, ForwardRequest } from '../providers/provider.ts';
import type { AttemptTap } from './dispatch.ts';
import type { Passage } from './door.ts';
import { hear, Overheard } from './overheard.ts';

/**
 * What may come before the first content, in bytes, without what is still one event: the frames around an answer, with what
 * some repeat of the request in them, and pictures as they come about.
 */
const longestPrelude = 8 * 1024 * 1024;
/** After an answer's own end, how long its connection may take to end too, and be used again. Milliseconds. */
const tailMs = 200;

/** One body on its way through to a provider that speaks the client's dialect. */
export interface Forwarding {
  readonly forward: Forward;
  readonly passage: Passage;
  readonly target: ResolvedTarget;
  /** The body as this target gets it. */
  readonly body: ForwardRequest['body'];
  readonly options: CallOptions;
  readonly tap: AttemptTap;
}

/**
 * Passes a client's body to a provider, and the provider's bytes back as they come. What comes before the first content
 * is held, so that a target that fails at once leaves no trace in the answer of the next one. The stream is read on the
 * way for its usage and for how it ends: an answer that is cut is a failure here, whatever the connection says.
 *
 * @throws {ProviderFailure}
 */
export async function forwardChat({ forward, passage, target, body, options, tap }: Forwarding): Promise<void> {
  const { headers, search, stream, credential } = passage;
  const request = { operation: 'answer', model: target.model, body, stream, headers, search } as const;
  const answer = await forward.send(credential ? { ...request, credential } : request, options);
  try {
    if (isEventStream(answer)) await passStream(answer, passage, tap);
    else await passWhole(answer, passage, tap);
  } catch (error) {
    throw error instanceof StreamFault ? asFailure(error, target.provider) : error;
  }
}

/**
 * What follows a complete answer is read beside the way, so that the connection can be used again. How it ends, or whether
 * it ever does, is nobody's concern.
 */
async function drain(pieces: AsyncIterator<Uint8Array>): Promise<void> {
  const timer = setTimeout(() => void pieces.return?.(), tailMs);
  timer.unref();
  try {
    while ((await pieces.next()).done !== true);
  } catch {
    // The answer is complete: how its connection ends no longer matters.
  } finally {
    clearTimeout(timer);
  }
}

async function passStream(answer: ForwardedAnswer, passage: Passage, tap: AttemptTap): Promise<void> {
  const overheard = new Overheard(passage.readStream(), tap);
  const held: Uint8Array[] = [];
  let begun = false;
  const begin = async (): Promise<void> => {
    begun = true;
    tap.commit();
    passage.begin(answer);
    for (const earlier of held) await passage.write(earlier);
    held.length = 0;
  };
  const pieces = answer.bytes[Symbol.asyncIterator]();
  try {
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      const bytes = next.value;
      try {
        overheard.push(bytes);
      } catch (fault) {
        if (begun || overheard.hasContent) {
          if (!begun) await begin();
          // What cannot be read is no error of the dialect, and what follows it may say a clean end: the client is still to
          // be told that it was none.
          const isTold = fault instanceof StreamFault && fault.kind !== 'malformed';
          await passage.write(isTold ? bytes : bytes.subarray(0, overheard.understood));
          if (isTold) passage.faultPassed();
        }
        throw fault;
      }
      if (overheard.hasContent && !begun) await begin();
      if (begun && overheard.isFinished) passage.end(bytes);
      else if (begun) {
        const taken = passage.write(bytes);
        // Mostly there is nothing to wait for, and hundreds of pieces to do it with.
        if (taken !== undefined) await taken;
      } else if (overheard.size <= longestPrelude) held.push(bytes);
      else throw new StreamFault('malformed', 'The provider sent 8 MB before the first word; it was given up.');
      if (overheard.isFinished) break;
    }
  } finally {
    // The client's end comes first.
    if (overheard.isFinished) setImmediate(() => void drain(pieces));
    else await pieces.return?.();
  }
  overheard.end();
  // It ended as it should and said nothing: in one dialect that is an answer like another.
  if (begun) return;
  const last = held.pop();
  await begin();
  if (last !== undefined) passage.end(last);
}

async function passWhole(answer: ForwardedAnswer, passage: Passage, tap: AttemptTap): Promise<void> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.bytes) {
    pieces.push(piece);
    size += piece.byteLength;
    if (size > longestWhole) throw new StreamFault('malformed', tooMuch(longestWhole));
  }
  const bytes = Buffer.concat(pieces);
  const body = jsonOrUndefined(bytes.toString('utf8'));
  if (body === undefined) throw new StreamFault('malformed', 'The provider answered with something that is not JSON.');
  for (const event of passage.readWhole(body)) hear(event, tap);
  tap.commit();
  passage.begin(answer);
  passage.end(bytes);
}

function isEventStream({ contentType }: ForwardedAnswer): boolean {
  return /\btext\/event-stream\b/i.test(contentType);
}

function asFailure(fault: StreamFault, provider: string): ProviderFailure {
  return new ProviderFailure(fault.kind, provider, fault.message, { cause: fault });
}
