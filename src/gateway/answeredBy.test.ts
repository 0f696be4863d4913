// Who an answer's headers say was asked: found out while a provider thinks, and never what was found for another.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonBody } from '../chat/testing/rewritten.ts';
import type { ChatResult, RouteStatus } from '../contract/messages.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { ProviderFailure } from '../providers/failure.ts';
import type { ChatCall } from '../router/door.ts';
import { Afterwards } from './afterwards.ts';
import { answerChat } from './answerChat.ts';
import { clientDialects } from './dialects.ts';
import { readIncoming } from './incoming.ts';
import { Reply } from './reply.ts';
import { WrittenItems } from './writtenItems.ts';

const server = createServer();
const status: RouteStatus = { state: 'idle', label: '', spoken: '', tooltip: '' };
const target = (provider: string): ResolvedTarget => ({
  kind: 'model',
  target: `${provider}/m`,
  provider,
  model: 'm',
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function headersOf(chat: (call: ChatCall) => Promise<ChatResult>): Promise<Headers> {
  const answered = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [, response] = await once(server, 'request');
  const value = { model: 'auto', stream: true, messages: [{ role: 'user', content: 'hello' }] };
  const incoming = await readIncoming(
    {
      roots: async () => [],
      governance: async () => ({ repository: '/', isGoverned: false }),
      knowsProvider: () => false,
    },
    clientDialects['openai-chat'],
    jsonBody(value),
    { headers: {} },
  );
  await answerChat(
    chat,
    incoming,
    { headers: {}, search: '' },
    {
      reply: new Reply(response),
      signal: AbortSignal.timeout(50_000),
      writtenItems: new WrittenItems(),
      afterwards: new Afterwards(() => undefined),
      note: () => undefined,
    },
  );
  const { headers } = await answered;
  return headers;
}

/** As long as it takes until what is done beside a request is done. */
async function think(): Promise<void> {
  for (let n = 0; n < 4; n++) await turn();
}

const failure = new ProviderFailure('overload', 'first', 'Too much.');
const report = {
  target: target('first'),
  place: 0,
  startedAt: 0,
  latencyMs: 0,
  asked: true,
  end: { kind: 'failed', failure, committed: false },
} as const;

test.each<[string, (call: ChatCall) => Promise<ChatResult>, string, string | null]>([
  [
    'the one that answers',
    async ({ asking, emit }) => {
      asking?.(target('first'), 0, [{ where: 'messages[0]', what: 'a picture' }]);
      await think();
      await emit({ kind: 'text', text: 'hi' });
      await emit({ kind: 'finished', reason: 'end' });
      return { kind: 'served', status };
    },
    'first/m',
    'messages[0]: a picture',
  ],
  [
    'the one that takes over, with what it goes without',
    async ({ asking, attempted, emit }) => {
      asking?.(target('first'), 0, [{ where: 'messages[0]', what: 'a picture' }]);
      await think();
      attempted?.(report);
      asking?.(target('second'), 1, [{ where: 'tools[1]', what: 'a name' }]);
      await think();
      await emit({ kind: 'text', text: 'hi' });
      await emit({ kind: 'finished', reason: 'end' });
      return { kind: 'served', status };
    },
    'second/m',
    'tools[1]: a name',
  ],
  [
    'the last that failed, also where it was never about to be asked',
    async ({ asking, attempted }) => {
      asking?.(target('first'), 0, []);
      await think();
      attempted?.(report);
      attempted?.({ ...report, target: target('second'), place: 1 });
      return { kind: 'failed', message: 'Both failed.', status };
    },
    'second/m',
    null,
  ],
])('%s', async (_who, chat, model, lost) => {
  const headers = await headersOf(chat);
  expect(headers.get('x-routing-model')).toBe(model);
  expect(headers.get('x-routing-lost')).toBe(lost);
});
