// A provider after its pause, and whose words a client hears.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayStage, startStage } from '../../../src/gateway/testing/stage.ts';
import { policyFile } from '../../host/routerStage.ts';
import { type Answer, properly, startUpstream, type Upstream } from './upstream.ts';

let first: Upstream;
let second: Upstream;
let stage: GatewayStage;
beforeAll(async () => {
  [first, second] = await Promise.all([startUpstream(), startUpstream()]);
  const at = ({ port }: Upstream, wire: string): object => ({
    wire,
    baseUrl: `http://127.0.0.1:${port}${wire === 'openai-chat' ? '/v1' : ''}`,
    auth: 'none',
  });
  stage = await startStage({
    providers: { first: at(first, 'anthropic-messages'), second: at(second, 'anthropic-messages') },
    files: { [policyFile]: JSON.stringify({ version: 1, default: ['first/m', 'second/m'] }) },
  });
});
beforeEach(() => {
  first.answer(properly);
  second.answer(properly);
});
afterAll(async () => {
  await stage.stop();
  await Promise.all([first.stop(), second.stop()]);
});

const refusing =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  ({ dialect, response }) => {
    const body = dialect.error(status, { kind: 'rate-limit', message: 'Words of its own dialect.' });
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
const messages = [{ role: 'user', content: 'hello' }];
const ask = (): ReturnType<GatewayStage['ask']> =>
  stage.ask('/v1/messages', { body: { model: 'auto', max_tokens: 9, messages } });

describe('a provider whose pause is over', () => {
  it('is tried by one request, while the others go to the next', async () => {
    first.answer(refusing(429, { 'retry-after-ms': '150' }));
    expect((await ask()).headers['x-routing-model']).toBe('second/m');
    let answerTrial = (): void => undefined;
    const isAnswered = new Promise<void>((resolve) => {
      answerTrial = resolve;
    });
    first.answer(async (answering) => {
      await isAnswered;
      return properly(answering);
    });
    await sleep(200);
    const trial = ask();
    await expect.poll(() => first.asked).toBe(1);
    const others = await Promise.all([ask(), ask(), ask()]);
    expect(others.map(({ headers }) => headers['x-routing-model'])).toEqual(['second/m', 'second/m', 'second/m']);
    expect(first.asked).toBe(1);
    answerTrial();
    expect((await trial).headers['x-routing-model']).toBe('first/m');
    expect((await ask()).headers['x-routing-model']).toBe('first/m');
  });

  it('serves the others as soon as it answers the one that tries it, however long that goes on', async () => {
    first.answer(refusing(429, { 'retry-after-ms': '150' }));
    expect((await ask()).headers['x-routing-model']).toBe('second/m');
    let end = (): void => undefined;
    const isOver = new Promise<void>((resolve) => {
      end = resolve;
    });
    first.answer(async ({ begin, pieces, response }) => {
      begin();
      const all = pieces();
      response.write(all.slice(0, 5).join(''));
      await isOver;
      response.end(all.slice(5).join(''));
    });
    await sleep(200);
    const body = { model: 'auto', max_tokens: 9, messages, stream: true };
    const trial = stage.ask('/v1/messages', { body });
    await expect.poll(() => first.asked).toBe(1);
    first.answer(properly);
    await expect.poll(async () => (await ask()).headers['x-routing-model']).toBe('first/m');
    end();
    expect((await trial).headers['x-routing-model']).toBe('first/m');
  });
});

describe('a provider’s refusal', () => {
  const refused = async (path: string): Promise<{ readonly type?: string; readonly message?: string }> => {
    first.answer(refusing(429, { 'retry-after-ms': '1' }));
    second.answer(refusing(429, { 'retry-after-ms': '1' }));
    const answer = await stage.ask(path, { body: { model: 'auto', max_tokens: 9, messages } });
    expect(answer.status, answer.text).toBe(429);
    const body: unknown = JSON.parse(answer.text);
    return body as { readonly type?: string; readonly message?: string };
  };

  it('reaches a client of its dialect as it stands', async () => {
    expect(await refused('/v1/messages')).toEqual({
      type: 'error',
      error: { type: 'rate_limit_error', message: 'Words of its own dialect.' },
      request_id: null,
    });
  });

  it('is told in its own dialect to a client of another', async () => {
    await sleep(20);
    const body = await refused('/v1/chat/completions');
    expect(body).not.toHaveProperty('type');
    expect(body).toMatchObject({
      error: { code: 'rate_limit_exceeded', message: expect.stringMatching(/^second\/m: .*Words of its own dialect/) },
    });
  });
});
