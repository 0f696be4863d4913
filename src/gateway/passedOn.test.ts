import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayStage, startStage } from './testing/stage.ts';

describe('a body that passes through', () => {
  let stage: GatewayStage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.stop());

  it.each([
    ['of plain letters', 'Say "hello".\n'],
    ['of letters that take several bytes', 'Grüße, 你好 — 🦊'],
  ])(
    'arrives as it came, but for what the policy decided, also when it is sent again with more: %s',
    async (_, said) => {
      const { requests } = stage.simulated.anthropic;
      const messages = [{ role: 'user', content: said }];
      for (const turn of ['é', 'è', 'more']) {
        const before = requests.length;
        messages.push({ role: 'assistant', content: said.repeat(600) }, { role: 'user', content: turn });
        const body = { model: 'auto', max_tokens: 50, unknown: said, messages, last: said };
        const answer = await stage.ask('/v1/messages', {
          headers: { 'x-routing-root': stage.repository.folder },
          body,
        });
        expect(answer.status).toBe(200);
        const sent = requests[before]?.body;
        expect(sent).toEqual({ ...body, model: expect.not.stringMatching(/^auto$/) });
      }
    },
  );
});
