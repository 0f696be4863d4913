import { readAnthropicStream } from '../anthropic/index.ts';
import type { StreamDecoder } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';
import { readGeminiStream } from '../gemini/index.ts';
import { readOpenAiChatStream } from '../openai-chat/index.ts';
import { readOpenAiResponsesStream } from '../openai-responses/index.ts';
import { parseSse } from '../sse.ts';
import type { Dialect } from './recordings.ts';

const decoders: Readonly<Record<Dialect, () => StreamDecoder>> = {
  anthropic: readAnthropicStream,
  'openai-chat': readOpenAiChatStream,
  'openai-responses': readOpenAiResponsesStream,
  gemini: readGeminiStream,
};

export interface Decoded {
  readonly events: readonly ChatEvent[];
  /** What was thrown, where the stream did not end well. */
  readonly thrown: unknown;
}

/** What a consumer sees of a stream that comes in these pieces and then ends. */
export function decode(dialect: Dialect, pieces: readonly (Uint8Array | string)[]): Decoded {
  const parser = parseSse();
  const decoder = decoders[dialect]();
  const events: ChatEvent[] = [];
  try {
    for (const piece of pieces) for (const event of parser.push(piece)) events.push(...decoder.push(event));
    events.push(...decoder.end());
    return { events, thrown: undefined };
  } catch (thrown) {
    return { events, thrown };
  }
}

/** The bytes in pieces that end at these places. */
export function piecesOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((to, index) => bytes.subarray(places[index - 1] ?? 0, to));
}
