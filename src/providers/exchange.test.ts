// One request on its way out and its answer back, where either of them ends otherwise than it should.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { directWay } from './dispatchers.ts';
import { exchange, type NetworkAnswer } from './exchange.ts';

let server: Server;
let dispatcher: Dispatcher;
let asked: string[];
let respond: (response: ServerResponse) => void;
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    respond(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  dispatcher = directWay({ connections: 1 });
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await dispatcher.destroy();
});

function ask(path: string, signal = AbortSignal.timeout(50_000)): Promise<NetworkAnswer> {
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/${path}`);
  return exchange(dispatcher, {
    url,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{}'),
    signal,
  });
}
const textOf = (piece: Uint8Array | undefined): string => Buffer.from(piece ?? []).toString();

it('hints before an answer are none', async () => {
  respond = (response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.writeProcessing();
    response.writeHead(201).end('whole');
  };
  const answer = await ask('a');
  expect([answer.status, textOf(await answer.read()), await answer.read()]).toEqual([201, 'whole', undefined]);
});

it('one that is given up while it waits for a connection never goes out', async () => {
  const held: ServerResponse[] = [];
  respond = (response) => held.push(response);
  const first = ask('first');
  await expect.poll(() => asked).toEqual(['/first']);
  const given = new AbortController();
  const second = ask('second', given.signal);
  await sleep(20);
  given.abort(new Error('Given up.'));
  await expect(second).rejects.toThrow('Given up.');
  held[0]?.end('done');
  expect(textOf(await (await first).read())).toBe('done');
  respond = (response) => response.end('third');
  expect(textOf(await (await ask('third')).read())).toBe('third');
  expect(asked).toEqual(['/first', '/third']);
});

it('what came before a connection broke is still a part of the answer', async () => {
  respond = (response) => {
    response.writeHead(200).write('half');
    setTimeout(() => response.destroy(), 50);
  };
  const answer = await ask('a');
  await sleep(300);
  expect(textOf(await answer.read())).toBe('half');
  await expect(answer.read()).rejects.toThrow();
});

it('nothing is read any more of an answer that was cancelled, and its connection is closed', async () => {
  const closed = new Promise((settle) => {
    respond = (response) => {
      response.once('close', settle).writeHead(200).write('half');
    };
  });
  const cancelled = new AbortController();
  const answer = await ask('a', cancelled.signal);
  await sleep(100);
  cancelled.abort(new Error('Cancelled.'));
  await expect(answer.read()).rejects.toThrow('Cancelled.');
  await closed;
});
