// Answers to clients that read slowly, have gone, or must not take what they have for a whole answer.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Reply } from './reply.ts';

/** More than lies in any system's buffers between two sockets. */
const much = Buffer.alloc(16 * 1024 * 1024, 'x');

let server: Server;
let response: ServerResponse;
let answer: IncomingMessage;
let reply: Reply;
beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asking = request({ host: '127.0.0.1', port, agent: false });
  // What breaks a connection is what these tests do.
  asking.on('error', () => undefined).end();
  const answered = once(asking, 'response');
  [, response] = await once(server, 'request');
  reply = new Reply(response);
  reply.begin(200, 'text/plain', {});
  response.flushHeaders();
  [answer] = await answered;
  answer.on('error', () => undefined);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const state = async (work: void | Promise<void>): Promise<string> =>
  Promise.race([Promise.resolve(work).then(() => 'done'), sleep(200).then(() => 'waits')]);

it('waits while the client cannot take more, and goes on when it reads', async () => {
  const writing = reply.write(much);
  expect(await state(writing)).toBe('waits');
  answer.resume();
  await writing;
});

it('waits for nobody who has gone: neither then nor later', async () => {
  const writing = reply.write(much);
  expect(await state(writing)).toBe('waits');
  answer.destroy();
  await writing;
  expect(reply.isGone).toBe(true);
  expect(await state(reply.write(much))).toBe('done');
  expect(() => reply.begin(500, 'text/plain', {})).not.toThrow();
});

it('with the end in sight waits for nobody, and all of it goes out', async () => {
  reply.nearsEnd();
  expect(await state(reply.write(much))).toBe('done');
  expect(await state(reply.write('end'))).toBe('done');
  reply.end();
  const pieces = await answer.toArray();
  expect(Buffer.concat(pieces)).toHaveLength(much.length + 3);
  expect(answer.complete).toBe(true);
});

it('that is broken off is no whole answer to anybody', async () => {
  void reply.write('half');
  answer.resume();
  const ended = new Promise((settle) => answer.once('close', settle));
  reply.break();
  await ended;
  expect(answer.complete).toBe(false);
});
