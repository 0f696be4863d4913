// What a request's attempts are written down with is found out once, ahead; it is that of each attempt all the same.
import { expect, test } from 'vitest';
import { ProviderFailure } from '../providers/failure.ts';
import type { Attempt, Surface } from '../usage/attempt.ts';
import type { Recorder, RouterContext } from './context.ts';
import type { AttemptReport } from './dispatch.ts';
import { prepareRecord, recordAttempt, recordRefusal } from './record.ts';
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
  const decided = (client: string) => router.decide(params(client, { client }), AbortSignal.timeout(50_000));
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

test('an attempt is written down with what is known of it, and without a word of what is not', async () => {
  const { router, params } = await routerHere({ version: 1, default: 'anthropic/claude-haiku-5-5' });
  const rows: Attempt[] = [];
  let isSimulated = true;
  let setting: object = {};
  const context = {
    recorder: { record: (attempt: Attempt) => rows.push(attempt), inForce: () => undefined },
    newId: () => 'id',
    settings: () => ({ trusted: true, team: 'ours' }),
    providers: {
      get: () => ({ facts: () => ({ simulated: isSimulated }) }),
      describe: () => ({ row: { setting } }),
    },
  };
  const here = context as unknown as RouterContext;
  const asked = params('hello', { client: 'codex', requestedModel: 'anthropic/claude-haiku-5-5' });
  const prepared = await router.decide(asked, AbortSignal.timeout(50_000));
  const target = { kind: 'model', target: 'anthropic/claude-haiku-5-5', provider: 'anthropic' } as const;
  const whole: AttemptReport<unknown> = {
    target: { ...target, model: 'claude-haiku-5-5' },
    place: 1,
    startedAt: 5,
    latencyMs: 20,
    firstTokenMs: 0,
    usage: {
      inputTokens: 100,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 10,
      reasoningTokens: 0,
      estimated: false,
    },
    servedModel: 'claude-haiku-5-5-20261001',
    asked: true,
    end: { kind: 'served', result: undefined },
  };
  const task = { id: 'task', conversation: 'conversation', fileKeys: [] };
  const first = recordAttempt(here, prepared, 'gateway', whole, { task, fallbackFrom: 'openai/gpt-6-sol' });
  expect(first).toBe(rows[0]);
  const known = {
    id: 'id',
    requestId: prepared.requestId,
    at: 5,
    surface: 'gateway',
    kind: 'chat',
    class: 'default',
    rule: 'default',
    policyHash: prepared.decision.policyHash,
    team: 'ours',
    client: 'codex',
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    place: 1,
    latencyMs: 20,
    billing: 'metered',
  };
  const { costNanoUsd = 0 } = first;
  expect(costNanoUsd).toBeGreaterThan(0);
  expect(first).toStrictEqual({
    ...known,
    ...(prepared.facts.requested ? { requestedModel: prepared.facts.requested } : {}),
    ...(first.overridden ? { overridden: 'client' } : {}),
    taskId: 'task',
    conversation: 'conversation',
    servedModel: 'claude-haiku-5-5-20261001',
    fallbackFrom: 'openai/gpt-6-sol',
    inputTokens: 100,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 10,
    reasoningTokens: 0,
    usageEstimated: false,
    costNanoUsd,
    billedNanoUsd: 0,
    priceSource: first.priceSource,
    priceAsOf: first.priceAsOf,
    firstTokenMs: 0,
    outcome: 'served',
    simulated: true,
  });
  isSimulated = false;
  setting = { discountPercent: 25 };
  const { usage, ...rest } = whole;
  const { usage: _, firstTokenMs: __, servedModel: ___, ...bare } = whole;
  const failure = new ProviderFailure('server', 'anthropic', 'It failed.');
  const failed = { ...bare, end: { kind: 'failed', failure, committed: false } } as const;
  const without = { requestedModel: undefined, overridden: undefined, taskId: undefined, conversation: undefined };
  expect(recordAttempt(here, prepared, 'gateway', failed, {})).toEqual({
    ...first,
    ...known,
    ...without,
    requestedModel: first.requestedModel,
    overridden: first.overridden,
    ...Object.fromEntries(
      'servedModel fallbackFrom inputTokens cacheReadTokens cacheWriteTokens outputTokens reasoningTokens usageEstimated costNanoUsd billedNanoUsd firstTokenMs simulated'
        .split(' ')
        .map((name) => [name, undefined]),
    ),
    outcome: 'failed',
    failure: 'server',
  });
  const billed = (report: AttemptReport<unknown>): Partial<Attempt> => {
    const { costNanoUsd: cost, billedNanoUsd, billing } = recordAttempt(here, prepared, 'chat', report, {});
    return { costNanoUsd: cost, billedNanoUsd, billing } as Partial<Attempt>;
  };
  expect(billed(whole)).toEqual({ costNanoUsd, billedNanoUsd: Math.round(costNanoUsd * 0.75), billing: 'metered' });
  expect(billed({ ...rest, usage: { ...usage, otherPrice: true } as NonNullable<typeof usage> })).toEqual({
    billing: 'metered',
  });
  setting = { billing: 'seat', discountPercent: 25 };
  expect(billed(whole)).toEqual({ costNanoUsd, billedNanoUsd: 0, billing: 'seat' });
});
