import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { policyFile } from '../../test/host/routerStage.ts';
import { addressKey, keyedUrl } from '../contract/gatewayAddress.ts';
import { type Asking, type GatewayStage, startStage } from './testing/stage.ts';

let stage: GatewayStage;
beforeAll(async () => {
  const policy = { version: 1, default: 'own/gpt-6-sol' };
  stage = await startStage({ files: { [policyFile]: JSON.stringify(policy) } });
  const { baseUrl } = stage.simulated.providers['openai'] ?? {};
  stage.composed.providers.reconfigure({
    ...stage.simulated.providers,
    own: { wire: 'openai-chat', baseUrl, key: 'passthrough', simulated: true },
  });
});
beforeEach(() => stage.simulated.openai.forget());
afterAll(() => stage.stop());

const body = { model: 'auto', messages: [{ role: 'user', content: 'hello' }] };
const ask = (asking: Asking): ReturnType<GatewayStage['ask']> => stage.ask('/v1/chat/completions', { body, ...asking });
const sent = (): string => JSON.stringify(stage.simulated.openai.requests);

describe('a client’s own login', () => {
  it('goes on to a provider that is set to take it, beside the gateway’s token', async () => {
    const answer = await ask({ headers: { authorization: 'Bearer own-login' } });
    expect(answer.status, answer.text).toBe(200);
    expect(stage.simulated.openai.requests[0]?.headers['authorization']).toBe('Bearer own-login');
    expect(sent()).not.toContain(stage.token);
  });

  it('goes on from a client that knows no header of ours, and has an address that lets it in', async () => {
    const { pathname } = new URL(keyedUrl(stage.url, stage.token));
    const answer = await stage.ask(`${pathname}/v1/chat/completions`, {
      body,
      token: null,
      headers: { authorization: 'Bearer own-login' },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(stage.simulated.openai.requests[0]?.headers['authorization']).toBe('Bearer own-login');
    expect(sent()).not.toContain(addressKey(stage.token));
  });

  it('goes on without the token, in whatever header or parameter that stands beside it', async () => {
    const answer = await stage.ask(`/v1/chat/completions?a=${stage.token}&b=1`, {
      body,
      headers: {
        authorization: 'Bearer own-login',
        'x-mine': stage.token,
        'x-note': `token=${stage.token};`,
        'x-app': 'a',
      },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(stage.simulated.openai.requests[0]?.headers).toMatchObject({ 'x-app': 'a' });
    expect(sent()).not.toContain(stage.token);
  });

  it.each([
    ['as its key', (token: string): Asking => ({ token: null, headers: { authorization: `Bearer ${token}` } })],
    ['twice', (token: string): Asking => ({ headers: { authorization: `Bearer ${token}` } })],
  ])('is not what a client sends that has the gateway’s token %s', async (_how, asking) => {
    const answer = await ask(asking(stage.token));
    expect(answer.status, answer.text).not.toBe(200);
    expect(sent()).not.toContain(stage.token);
  });

  it.each([401, 403, 429])(
    'that is refused with %i leaves it to the others to try a provider again',
    async (status) => {
      const policy = { version: 1, default: ['own/gpt-6-sol', 'anthropic/claude-haiku-5-5'] };
      await stage.repository.write({ [policyFile]: JSON.stringify(policy) });
      await stage.repository.commit('Somebody takes over');
      const asked = (login: string) => ask({ headers: { authorization: `Bearer ${login}` } });
      const { openai } = stage.simulated;
      openai.behave({ kind: 'status', status: 503, retryAfterMs: 1 });
      expect((await asked('one')).headers['x-routing-model']).toBe('anthropic/claude-haiku-5-5');
      await sleep(20);
      openai.behave({ kind: 'status', status });
      await asked('ended');
      expect(openai.requests, 'it was the one that tried').toHaveLength(2);
      expect((await asked('another')).headers['x-routing-model']).toBe('own/gpt-6-sol');
    },
  );
});
