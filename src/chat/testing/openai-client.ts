import OpenAI from 'openai';
import type { AnswerWriter } from '../dialect.ts';
import type { ChatEvent } from '../events.ts';

/** OpenAI's own client, answered with these pieces of a stream, or with this body. */
export function openAiClient(answer: { readonly stream: readonly Uint8Array[] } | { readonly body: unknown }): OpenAI {
  return new OpenAI({
    baseURL: 'http://127.0.0.1:9/v1',
    apiKey: 'unused',
    maxRetries: 0,
    logLevel: 'off',
    fetch: () => Promise.resolve('stream' in answer ? streamed(answer.stream) : Response.json(answer.body)),
  });
}

function streamed(pieces: readonly Uint8Array[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) if (piece.length > 0) controller.enqueue(piece);
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

/** All that a writer sends for these events. */
export function writtenStream(writer: AnswerWriter, events: readonly ChatEvent[]): Uint8Array {
  return new TextEncoder().encode(events.map((event) => writer.event(event)).join(''));
}
