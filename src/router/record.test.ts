// What a request's attempts are written down with is found out once, ahead; it is that of each attempt all the same.
import { expect, test } from 'vitest';
import type { Attempt, Surface } from '../usage/attempt.ts';
import type { Recorder, RouterContext } from './context.ts';
import { prepareRecord, recordRefusal } from './record.ts';
import { routerHere } from './router.fixture.ts';

test('each attempt is written down for the surface that it came by, and each request with its own words', async () => {
  const { router, params } = await routerHere({ version: 1, default: 'anthropic/claude-haiku-5-5' });
  const rows: Attempt[] = [];
  const recorder: Pick<Recorder, 'record' | 'inForce'> = {
    record: (attempt) => rows.push(attempt),
    inForce: () => undefined,
  };
  const context = { recorder, newId: () => `${rows.length}`, settings: () => ({ trusted: true }) };
  const here = context as Partial<RouterContext> as RouterContext;
  const decided = (client: string) => router.decide(params(client, { client }), AbortSignal.timeout(10_000));
  const [one, other] = [await decided('one'), await decided('other')];
  prepareRecord(here, one, 'chat');
  for (const surface of ['agent', 'chat'] satisfies Surface[]) recordRefusal(here, one, surface, 'blocked');
  recordRefusal(here, other, 'chat', 'blocked');
  expect(rows.map(({ surface, client, requestId }) => [surface, client, requestId])).toEqual([
    ['agent', 'one', one.requestId],
    ['chat', 'one', one.requestId],
    ['chat', 'other', other.requestId],
  ]);
});
