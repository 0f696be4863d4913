import type { StreamDecoder } from '../chat/dialect.ts';
import type { ChatEvent } from '../chat/events.ts';
import { StreamFault } from '../chat/fault.ts';
import { parseSse } from '../chat/sse.ts';
import { jsonOrUndefined } from '../chat/untrusted.ts';
import type { Call } from './call.ts';
import { longestStream, longestWhole, tooMuch } from './longest.ts';

/** The two forms in which a dialect answers. */
export interface AnswerReaders {
  stream(): StreamDecoder;
  whole(body: unknown): ChatEvent[];
}

/** After the answer's own end, how long the connection may take to end too and be used again. Milliseconds. */
const tailMs = 200;

/**
 * The events of an answer as they arrive. Throws a ProviderFailure when the provider fails, when it is silent for longer
 * than the deadline, when the answer is cut and when the caller cancels. Stopping to read closes the connection.
 */
export async function* readAnswer(
  response: Response,
  readers: AnswerReaders,
  call: Call,
): AsyncGenerator<ChatEvent, void> {
  call.answerBegan();
  let open: Reader | undefined;
  let isRead = false;
  try {
    if (isJson(response)) {
      // Some servers answer whole although they were asked to stream.
      const body = jsonOrUndefined(await readText(response, call));
      if (body === undefined) throw new StreamFault('cut', 'The provider ended the answer before it was complete.');
      isRead = true;
      yield* readers.whole(body);
      return;
    }
    if (isPage(response)) {
      throw new StreamFault('malformed', 'The provider answered with a page for people. Check its "baseUrl".');
    }
    open = yield* readStream(response, readers.stream(), call);
    isRead = open === undefined;
  } catch (error) {
    throw call.failure(error);
  } finally {
    // Nobody waits for what follows an answer's end.
    if (open !== undefined) void drain(open).then((wasRead) => (wasRead ? call.complete() : call.end()));
    else if (isRead) call.complete();
    else call.end();
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** Returns what is left to read behind the answer's end. */
async function* readStream(
  response: Response,
  decoder: StreamDecoder,
  call: Call,
): AsyncGenerator<ChatEvent, Reader | undefined> {
  const parser = parseSse();
  const reader = response.body?.getReader();
  let size = 0;
  if (reader !== undefined) {
    for (;;) {
      const { done, value } = await call.waitFor(reader.read());
      if (done) break;
      size += value.length;
      if (size > longestStream) throw new StreamFault('malformed', tooMuch(longestStream));
      for (const event of parser.push(value)) {
        for (const meant of decoder.push(event)) {
          yield meant;
          if (meant.kind === 'finished') return reader;
        }
      }
    }
  }
  // An aborted body may end as if it were complete.
  call.signal.throwIfAborted();
  if (size === 0) throw new StreamFault('malformed', 'The provider answered with an empty body.');
  yield* decoder.end();
  return undefined;
}

/** Reads what follows the answer's end, so that the connection can be used again; not for long. Whether all of it was read. */
async function drain(reader: Reader): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), tailMs);
  });
  try {
    for (;;) {
      const piece = await Promise.race([reader.read(), enough]);
      if (piece?.done !== false) return piece !== undefined;
    }
  } catch {
    // The answer is complete: how its connection ends no longer matters.
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body as text, under the call's deadline. Throws a malformed fault beyond 32 MB. */
export async function readText(response: Response, call: Call): Promise<string> {
  call.answerBegan();
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader !== undefined) {
    const { done, value } = await call.waitFor(reader.read());
    if (done) break;
    text += decoder.decode(value, { stream: true });
    if (text.length > longestWhole) throw new StreamFault('malformed', tooMuch(longestWhole));
  }
  call.signal.throwIfAborted();
  return text;
}

function isJson(response: Response): boolean {
  return /\bapplication\/json\b/i.test(response.headers.get('content-type') ?? '');
}

/** A sign-in page of a network, or an address that is a web site's: never an answer. */
function isPage(response: Response): boolean {
  return /\btext\/html\b/i.test(response.headers.get('content-type') ?? '');
}
