// A client that has said its last word and does not read either: what it is still to be sent keeps our side open, so nothing
// but `end` tells that it is gone.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type GatewayStage, startStage } from './testing/stage.ts';

/** In pieces of 100 bytes more than any system's buffers between two sockets. */
const WORDS = 150_000;

let stage: GatewayStage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

test('a client that ends its side while it does not read is gone, and the provider is left alone', async () => {
  const { anthropic } = stage.simulated;
  anthropic.behave({ kind: 'answer', answer: { text: 'word '.repeat(WORDS) } });
  const body = JSON.stringify({
    model: 'auto',
    max_tokens: WORDS * 2,
    stream: true,
    messages: [{ role: 'user', content: 'hello' }],
  });
  const head = [
    'POST /v1/messages HTTP/1.1',
    'host: 127.0.0.1',
    `x-routing-token: ${stage.token}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const socket = connect({ port: stage.port, host: '127.0.0.1', allowHalfOpen: true });
  try {
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    await vi.waitFor(() => expect(anthropic.requests).toHaveLength(1), 20_000);
    // Until what lies between is full, and we wait for the client.
    await sleep(2_500);
    expect(stage.rows(), 'the answer is still under way').toEqual([]);
    socket.end();
    await vi.waitFor(() => expect(stage.rows()).toMatchObject([{ outcome: 'cancelled' }]), 20_000);
  } finally {
    socket.destroy();
  }
});
