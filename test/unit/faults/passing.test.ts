// What passes through to a provider of the client's dialect, where its connection or the client's login is the trouble.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayStage, startStage } from '../../../src/gateway/testing/stage.ts';
import { ownPause, ownTimeOf } from '../../host/ownClock.ts';
import { policyFile } from '../../host/routerStage.ts';
import { properly, spokenAnswer, startUpstream, type Upstream } from './upstream.ts';

let own: Upstream;
let paid: Upstream;
let stage: GatewayStage;
beforeAll(async () => {
  [own, paid] = await Promise.all([startUpstream(), startUpstream()]);
  const at = ({ port }: Upstream): object => ({ wire: 'anthropic-messages', baseUrl: `http://127.0.0.1:${port}` });
  stage = await startStage({
    providers: { own: { ...at(own), key: 'passthrough' }, paid: { ...at(paid), auth: 'none' } },
    files: { [policyFile]: JSON.stringify({ version: 1, default: ['own/m', 'paid/m'] }) },
  });
});
beforeEach(() => {
  own.answer(properly);
  paid.answer(properly);
});
afterAll(async () => {
  await stage.stop();
  await Promise.all([own.stop(), paid.stop()]);
});

const ask = (login?: string): ReturnType<GatewayStage['ask']> =>
  stage.ask('/v1/messages', {
    headers: login === undefined ? {} : { authorization: `Bearer ${login}` },
    body: { model: 'auto', max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'hello' }] },
  });

describe('a client with a login of its own', () => {
  it('hears that it has ended, and nobody is paid instead; others are served as before', async () => {
    own.answer(({ dialect, response }) => {
      const body = dialect.error(401, { kind: 'authentication', message: 'Your login has ended.' });
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const refused = await ask('old');
    expect([refused.status, JSON.parse(refused.text).error.message]).toEqual([401, 'Your login has ended.']);
    expect(paid.asked).toBe(0);
    own.answer(properly);
    expect((await ask('new')).headers['x-routing-model']).toBe('own/m');
  });

  it('is not kept from its provider by one that has none', async () => {
    expect((await ask()).headers['x-routing-model']).toBe('paid/m');
    expect((await ask('new')).headers['x-routing-model']).toBe('own/m');
  });
});

describe('an answer that has ended', () => {
  it('is not held up by a connection that stays open behind it', async () => {
    own.answer(({ begin, pieces, response }) => {
      begin();
      response.write(pieces(spokenAnswer).join(''));
    });
    let text = '';
    const tookMs = await ownTimeOf(async () => {
      ({ text } = await ask('new'));
    });
    expect(tookMs).toBeLessThan(8_000);
    expect(text).toMatch(/event: message_stop\ndata: .*\n\n$/);
    expect(stage.rows().at(-1)).toMatchObject({
      outcome: 'served',
      failure: null,
      output_tokens: 7,
      usage_estimated: 0,
    });
    await expect.poll(() => own.abandoned).toBe(1);
  });

  it('was served though its client hangs up before the provider does', async () => {
    own.answer(async ({ begin, pieces, response }) => {
      begin();
      response.write(pieces(spokenAnswer).join(''));
      await ownPause(100);
      response.end();
    });
    const gone = new AbortController();
    const response = await fetch(`${stage.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-routing-token': stage.token, authorization: 'Bearer new', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'hi' }] }),
      signal: gone.signal,
    });
    let text = '';
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString();
      if (text.includes('message_stop')) break;
    }
    gone.abort();
    await expect
      .poll(() => stage.rows().at(-1))
      .toMatchObject({ outcome: 'served', output_tokens: 7, usage_estimated: 0 });
  });
});

describe('an answer without a word, translated', () => {
  const afterTool = [
    { role: 'user', content: 'what is there?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'nothing' },
  ];
  const look = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
  const silent = (reason: 'end' | 'length'): void =>
    paid.answer(({ begin, pieces, response }) => {
      begin();
      response.end(
        pieces([...spokenAnswer.slice(0, 2), ...spokenAnswer.slice(-2, -1), { kind: 'finished', reason }]).join(''),
      );
    });

  it.each([
    ['is one after the results of tools', afterTool, 'end', 200],
    ['is one where its length was used up before the first', [{ role: 'user', content: 'hello' }], 'length', 200],
    ['is none to a question', [{ role: 'user', content: 'hello' }], 'end', 502],
  ] as const)('%s', async (_, messages, reason, status) => {
    silent(reason);
    const body = { model: 'auto', messages, tools: [look] };
    expect((await stage.ask('/v1/chat/completions', { body })).status).toBe(status);
    stage.composed.router.configure({
      trusted: true,
      completions: { enabled: true, maximumDelayMs: 100, timeoutMs: 3_000 },
      chat: { timeoutMs: 10_000 },
    });
  });
});
