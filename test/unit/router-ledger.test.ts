import type { SQLOutputValue } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openFiled } from '../host/filedLedger.ts';
import { ask, policyFile, rootOf, setStage } from '../host/routerStage.ts';

const stage = setStage();

function rows(sql: string): readonly Readonly<Record<string, SQLOutputValue>>[] {
  const database = openFiled(stage.stateFolder);
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

const trialPolicy = (share: number): object => ({
  version: 1,
  default: 'anthropic/claude-haiku-5-5',
  labels: { 'cost-centre': '4711' },
  classes: [{ id: 'talk', when: { kind: 'chat' } }],
  routes: {
    talk: {
      use: 'anthropic/claude-sonnet-5-5',
      trial: { id: 'other', use: 'openai/gpt-6-sol', share, until: '2999-01-01' },
    },
  },
});

test.each([
  [100, 'trial', 'openai', 'metered', 'real', 0.75],
  [100, 'trial', 'openai', 'metered', 'simulated', 0],
  [0.0001, 'control', 'anthropic', 'pool', 'real', 0],
])(
  'a request on a trial of %d%% is on its %s arm, and billed as its provider is: %s, %s, %s',
  async (share, arm, provider, billing, kind, of) => {
    await stage.policy(trialPolicy(share));
    const isReal = kind === 'real';
    const providers = Object.fromEntries(
      Object.entries(stage.simulated.providers).map(([id, setting]) => {
        const { simulated, ...rest } = setting;
        return [id, isReal ? rest : setting];
      }),
    );
    const client = await stage.start({
      configuration: {
        providers: {
          ...providers,
          openai: { ...providers['openai'], discountPercent: 25 },
          anthropic: { ...providers['anthropic'], billing: 'pool' },
        },
      },
    });
    expect((await ask(client, `what is ${arm}, ${kind}?`).result).kind).toBe('served');
    const [attempt] = rows('SELECT * FROM attempts ORDER BY rowid DESC LIMIT 1');
    expect(attempt).toMatchObject({ trial: 'other', arm, provider, billing, client: expect.stringMatching(/./) });
    expect(attempt?.['billed_nano_usd']).toBe(Math.round(Number(attempt?.['cost_nano_usd']) * of));
    expect(attempt?.['overridden']).toBeNull();
    const [task] = rows('SELECT * FROM tasks ORDER BY opened_at DESC LIMIT 1');
    expect(task).toMatchObject({
      id: attempt?.['task_id'],
      trial: 'other',
      arm,
      provider,
      outcome: 'delivered',
      attempts: 1,
    });
    expect(task?.['cost_nano_usd']).toBe(attempt?.['cost_nano_usd']);
    // Of a stand-in nobody will be asked for it.
    expect([attempt?.['simulated'], task?.['billed_nano_usd']]).toEqual([
      isReal ? null : 1,
      attempt?.['billed_nano_usd'],
    ]);
  },
);

test('of a policy the declared names are kept, once, by the hash that its attempts have', async () => {
  await stage.policy(trialPolicy(50));
  await ask(stage.client, 'one').result;
  await ask(stage.client, 'two').result;
  const [attempt] = rows('SELECT policy_hash FROM attempts ORDER BY rowid DESC LIMIT 1');
  const known = rows(`SELECT names, labels FROM policies WHERE hash = '${attempt?.['policy_hash']}'`);
  expect(known).toHaveLength(1);
  expect(JSON.parse(String(known[0]?.['names']))).toMatchObject({
    classes: expect.arrayContaining(['talk']),
    trials: ['other'],
    targets: expect.arrayContaining(['openai/gpt-6-sol', 'anthropic/claude-haiku-5-5']),
  });
  expect(JSON.parse(String(known[0]?.['labels']))).toEqual({ 'cost-centre': '4711' });
});

test('a model that the client asks for, and gets, is marked as its override', async () => {
  const policy = {
    version: 1,
    default: 'anthropic/claude-haiku-5-5',
    overrides: { direction: 'any', reason: 'optional' },
  };
  const { folder } = await stage.newRepository({ [policyFile]: JSON.stringify(policy) });
  const { result } = ask(stage.client, 'mine', { requestedModel: 'anthropic/claude-opus-5-5', roots: rootOf(folder) });
  expect(await result).toMatchObject({ kind: 'served', status: { target: 'anthropic/claude-opus-5-5' } });
  const [attempt] = rows('SELECT overridden, model FROM attempts ORDER BY rowid DESC LIMIT 1');
  expect(attempt).toEqual({ overridden: 'client', model: 'claude-opus-5-5' });
});

test('two conversations without files are two tasks', async () => {
  await stage.policy(trialPolicy(50));
  await ask(stage.client, 'what is one?').result;
  await ask(stage.client, 'what is two?').result;
  const last = rows('SELECT task_id, conversation FROM attempts ORDER BY rowid DESC LIMIT 2');
  expect(new Set(last.map((row) => row['task_id'])).size).toBe(2);
  expect(new Set(last.map((row) => row['conversation'])).size).toBe(2);
});
