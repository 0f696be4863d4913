import { describe, expect, it } from 'vitest';
import type { PolicyTest } from '../policy/schema.ts';
import { runPolicyTests, type TestGround } from './policyTests.ts';
import { regulated, regulatedChild, team } from './testing/policies.ts';
import { compiled, NOON, stacked, type WrittenLayer, world } from './testing/world.ts';

const everything = world();
const ground: TestGround = {
  now: NOON,
  model: everything.model,
  price: everything.price,
  provider: everything.provider,
};

function run(policy: unknown, ...tests: readonly PolicyTest[]) {
  return runPolicyTests(compiled({ ...(policy as object), tests: [...tests] }), ground);
}

describe("the team's own tests", () => {
  it.each(runPolicyTests(compiled(team), ground))('$name', ({ failures }) => {
    expect(failures).toEqual([]);
  });
  it('are all run', () => {
    expect(runPolicyTests(compiled(team), ground)).toHaveLength(team.tests.length);
  });
});

describe('tests of a policy', () => {
  it.each<[string, PolicyTest['given'], PolicyTest['expect']]>([
    ['a maker that is down', { kind: 'plan', down: ['maker:anthropic'] }, { model: 'openai/gpt-6.1-sol' }],
    ['a target that is down', { kind: 'plan', down: ['anthropic/claude-opus-5-5'] }, { provider: 'openai' }],
    ['all down is not blocked', { kind: 'plan', down: ['anthropic', 'openai'] }, { blocked: false, model: 'unserved' }],
    ['a task that has spent too much', { kind: 'plan', spent: { task: 9 } }, { blocked: true, by: ['architecture'] }],
    ['a budget that took part', { kind: 'agent', files: [], spent: { 'dev-day': 26 } }, { by: ['dev-day'] }],
    ['no gates exactly', { kind: 'edit', files: ['src/a.ts'] }, { review: [] }],
    [
      'a file that is only read',
      { kind: 'chat', files: [], reads: ['x.proto'] },
      { review: ['senior'], class: 'module-work' },
    ],
    [
      'sizes of files',
      { files: [{ path: 'src/a.ts', added: 1, deleted: 1 }], text: 'rename it' },
      { class: 'routine' },
    ],
  ])('%s', (_name, given, expected) => {
    expect(run(team, { given, expect: expected })[0]?.failures).toEqual([]);
  });

  it('say what was expected, what came and where it is written', () => {
    const [, second] = run(
      team,
      { given: {}, expect: {} },
      {
        given: { kind: 'edit', files: ['a.proto'] },
        expect: { class: 'docs', model: 'a/b', provider: 'c', review: [], blocked: true, by: ['x', 'dev-day'] },
      },
    );
    expect(second?.passed).toBe(false);
    expect(second?.name).toBe('test 2');
    const at = (...path: readonly (string | number)[]) => ['tests', 1, 'expect', ...path];
    expect(second?.failures).toEqual([
      { path: at('class'), expected: 'docs', got: 'architecture' },
      { path: at('model'), expected: 'a/b', got: 'anthropic/claude-opus-5-5' },
      { path: at('provider'), expected: 'c', got: 'anthropic' },
      { path: at('review'), expected: 'none', got: 'senior' },
      { path: at('blocked'), expected: 'true', got: 'false' },
      { path: at('by', 0), expected: 'x', got: 'none' },
      { path: at('by', 1), expected: 'dev-day', got: 'none' },
    ]);
  });

  it('take every target for attested and judge an endpoint by what is known of it', () => {
    const results = run(
      regulated,
      { given: { kind: 'edit', files: ['a.csv'] }, expect: { model: 'onprem/qwen3-coder', by: ['customer-data'] } },
      { given: { kind: 'edit', files: ['a.ts'] }, expect: { model: 'azure-eu/gpt-6-sol' } },
      { given: { kind: 'edit', files: ['a.pem'] }, expect: { blocked: true, by: ['keys'] } },
    );
    expect(results.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it('enforce a policy that only observes', () => {
    const results = run({ ...regulated, mode: 'observe' }, { given: { files: ['a.pem'] }, expect: { blocked: true } });
    expect(results[0]?.passed).toBe(true);
  });

  it('do not mind what a model cannot do', () => {
    const weak = {
      ...ground,
      model: (...names: [string, string]) => ({ ...everything.model(...names)!, tools: false, contextTokens: 10 }),
    };
    const tests: PolicyTest[] = [
      { given: { kind: 'plan', context: { tools: true, tokens: 500 } }, expect: { provider: 'anthropic' } },
    ];
    expect(runPolicyTests(compiled({ ...team, tests }), weak)[0]?.passed).toBe(true);
  });
});

describe('tests of a file that has layers around it', () => {
  const tests: PolicyTest[] = [
    {
      given: { kind: 'edit', files: [{ path: 'a.ts', added: 1, deleted: 1 }] },
      expect: { class: 'default', provider: 'azure-eu', review: [] },
    },
    {
      given: { kind: 'edit', files: ['services/a/ledger/x.java'] },
      expect: { class: 'bank:ledger', review: ['senior', 'risk'] },
    },
    { given: { kind: 'edit', files: ['services/fx/x.java'] }, expect: { blocked: true, by: ['fx-desk'] } },
    { given: { kind: 'edit', files: ['x.pem'] }, expect: { blocked: true, by: ['bank:keys'] } },
  ];
  const around: WrittenLayer = {
    name: 'bank',
    origin: 'extended',
    policy: { ...regulated, tests: [{ given: {}, expect: { class: 'never' } }] },
  };

  it('are held against all of them, and are those of the file alone', () => {
    const results = runPolicyTests(stacked(around, { policy: { ...regulatedChild, tests } }), ground);
    expect(results.map(({ failures }) => failures)).toEqual(tests.map(() => []));
  });
});

describe('a provider that nobody here has told of', () => {
  const rules = [
    { id: 'eu', residency: ['eu', 'on-prem'], retention: 'zero', reason: 'data stays' },
    { id: 'own', when: { touches: ['kyc/**'] }, local: true, reason: 'own machine', else: 'mine/small' },
  ];
  const policy = { version: 1, default: 'theirs/large', constraints: rules };
  const known = { now: NOON, model: everything.model, price: everything.price };
  const servedTo = (files: readonly string[], expected: string, more: object = {}, on: TestGround = known) =>
    runPolicyTests(compiled({ ...policy, ...more, tests: [{ given: { files }, expect: { model: expected } }] }), on)[0]
      ?.failures;

  it('is set up as the policy asks, but on this machine only where a rule falls back on it', () => {
    expect(servedTo(['a.ts'], 'theirs/large')).toEqual([]);
    expect(servedTo(['kyc/a.ts'], 'mine/small')).toEqual([]);
  });

  it('counts by what is told of it, where something is', () => {
    const provider = (id: string) => everything.provider(id === 'theirs' ? 'anthropic' : id);
    expect(servedTo(['a.ts'], 'theirs/large', {}, { ...known, provider })).toMatchObject([
      { got: expect.stringMatching(/^blocked by eu/) },
    ]);
  });

  it('has no place that rules which contradict each other would admit', () => {
    const constraints = [...rules, { id: 'us', residency: ['us'], reason: 'and there' }];
    expect(servedTo(['a.ts'], 'theirs/large', { constraints })).toMatchObject([
      { got: expect.stringMatching(/^blocked by eu/) },
    ]);
  });
});
