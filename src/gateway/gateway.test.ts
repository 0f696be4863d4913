import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayStage, startStage } from './testing/stage.ts';

let stage: GatewayStage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const hello = { model: 'gpt-6-sol', messages: [{ role: 'user', content: 'hello' }] };

describe('a chat', () => {
  it('is answered by the policy of the only root', async () => {
    const answer = await stage.ask('/v1/chat/completions', { body: hello });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['x-routing-model']).toBe('anthropic/claude-sonnet-5-5');
  });
  it('streams', async () => {
    const answer = await stage.ask('/v1/chat/completions', { body: { ...hello, stream: true } });
    expect(answer.status, answer.text).toBe(200);
  });
  it('routes dry', async () => {
    const answer = await stage.ask('/v1/route', { body: hello });
    expect(answer.status, answer.text).toBe(200);
  });
});
