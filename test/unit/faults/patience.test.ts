// How long a provider is waited for: to take a request on, for its first word, and between two pieces of an answer.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { spoken } from '../../../src/gateway/testing/requests.ts';
import { type GatewayStage, startStage } from '../../../src/gateway/testing/stage.ts';
import { policyFile } from '../../host/routerStage.ts';
import { goByOwnTime } from './ownTime.ts';
import { type Answering, properly, spokenAnswer, startUpstream, type Upstream, words } from './upstream.ts';

/** A fifth of what it may be silent for. */
const timeoutMs = 403;

let own: Upstream;
let next: Upstream;
let goByTheWall: () => void;
let stage: GatewayStage;

beforeAll(async () => {
  goByTheWall = goByOwnTime(timeoutMs);
  [own, next] = await Promise.all([startUpstream(), startUpstream()]);
  const at = ({ port }: Upstream): object => ({
    wire: 'anthropic-messages',
    baseUrl: `http://127.0.0.1:${port}`,
    auth: 'none',
  });
  stage = await startStage({
    providers: { own: at(own), next: at(next) },
    files: { [policyFile]: JSON.stringify({ version: 1, default: ['own/m', 'next/m'] }) },
  });
});
beforeEach(() => {
  next.answer(properly);
  waitFor(10_000);
});
afterAll(async () => {
  goByTheWall();
  await stage.stop();
  await Promise.all([own.stop(), next.stop()]);
});

function waitFor(ms: number): void {
  stage.composed.router.configure({
    trusted: true,
    completions: { enabled: true, maximumDelayMs: 100, timeoutMs: 3_000 },
    chat: { timeoutMs: ms },
  });
}

const clients = spoken.filter(({ dialect }) => dialect === 'anthropic-messages' || dialect === 'openai-chat');
const ask = (client: (typeof clients)[number], stream: boolean): ReturnType<GatewayStage['ask']> =>
  stage.ask(client.path(stream), { body: client.body('hello', stream) });

/** Says that it is still there, for as long as it is listened to. */
async function ping(response: Answering['response'], times = Infinity): Promise<void> {
  for (let i = 0; i < times && !response.destroyed; i++) {
    response.write('event: ping\ndata: {"type": "ping"}\n\n: still here\n\n');
    await sleep(10);
  }
}

describe.each(clients)('for a client that speaks $dialect', (client) => {
  it('a provider that only says that it is still there is left for the next', async () => {
    waitFor(timeoutMs);
    own.answer(({ begin, pieces, response }) => {
      begin();
      response.write(pieces(spokenAnswer.slice(0, 2)).join(''));
      return ping(response);
    });
    const answer = await ask(client, true);
    expect([answer.status, answer.headers['x-routing-model']], answer.text).toEqual([200, 'next/m']);
    expect(stage.rows().at(-2)).toMatchObject({ provider: 'own', failure: 'timeout', outcome: 'failed' });
    await expect.poll(() => own.abandoned).toBe(1);
  });

  it('one that floods it before its first word is left for the next', async () => {
    let sent = 0;
    own.answer(async ({ begin, response }) => {
      begin();
      const flood = `: ${'x'.repeat(65_000)}\n\n`;
      for (; !response.destroyed && sent < 300_000_000; sent += flood.length)
        if (!response.write(flood)) await sleep(0);
    });
    waitFor(timeoutMs);
    const answer = await ask(client, true);
    expect([answer.status, answer.headers['x-routing-model']], answer.text).toEqual([200, 'next/m']);
  });

  it.each([true, false])(
    'one that thinks for longer than it took to begin is waited for (streamed: %s)',
    async (stream) => {
      waitFor(timeoutMs);
      own.answer(async ({ begin, pieces, response, stream: isStream }) => {
        const [first = '', ...rest] = pieces();
        if (isStream) {
          begin();
          response.write(first);
        }
        await sleep(1_200);
        if (!isStream) begin();
        response.end((isStream ? '' : first) + rest.join(''));
      });
      const answer = await ask(client, stream);
      expect(answer.headers['x-routing-model'], answer.text).toBe('own/m');
      expect(next.asked).toBe(0);
    },
  );

  it('one that has begun may pause for longer than it had for its first word, as long as it says that it is there', async () => {
    waitFor(timeoutMs);
    own.answer(async ({ begin, pieces, response }) => {
      begin();
      const all = pieces();
      response.write(all.slice(0, 5).join(''));
      await ping(response, 220);
      response.end(all.slice(5).join(''));
    });
    const answer = await ask(client, true);
    expect(answer.headers['x-routing-model'], answer.text).toBe('own/m');
    expect(answer.text).toContain(words.at(-1)?.trim());
  });
});
