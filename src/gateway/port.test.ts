// What the port itself lets through, and how requests end with their client or with the gateway.
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rawRequest } from './testing/rawRequest.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

const PATH = '/v1/messages';
const asked = (stage: GatewayStage): number => stage.simulated.anthropic.requests.length;
const body = (stream: boolean): object => ({
  model: 'auto',
  max_tokens: 9,
  stream,
  messages: [{ role: 'user', content: 'hello' }],
});
const text = JSON.stringify(body(false));

let stage: GatewayStage;
beforeAll(async () => {
  stage = await startStage({ limits: { bodyBytes: 64 * 1024, bodyMs: 300 } });
});
beforeEach(() => {
  stage.simulated.anthropic.recover();
  stage.simulated.anthropic.forget();
});
afterAll(() => stage.stop());

const head = (...more: string[]): string =>
  [
    `POST ${PATH} HTTP/1.1`,
    'Host: 127.0.0.1',
    `x-routing-token: ${stage.token}`,
    'Content-Type: application/json',
    ...more,
    '\r\n',
  ].join('\r\n');
const chunk = (piece: string): string => `${piece.length.toString(16)}\r\n${piece}\r\n`;

/** Whether somebody takes connections at an address. */
const isHeld = (host: string): Promise<boolean> =>
  new Promise((settle) => {
    const socket = connect({ host, port: stage.port });
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
    socket.setTimeout(20_000, () => settle(false));
    socket.once('connect', () => socket.destroy());
  });

it('is held on loopback’s own addresses, and on no other of this machine', async () => {
  const others = Object.values(networkInterfaces()).flatMap((found) =>
    (found ?? []).flatMap(({ internal, address, scopeid }) => (internal || scopeid ? [] : address)),
  );
  // All of 127.0.0.0/8 leads to whoever listens on every address.
  for (const address of ['127.0.0.2', ...others]) expect(await isHeld(address), address).toBe(false);
  expect(await isHeld('127.0.0.1')).toBe(true);
});

describe('what two programs could read differently is refused', () => {
  it.each([
    ['a length and pieces', ['Content-Length: 5', 'Transfer-Encoding: chunked'], chunk(text) + chunk('')],
    ['two lengths', [`Content-Length: ${text.length}`, 'Content-Length: 5'], text],
    ['pieces that are packed once more', ['Transfer-Encoding: chunked, gzip'], chunk(text) + chunk('')],
    ['a name with a space behind it', [`Content-Length: ${text.length}`, 'X-Mine : a'], text],
    ['a value with a zero', [`Content-Length: ${text.length}`, 'X-Mine: a\0b'], text],
  ])('%s', async (_, headers, sent) => {
    expect(await rawRequest(stage.port, head(...headers) + sent, 1_000)).toMatch(/^HTTP\/1\.1 400 /);
    expect(asked(stage)).toBe(0);
  });
});

describe('a body that is refused', () => {
  it('for which leave was asked leaves no connection whose next bytes may be that body', async () => {
    const said = await rawRequest(stage.port, head('Content-Length: 99999999', 'Expect: 100-continue'), 1_000);
    expect(said).toMatch(/^HTTP\/1\.1 413 .*\r\nconnection: close\r\n/is);
  });

  it('is not taken in for ever', async () => {
    const socket = connect(stage.port, '127.0.0.1');
    let said = '';
    socket.on('data', (piece: Buffer) => {
      said += piece.toString('latin1');
    });
    const closed = new Promise((settle) => socket.once('close', settle).on('error', () => undefined));
    socket.write(head('Content-Encoding: compress', 'Transfer-Encoding: chunked'));
    const timer = setInterval(() => socket.write(chunk('x')), 50);
    try {
      expect(await Promise.race([closed.then(() => 'closed'), sleep(20_000)])).toBe('closed');
      expect(said).toMatch(/^HTTP\/1\.1 415 /);
    } finally {
      clearInterval(timer);
      socket.destroy();
    }
  });
});

it('a client whose connection breaks without a word is gone, and its provider is left alone', async () => {
  stage.simulated.anthropic.behave({ kind: 'hang' });
  const socket = connect(stage.port, '127.0.0.1', () => {
    socket.write(head(`Content-Length: ${text.length}`) + text);
  });
  await expect.poll(() => asked(stage)).toBe(1);
  socket.resetAndDestroy();
  await expect.poll(() => stage.rows().at(-1)).toMatchObject({ outcome: 'cancelled' });
});

describe('when the gateway ends', () => {
  let ending: GatewayStage;
  beforeEach(async () => {
    ending = await startStage();
  });
  afterEach(() => ending.stop());
  const post = (stream: boolean): Promise<Response> =>
    fetch(ending.url + PATH, {
      method: 'POST',
      headers: { 'x-routing-token': ending.token, 'content-type': 'application/json' },
      body: JSON.stringify(body(stream)),
    });
  const words = /The gateway is shutting down: ask again in a moment\./;

  it('who waits for an answer is told so, and to ask again', async () => {
    ending.simulated.anthropic.behave({ kind: 'hang' });
    const answer = post(false);
    await expect.poll(() => asked(ending)).toBe(1);
    await ending.gateway.dispose();
    const { status, headers } = await answer;
    expect([status, headers.get('x-should-retry')]).toEqual([503, null]);
    expect(await (await answer).text()).toMatch(words);
  });

  it('who has the half of one is told so, and that it is none', async () => {
    ending.simulated.anthropic.behave({ kind: 'slow', perDeltaMs: 2_000 });
    const answer = await post(true);
    await ending.gateway.dispose();
    const said = await answer.text();
    expect(said).toMatch(words);
    expect(said).toContain('event: error');
    expect(said).not.toContain('event: message_stop');
  });
});
