// An answer that passes through and breaks in the middle: whose word the client has of that.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewayStage, startStage } from '../../../src/gateway/testing/stage.ts';
import { policyFile } from '../../host/routerStage.ts';
import { type Answering, startUpstream, type Upstream } from './upstream.ts';

let upstream: Upstream;
let stage: GatewayStage;
beforeAll(async () => {
  upstream = await startUpstream();
  const own = { wire: 'anthropic-messages', baseUrl: `http://127.0.0.1:${upstream.port}`, auth: 'none' };
  stage = await startStage({
    providers: { own },
    files: { [policyFile]: JSON.stringify({ version: 1, default: 'own/m' }) },
  });
});
afterAll(async () => {
  await stage.stop();
  await upstream.stop();
});

it.each<[what: string, last: (answering: Answering) => string, words: RegExp]>([
  ['cannot be read any more', () => 'event: content_block_delta\ndata: {"type": nothing}\n\n', /own/],
  [
    'has the provider’s own error in it',
    ({ fail }) => fail({ kind: 'overload', message: 'Its own words.' }),
    /Its own words\./,
  ],
  ['stops', () => '', /own/],
])('a stream that %s ends with one error, and never as a whole answer', async (_, last, words) => {
  upstream.answer((answering) => {
    const { begin, pieces, response } = answering;
    begin();
    response.write(pieces().slice(0, 6).join(''));
    response.end(last(answering));
  });
  const { status, text } = await stage.ask('/v1/messages', {
    body: { model: 'auto', max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'hello' }] },
  });
  expect(status).toBe(200);
  const errors = text.split('\n\n').filter((frame) => frame.includes('event: error'));
  expect(errors).toEqual([expect.stringMatching(words)]);
  expect(text).not.toContain('message_stop');
  expect(stage.rows().at(-1)).toMatchObject({ provider: 'own', outcome: 'cut' });
});
