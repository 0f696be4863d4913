// A body that one who takes over refuses, and the one after.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewayStage, startStage } from '../../../src/gateway/testing/stage.ts';
import { policyFile } from '../../host/routerStage.ts';
import { type Answer, properly, startUpstream, type Upstream } from './upstream.ts';

let upstreams: readonly Upstream[];
let stage: GatewayStage;
beforeAll(async () => {
  upstreams = await Promise.all([startUpstream(), startUpstream(), startUpstream()]);
  const names = ['first', 'second', 'third'];
  stage = await startStage({
    providers: Object.fromEntries(
      upstreams.map(({ port }, n) => [
        names[n],
        { wire: 'anthropic-messages', baseUrl: `http://127.0.0.1:${port}`, auth: 'none' },
      ]),
    ),
    files: { [policyFile]: JSON.stringify({ version: 1, default: names.map((name) => `${name}/m`) }) },
  });
});
afterAll(async () => {
  await stage.stop();
  await Promise.all(upstreams.map(({ stop }) => stop()));
});

const refusing =
  (status: number): Answer =>
  ({ dialect, response }) => {
    const body = dialect.error(status, { kind: status === 503 ? 'overload' : 'bad-request', message: 'Not this.' });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const ask = (): ReturnType<GatewayStage['ask']> =>
  stage.ask('/v1/messages', {
    body: { model: 'auto', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] },
  });

it.each<[what: string, statuses: readonly number[], status: number, asked: readonly number[]]>([
  ['by the first is for its client to know', [400, 200, 200], 400, [1, 0, 0]],
  [
    'by one that takes over keeps nobody from the next: the body was written for the first',
    [503, 400, 200],
    200,
    [1, 1, 1],
  ],
])('what is refused %s', async (_, statuses, status, asked) => {
  upstreams.forEach((upstream, n) => {
    const said = statuses[n] ?? 200;
    upstream.answer(said === 200 ? properly : refusing(said));
  });
  const answer = await ask();
  expect([answer.status, upstreams.map((upstream) => upstream.asked)]).toEqual([status, asked]);
});
