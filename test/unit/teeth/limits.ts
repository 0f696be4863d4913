// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// What may never be and what may be spent: `constraints`, `budgets`, `attestations`, `prices`.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { type Bench, CORE, HAIKU, is, OPUS, type Request, SOL, SONNET, type Teeth, type Tooth } from './bench.ts';

const REVIEW = { review: { senior: { who: '@acme/staff' } } };

export function constraintTeeth(bench: Bench): Teeth {
  const { under, configure, stage } = bench;
  const rule = (parts: object): object => ({
    default: [SONNET, SOL],
    constraints: [{ id: 'no-such', reason: 'because it is so', ...parts }],
  });
  /** One of two providers says where or how it keeps data. */
  const only = (facts: object): Promise<void> => {
    const { anthropic, openai, codestral } = stage.simulated.providers;
    return configure({ providers: { anthropic, codestral, openai: { ...openai, ...facts } } });
  };
  return {
    'constraints.id': () => is(under(rule({ block: true })), 'blocked', /Refused by `no-such`/),
    'constraints.reason': () => is(under(rule({ block: true })), 'blocked', /because it is so/),
    'constraints.mode': () => is(under(rule({ block: true, mode: 'observe' })), SONNET, /`no-such` only observes/),
    'constraints.when': async () => {
      await is(under(rule({ block: true, when: { kind: 'plan' } })), SONNET);
      await is(under(rule({ block: true, when: { kind: 'chat' } })), 'blocked');
    },
    'constraints.allow': () => is(under(rule({ allow: ['openai/*'] })), SOL, /not admitted by `no-such`: allow/),
    'constraints.deny': () => is(under(rule({ deny: ['maker:anthropic'] })), SOL, /not admitted by `no-such`: deny/),
    'constraints.hosts': async () => {
      await is(under(rule({ hosts: ['api.example.com'] })), 'blocked', /because it is so/);
      await is(under(rule({ hosts: ['127.0.0.1'] })), SONNET);
    },
    'constraints.local': async () => {
      await only({ local: true });
      await is(under(rule({ local: true })), SOL, /not admitted by `no-such`: local/);
    },
    'constraints.block': () => is(under(rule({ block: true })), 'blocked'),
    'constraints.residency': async () => {
      await only({ residency: 'eu' });
      await is(under(rule({ residency: ['eu'] })), SOL, /not admitted by `no-such`: residency/);
    },
    'constraints.retention': async () => {
      await only({ retention: 'zero' });
      await is(under(rule({ retention: 'zero' })), SOL, /not admitted by `no-such`: retention/);
    },
    'constraints.maxCostUsd': () => is(under(rule({ maxCostUsd: 0.000_001 })), 'blocked', /could bring the task to/),
    'constraints.review': () =>
      is(under({ ...REVIEW, ...rule({ review: 'senior' }) }), SONNET, /Gate `senior` is not enforced here/),
    'constraints.attested': () => is(under(rule({ attested: true })), 'blocked', /attested \(no attestation\)/),
    'constraints.else': () =>
      is(
        under({ default: SONNET, constraints: [{ id: 'no', deny: ['anthropic/*'], else: SOL, reason: 'because' }] }),
        SOL,
        /`no` gives instead/,
      ),
    'constraints.until': async () => {
      await is(under(rule({ block: true, until: '2020-01-01' })), SONNET);
      await is(under(rule({ block: true, until: '2999-01-01' })), 'blocked');
    },
  };
}

export function budgetTeeth(bench: Bench): Teeth {
  const { under, send, rows, stage, configure, ledger } = bench;
  const budget = (usd: number, parts: object): object => ({
    default: OPUS,
    budgets: [{ id: 'purse', per: 'developer', period: 'month', usd, then: 'block', ...parts }],
  });
  /** Every answer costs some three times what it is estimated at: half of what one has cost has room for one by its estimate. */
  const answersAtLength = (): void =>
    stage.simulated.anthropic.behave(
      { kind: 'answer', answer: { text: 'word'.repeat(6_000) } },
      Number.POSITIVE_INFINITY,
    );
  /** Spends something, and says how much in dollars. */
  const spend = async (request: Request = {}): Promise<number> => {
    answersAtLength();
    await is(under({ default: OPUS }, request), OPUS);
    const spent = rows().reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0) / 1e9;
    expect(spent).toBeGreaterThan(0);
    return spent;
  };
  /** What was spent just before a day, week or month began does not count in it, and what is spent in it does. */
  const lasts =
    (period: 'day' | 'week' | 'month'): Tooth =>
    async () => {
      const spent = await spend();
      await spend();
      await is(under(budget(spent * 1_000, { period })), OPUS);
      const now = new Date();
      const days = { day: 0, week: (now.getUTCDay() + 6) % 7, month: now.getUTCDate() - 1 }[period];
      const begun = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - days);
      ledger(`UPDATE attempts SET at = ${begun - 1}`);
      // Sums go on from the row where they ended; where that is gone they begin anew.
      ledger('DELETE FROM attempts WHERE rowid > (SELECT MAX(rowid) FROM attempts) - 2');
      await is(under(budget(spent / 2, { period })), OPUS);
      await is(
        under(budget(spent / 2, { period })),
        'blocked',
        { day: /midnight UTC/, week: /until Monday/, month: /next month/ }[period],
      );
    };
  const step = (written: (then: unknown) => object): Readonly<Record<'warn' | 'ask' | 'block' | 'down', Tooth>> => {
    const at =
      (then: unknown, target: string, said: RegExp): Tooth =>
      async () => {
        const spent = await spend();
        await is(under(budget(spent * 0.75, { then: undefined, ...written(then) })), target, said);
      };
    return {
      warn: at('warn', OPUS, /Budget `purse` warns/),
      ask: at('ask', 'blocked', /asks before more is spent, and nobody has allowed it/),
      block: at('block', 'blocked', /Refused by budget `purse`/),
      down: at({ downgradeTo: HAIKU }, HAIKU, /Budget `purse` chose a cheaper model/),
    };
  };
  const atOnce = step((then) => ({ then }));
  const atSteps = step((then) => ({ steps: [{ at: 100, then }] }));
  /** Nobody on this machine knows what others have spent. */
  const elsewhere =
    (per: string): Tooth =>
    async () => {
      await is(under(budget(1_000, { per })), 'blocked', /purse.*not known/);
      await is(under(budget(1_000, { per, onUnknown: 'open' })), OPUS, /Budget `purse` is not enforced here/);
    };
  return {
    'budgets.id': async () => is(under(budget((await spend()) / 2, {})), 'blocked', /budget `purse`/),
    'budgets.usd': async () => {
      const spent = await spend();
      await is(under(budget(spent * 100, {})), OPUS);
      await is(under(budget(spent / 2, {})), 'blocked');
    },
    'budgets.when': async () => {
      const spent = await spend();
      await is(under(budget(spent / 2, { when: { kind: 'plan' } })), OPUS);
      // What was spent before anybody asked for this condition met no condition that is known.
      await is(under(budget(spent / 2, { when: { kind: 'chat' } })), OPUS);
      await is(under(budget(spent / 2, { when: { kind: 'chat' } })), 'blocked');
    },
    'budgets.per: developer': async () => is(under(budget((await spend()) / 2, { per: 'developer' })), 'blocked'),
    'budgets.per: class': async () => {
      const classes = [{ id: 'sums', when: { touches: [CORE] }, use: OPUS }];
      const policy = { ...budget(0.06, { per: 'class' }), classes };
      answersAtLength();
      await is(under(policy, { works: [CORE] }), OPUS);
      await is(send({ works: [CORE] }), 'blocked');
      await is(send(), OPUS);
    },
    'budgets.per: repo': async () => {
      const policy = budget((await spend()) / 2, { per: 'repo' });
      await is(under(policy), 'blocked');
      const other = await stage.newRepository({ '.routing-policy.json': JSON.stringify({ version: 1, ...policy }) });
      await is(send(bench.inRepository(other)), OPUS);
    },
    'budgets.per: task': async () => {
      const conversationId = randomUUID();
      const policy = budget((await spend({ conversationId })) / 2, { per: 'task', period: undefined });
      await is(under(policy, { conversationId }), 'blocked');
      await is(send({ conversationId: randomUUID() }), OPUS);
    },
    'budgets.per: team': elsewhere('team'),
    'budgets.per: org': elsewhere('org'),
    'budgets.period: day': lasts('day'),
    'budgets.period: week': lasts('week'),
    'budgets.period: month': lasts('month'),
    'budgets.then: warn': atOnce.warn,
    'budgets.then: ask': atOnce.ask,
    'budgets.then: block': atOnce.block,
    'budgets.then.downgradeTo': atOnce.down,
    'budgets.steps.then: warn': atSteps.warn,
    'budgets.steps.then: ask': atSteps.ask,
    'budgets.steps.then: block': atSteps.block,
    'budgets.steps.then.downgradeTo': atSteps.down,
    'budgets.steps.at': async () => {
      const usd = (await spend()) / 0.6;
      await is(under(budget(usd, { then: undefined, steps: [{ at: 90, then: 'block' }] })), OPUS);
      await is(under(budget(usd, { then: undefined, steps: [{ at: 30, then: 'block' }] })), 'blocked');
    },
    ...Object.fromEntries(
      (['open', 'closed'] as const).map((onUnknown) => [
        `budgets.onUnknown: ${onUnknown}`,
        async () => {
          const { anthropic } = stage.simulated.providers;
          await configure({ providers: { lab: { ...anthropic, prices: {} } } });
          const policy = { ...budget(1_000, { onUnknown }), default: 'lab/some-new-model' };
          await is(under(policy), onUnknown === 'open' ? 'lab/some-new-model' : 'blocked', /price/);
        },
      ]),
    ),
  };
}

export function attestationTeeth(bench: Bench): Teeth {
  const { under, unenforced } = bench;
  const files = '.routing/attestations/*.json';
  const asked = { constraints: [{ id: 'proof', attested: true, reason: 'validated before use' }] };
  const unread =
    (parts: object): Tooth =>
    async () => {
      const policy = { ...asked, attestations: { files, ...parts } };
      await is(under(policy), 'blocked', /no attestation/);
      await unenforced(policy, 'attestations');
    };
  const missing =
    (onMissing: string, target: string, said: RegExp): Tooth =>
    () =>
      is(under({ ...asked, attestations: { files, onMissing } }), target, said);
  return {
    'attestations.files': unread({}),
    'attestations.keys': unread({ keys: ['risk-2026'] }),
    'attestations.eval.minPassRate': unread({ eval: { minPassRate: 0.9, maxAgeDays: 90 } }),
    'attestations.eval.confidence': unread({ eval: { minPassRate: 0.9, maxAgeDays: 90, confidence: 0.9 } }),
    'attestations.eval.minTasks': unread({ eval: { minPassRate: 0.9, maxAgeDays: 90, minTasks: 5 } }),
    'attestations.eval.maxAgeDays': unread({ eval: { minPassRate: 0.9, maxAgeDays: 1 } }),
    'attestations.adversarial.maxAgeDays': unread({ adversarial: { maxAgeDays: 1 } }),
    'attestations.adversarial.maxSuccessRate': unread({ adversarial: { maxAgeDays: 1, maxSuccessRate: 0 } }),
    'attestations.onMissing: skip': missing('skip', 'blocked', /no attestation/),
    'attestations.onMissing: block': missing('block', 'blocked', /no attestation/),
    'attestations.onMissing: warn': missing('warn', SONNET, /is used without an attestation/),
  };
}

export function priceTeeth(bench: Bench): Teeth {
  const { under, rows, configure, stage } = bench;
  // A person's own prices win; this provider has none.
  const bare = (): Promise<void> =>
    configure({ providers: { lab: { ...stage.simulated.providers['anthropic'], prices: {} } } });
  const lab = 'lab/claude-sonnet-5-5';
  const rates = { inputUsd: 0, outputUsd: 0, cacheReadUsd: 0, cacheWriteUsd: 0, asOf: '2026-01-02' };
  /** One rate of a contract counts, and all else is free. Long enough for a cache, and said twice so that it is read. */
  const counts =
    (rate: string, column: string): Tooth =>
    async () => {
      await bare();
      const policy = { prices: { [lab]: { ...rates, [rate]: 1_000 } } };
      const system = `You are an agent. ${'Be brief and to the point. '.repeat(400)}${randomUUID()}`;
      for (const text of ['one', 'two']) await is(under({ default: lab, ...policy }, { system, text }), lab);
      const charged = rows().map((row): readonly unknown[] => [
        row.cost_nano_usd,
        Number(Reflect.get(row, column)) * 1e6,
      ]);
      expect(charged.map(([cost]) => cost)).toEqual(charged.map(([, expected]) => expected));
      expect(charged.some(([cost]) => Number(cost) > 0)).toBe(true);
    };
  return {
    'prices.*.inputUsd': counts('inputUsd', 'input_tokens'),
    'prices.*.outputUsd': counts('outputUsd', 'output_tokens'),
    'prices.*.cacheReadUsd': counts('cacheReadUsd', 'cache_read_tokens'),
    'prices.*.cacheWriteUsd': counts('cacheWriteUsd', 'cache_write_tokens'),
    'prices.*.asOf': async () => {
      await bare();
      await is(under({ default: lab, prices: { [lab]: rates } }), lab, /price from policy, 2026-01-02/);
    },
  };
}
