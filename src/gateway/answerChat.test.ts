// What is left to do when a client has the end of its answer.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { jsonBody } from '../chat/testing/rewritten.ts';
import type { ChatResult, RouteStatus } from '../contract/messages.ts';
import type { ChatCall } from '../router/door.ts';
import { Afterwards } from './afterwards.ts';
import { answerChat } from './answerChat.ts';
import { clientDialects } from './dialects.ts';
import { readIncoming } from './incoming.ts';
import { Reply } from './reply.ts';
import { WrittenItems } from './writtenItems.ts';

const server = createServer();
afterEach(() => {
  server.removeAllListeners('request');
  server.closeAllConnections();
  server.close();
});

const status: RouteStatus = { state: 'idle', label: '', spoken: '', tooltip: '' };

/** What was done, at the moment when nothing more is to be said to a client. @param heard hears what the client has */
async function doneWith(
  stream: boolean,
  chat: (call: ChatCall) => Promise<ChatResult>,
  heard: (piece: string) => void = () => undefined,
): Promise<readonly string[]> {
  const done: string[] = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const answered = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).then(async ({ body }) => {
    for await (const piece of body ?? []) heard(Buffer.from(piece).toString());
  });
  const [, response] = await once(server, 'request');
  const messages = [{ role: 'user', content: 'hello' }];
  const value = { model: 'auto', stream, messages };
  const known = { roots: async () => [], governance: async () => ({ repository: '/', isGoverned: false }) };
  const incoming = await readIncoming(
    { ...known, knowsProvider: () => false },
    clientDialects['openai-chat'],
    jsonBody(value),
    { headers: {} },
  );
  const afterwards = new Afterwards((error) => done.push(String(error)));
  await answerChat(
    (call) => {
      call.afterwards?.(() => done.push(response.writableEnded ? 'after the end' : 'before it'));
      return chat(call);
    },
    incoming,
    { headers: {}, search: '' },
    {
      reply: new Reply(response),
      signal: AbortSignal.timeout(50_000),
      writtenItems: new WrittenItems(),
      afterwards,
      note: () => undefined,
    },
  );
  const then = [...done];
  await answered;
  return then;
}

const served = async ({ emit }: ChatCall): Promise<ChatResult> => {
  await emit({ kind: 'text', text: 'hi' });
  await emit({ kind: 'finished', reason: 'end' });
  return { kind: 'served', status };
};
const failed = async (): Promise<ChatResult> => ({ kind: 'failed', message: 'It failed.', status });

test.each<[string, boolean, (call: ChatCall) => Promise<ChatResult>]>([
  ['a stream', true, served],
  ['a whole answer', false, served],
  ['a failure', false, failed],
])('is done with the end of %s, before anybody else has a turn', async (_, stream, chat) => {
  expect(await doneWith(stream, chat)).toEqual(['after the end']);
});

test('a stream is not told to be over before the attempt is written down', async () => {
  let said = '';
  let before = '';
  const written = async (call: ChatCall): Promise<ChatResult> => {
    const result = await served(call);
    await expect.poll(() => said).toContain('hi');
    await sleep(50);
    before = said;
    return result;
  };
  await doneWith(true, written, (piece) => {
    said += piece;
  });
  expect(before).not.toMatch(/"finish_reason":"stop"|\[DONE\]/);
  expect(said).toMatch(/"finish_reason":"stop"(?:.|\n)*data: \[DONE\]\n\n$/);
});
