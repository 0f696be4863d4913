import { describe, expect, test } from 'vitest';
import { ownPause } from '../../test/host/ownClock.ts';
import { readAnthropicResponse, readAnthropicStream } from '../chat/anthropic/index.ts';
import { readAnswer } from './answer.ts';
import { startCall } from './call.ts';

const frame = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const start = frame({ type: 'message_start', message: { id: 'm', model: 'm', usage: { input_tokens: 3 } } });
const end =
  frame({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }) +
  frame({ type: 'message_stop' });
const whole = JSON.stringify({
  type: 'message',
  id: 'm',
  model: 'm',
  content: [{ type: 'text', text: 'hi' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 1 },
});
const readers = { stream: readAnthropicStream, whole: readAnthropicResponse };
const endpoint = { id: 'there', host: 'there.example', withoutKey: (text: string) => text };

/** Whether the call was cancelled, a while after its answer was read as far as it is. */
async function wasCancelled(body: BodyInit, type: string, most = Number.POSITIVE_INFINITY): Promise<boolean> {
  const { signal } = new AbortController();
  const call = startCall(endpoint, { signal, deadlineMs: 5_000 }, () => ({ kind: 'server', message: '' }));
  let read = 0;
  try {
    for await (const _event of readAnswer(new Response(body, { headers: { 'content-type': type } }), readers, call)) {
      read += 1;
      if (read >= most) break;
    }
  } catch {
    // What became of the answer is not asked here.
  }
  await ownPause(400);
  return call.signal.aborted;
}

function stream(pieces: readonly string[], isOpen: boolean): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      if (!isOpen) controller.close();
    },
  });
}

const events = 'text/event-stream';

describe('a call whose answer', () => {
  test.each<[string, () => BodyInit, string, number?]>([
    ['is a stream that was read to its end', () => stream([start, end], false), events],
    ['is whole', () => whole, 'application/json'],
  ])('%s is not cancelled: nothing is left of it', async (_what, body, type) => {
    expect(await wasCancelled(body(), type)).toBe(false);
  });

  test.each<[string, () => BodyInit, string, number?]>([
    ['is complete, and whose connection never ends', () => stream([start, end], true), events],
    ['is read no further', () => stream([start], true), events, 1],
    ['is cut', () => stream([start], false), events],
    ['is a page', () => '<html>', 'text/html'],
    ['is half of one', () => whole.slice(0, 40), 'application/json'],
  ])('%s is cancelled', async (_what, body, type, most) => {
    expect(await wasCancelled(body(), type, most)).toBe(true);
  });
});
