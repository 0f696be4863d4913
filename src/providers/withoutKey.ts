import type { AnswerHeaders } from './exchange.ts';

// A server that quotes what it was asked with, as those for trying things out do, must not hand our key to the client: what
// a client is told ends in transcripts. Looked for as it was sent; a server that means to give a key away can spell it
// in other ways.

/** A shorter key may be a word that answers are full of, such as what stands for one at a server on this machine. */
const shortestKey = 16;
const blot = '[key]';
const none: Uint8Array = Buffer.alloc(0);

/** A text with the key blotted out, however short that is. */
export function textWithoutKey(text: string, key: string | undefined): string {
  return key === undefined || key === '' ? text : text.replaceAll(key, blot);
}

/** Headers with the key blotted out of their values. */
export function headersWithoutKey(headers: AnswerHeaders, key: string): AnswerHeaders {
  if (key.length < shortestKey || !JSON.stringify(headers).includes(key)) return headers;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value = []]) => [
      name,
      typeof value === 'string' ? textWithoutKey(value, key) : value.map((one) => textWithoutKey(one, key)),
    ]),
  );
}

type Read = () => Promise<Uint8Array | undefined>;

/**
 * Reads the same bytes with the key blotted out, wherever it was cut into pieces. Only what may be the beginning of a
 * key is held back until the next piece, so that a stream of whole events is not delayed. A piece of an answer costs less
 * than a microsecond.
 *
 * @param read gives the next piece, undefined at the end
 */
export function readWithoutKey(read: Read, key: string): Read {
  if (key.length < shortestKey) return read;
  const sought = Buffer.from(key);
  let held = none;
  return async () => {
    for (;;) {
      const piece = await read();
      if (piece === undefined) {
        const rest = held;
        held = none;
        return rest.length === 0 ? undefined : rest;
      }
      const bytes =
        held.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([held, piece]);
      const clean = bytes.includes(sought) ? blotted(bytes, sought) : bytes;
      const end = clean.length - beginningAtEnd(clean, sought);
      held = end === clean.length ? none : clean.subarray(end);
      if (end > 0) return held.length === 0 ? clean : clean.subarray(0, end);
    }
  };
}

/** An answer of `fetch` whose body has the key blotted out. */
export function responseWithoutKey(response: Response, key: string): Response {
  if (key.length < shortestKey || response.body === null) return response;
  const reader = response.body.getReader();
  const read = readWithoutKey(async () => (await reader.read()).value, key);
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        const piece = await read();
        if (piece === undefined) controller.close();
        else controller.enqueue(new Uint8Array(piece));
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

function blotted(bytes: Buffer, sought: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(sought); at >= 0; at = bytes.indexOf(sought, from)) {
    parts.push(bytes.subarray(from, at), Buffer.from(blot));
    from = at + sought.length;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}

/** How many of the last bytes may be the beginning of what is sought. */
function beginningAtEnd(bytes: Buffer, sought: Buffer): number {
  const first = sought[0] ?? 0;
  const from = Math.max(0, bytes.length - sought.length + 1);
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (bytes.subarray(at).equals(sought.subarray(0, bytes.length - at))) return bytes.length - at;
  }
  return 0;
}
