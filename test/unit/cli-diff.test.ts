import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/compile.ts';
import { type LayeredPolicy, oneLayer } from '../../src/policy/layers.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { writtenChanges } from '../../src/routing/diff/writtenChanges.ts';

type Json = Readonly<Record<string, unknown>>;

function policyOf(fields: Json): LayeredPolicy {
  const written = {
    version: 1,
    default: 'a/one',
    review: { senior: { who: ['@acme/seniors'], approvals: 2, within: '2d' } },
    ...fields,
  };
  const { policy, diagnostics } = parsePolicy(JSON.stringify(written));
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return oneLayer(compilePolicy(policy, 'hash'));
}

const rule = (fields: Json): Json => ({ constraints: [{ id: 'rule', reason: 'because', ...fields }] });
const pool = (fields: Json): Json => ({ budgets: [{ id: 'pool', per: 'repo', period: 'month', usd: 50, ...fields }] });
// biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
const then = (step: unknown): Json => ({ then: step });
const gate = (fields: Json): Json => ({ review: { senior: { who: ['@acme/seniors'], approvals: 2, ...fields } } });
const work = (fields: Json): Json => ({
  classes: [{ id: 'work', when: { files: ['a/**'] }, use: 'a/one', ...fields }],
});
const route = (fields: Json): Json => ({ default: { use: 'a/one', ...fields } });
const prove = (fields: Json): Json => ({ attestations: { files: 'proofs/*.json', keys: ['k'], ...fields } });
const priced = (inputUsd: number): Json => ({
  prices: { 'a/one': { inputUsd, outputUsd: 20, asOf: '2026-01-01' } },
});
const asks = (name: string): Json => ({ name, given: {}, expect: { class: 'default' } });
const trial = { id: 'try', use: 'a/two', share: 10, until: '2027-01-01' };
const blocks = { block: true };
const evaluated = { minPassRate: 0.9, minTasks: 50, maxAgeDays: 30 };

type Case = readonly [what: string, stricter: Json, looser: Json];

/** Each is looser one way and tighter the other. */
const judged: readonly Case[] = [
  ['a limit of cost raised', rule({ maxCostUsd: 5 }), rule({ maxCostUsd: 5000 })],
  ['a place of residence more', rule({ residency: ['eu'] }), rule({ residency: ['eu', 'us'] })],
  ['an end to a block', rule(blocks), rule({ ...blocks, until: '2027-01-01' })],
  ['an earlier end', rule({ ...blocks, until: '2028-01-01' }), rule({ ...blocks, until: '2027-01-01' })],
  ['a denied target less', rule({ deny: ['x/*', 'y/*'] }), rule({ deny: ['x/*'] })],
  ['an allowed target more', rule({ allow: ['a/*'] }), rule({ allow: ['a/*', 'b/*'] })],
  ['a host more', rule({ hosts: ['a.example'] }), rule({ hosts: ['a.example', 'b.example'] })],
  ['a way out', rule({ deny: ['a/*'] }), rule({ deny: ['a/*'], else: 'b/one' })],
  ['a constraint that only observes', rule(blocks), rule({ ...blocks, mode: 'observe' })],
  ['a constraint for some requests', rule(blocks), rule({ ...blocks, when: { touches: ['a/**'] } })],
  ['a retention that is not asked', rule({ ...blocks, retention: 'zero' }), rule(blocks)],
  ['a gate of a constraint less', rule({ ...blocks, review: 'senior' }), rule(blocks)],
  ['a step of a budget less', pool(then('block')), pool({})],
  ['a step that asks only', pool(then({ downgradeTo: 'a/two' })), pool(then('ask'))],
  ['a later step', pool({ steps: [{ at: 50, ...then('ask') }] }), pool({ steps: [{ at: 90, ...then('ask') }] })],
  ['a budget for some requests', pool({}), pool({ when: { kind: 'chat' } })],
  ['a budget that counts for a shorter time', pool({}), pool({ period: 'day' })],
  ['a larger budget', pool({}), pool({ usd: 51 })],
  ['a budget open to the unknown', pool({}), pool({ onUnknown: 'open' })],
  ['overrides that last longer', { overrides: { expires: '1h' } }, { overrides: { expires: '90d' } }],
  ['overrides by anybody', { overrides: { who: 'leads' } }, { overrides: {} }],
  ['more overrides a day', { overrides: { maxPerDay: 1 } }, { overrides: { maxPerDay: 9 } }],
  ['overrides any way', { overrides: { direction: 'none' } }, { overrides: { direction: 'any' } }],
  ['overrides without a reason', { overrides: {} }, { overrides: { reason: 'optional' } }],
  ['overrides at all', {}, { overrides: {} }],
  ['more people at a gate', gate({}), gate({ who: ['@acme/seniors', '@acme/all'] })],
  ['fewer approvals', gate({}), gate({ approvals: 1 })],
  ['a weaker evaluation', prove({ eval: evaluated }), prove({ eval: { ...evaluated, minPassRate: 0.5 } })],
  ['no evaluation', prove({ eval: evaluated }), prove({})],
  ['older attacks', prove({ adversarial: { maxAgeDays: 7 } }), prove({ adversarial: { maxAgeDays: 70 } })],
  ['any key of an attestation', prove({}), { attestations: { files: 'proofs/*.json' } }],
  ['missing attestations told only', prove({}), prove({ onMissing: 'warn' })],
  ['no attestations', prove({}), {}],
  ['a lower price', priced(10), priced(1)],
  ['fewer suppliers', { diversity: { minSuppliers: 3 } }, { diversity: { minSuppliers: 2 } }],
  ['no diversity', { diversity: { minSuppliers: 3 } }, {}],
  ['a class that is not final', work({ final: true }), work({})],
  ['a gate of a class less', work({ review: 'senior' }), work({})],
  ['a dearer class', work({ maxCostUsd: 1 }), work({ maxCostUsd: 2 })],
  ['a lower floor', work({ passFloor: 0.9 }), work({ passFloor: 0.1 })],
  ['a test less', { tests: [asks('one'), asks('two')] }, { tests: [asks('one')] }],
  ['a looser mode', { mode: 'enforce' }, { mode: 'warn' }],
];

/** What is not told by the words alone. */
const unsure: readonly Case[] = [
  [
    'touches for files',
    rule({ ...blocks, when: { touches: ['a/**'] } }),
    rule({ ...blocks, when: { files: ['a/**'] } }),
  ],
  [
    'a glob that takes matches away',
    rule({ when: { touches: ['a/**'] }, ...blocks }),
    rule({ when: { touches: ['a/**', '!a/b'] }, ...blocks }),
  ],
  ['a smaller budget for a shorter time', pool({}), pool({ usd: 10, period: 'day' })],
  ['a budget of somebody else', pool({}), pool({ per: 'developer' })],
  ['another base', { diff: { base: 'head' } }, { diff: { base: 'staged' } }],
  ['other modules', {}, { modules: 'top-level' }],
  ['a trial', route({}), route({ trial })],
  ['another escalation', route({}), route({ escalateTo: 'a/two' })],
  ['another pin', { session: { pin: 'session' } }, { session: { pin: 'turn' } }],
  ['other files of attestations', prove({}), prove({ files: 'elsewhere/*.json' })],
  ['a price that is new', {}, priced(1)],
];

const verdicts = (was: Json, is: Json): readonly (readonly [boolean, boolean])[] =>
  writtenChanges(policyOf(was), policyOf(is)).map(({ looser, perhaps }) => [looser, perhaps === true]);

describe('what two policies say differently', () => {
  test.each(judged)('%s is looser, and the other way tighter', (_what, stricter, looser) => {
    expect(verdicts(stricter, looser)).toEqual([[true, false]]);
    expect(verdicts(looser, stricter)).toEqual([[false, false]]);
  });

  test.each(unsure)('%s may be looser, either way', (_what, one, other) => {
    expect(verdicts(one, other)).toEqual([[true, true]]);
    expect(verdicts(other, one)).toEqual([[true, true]]);
  });

  test('files that are not counted any more are looser; counted again, they may be', () => {
    const [all, some] = [{ diff: { ignore: ['a/**'] } }, { diff: { ignore: ['a/**', 'b/**'] } }];
    expect(verdicts(all, some)).toEqual([[true, false]]);
    expect(verdicts(some, all)).toEqual([[true, true]]);
  });

  test.each<Case>([
    ['another order of a list', rule({ residency: ['eu', 'us'] }), rule({ residency: ['us', 'eu'] })],
    ['another reason', rule(blocks), rule({ ...blocks, reason: 'for another reason' })],
    ['what was left out before', pool({}), pool({ onUnknown: 'closed' })],
    ['overrides that go nowhere', {}, { overrides: { direction: 'none' } }],
    ['a longer life than a day', { overrides: {} }, { overrides: { expires: '9d' } }],
  ])('%s means the same', (_what, one, other) => {
    expect(verdicts(one, other)).toEqual([]);
  });
});

describe('who serves what', () => {
  const made = (id: string, when: Json, more: Json = {}): Json => ({ id, when, use: 'a/one', ...more });
  const classes = (...list: readonly Json[]): Json => ({ classes: list });
  const told = (was: Json, is: Json): readonly (readonly [string, string, boolean, boolean])[] =>
    writtenChanges(policyOf(was), policyOf(is)).map(({ id, words, looser, perhaps }) => [
      id,
      words,
      looser,
      perhaps === true,
    ]);
  const code = made('code', { files: ['**/*.ts'] });
  const ledger = made('ledger', { files: ['ledger/**'] }, { review: 'senior' });

  test('an order in which a class with a gate comes later may be looser, and the other way not', () => {
    const [first, last] = [classes(ledger, code), classes(code, ledger)];
    expect(told(first, last)).toEqual([
      ['code', expect.stringMatching(/^is tried before "ledger" now: takes from it what both match$/), true, true],
    ]);
    expect(told(last, first)).toEqual([
      ['ledger', expect.stringMatching(/^is tried before "code" now: takes from it what both match$/), false, false],
    ]);
  });

  test('an example that both match comes with it', () => {
    const [change] = writtenChanges(policyOf(classes(ledger, code)), policyOf(classes(code, ledger)));
    expect(change?.examples).toEqual([expect.stringMatching(/"ledger\/[^"]*\.ts"/)]);
  });

  test('another order of classes that no request meets together means the same', () => {
    const docs = made('docs', { files: ['docs/**'] });
    expect(told(classes(ledger, docs), classes(docs, ledger))).toEqual([]);
  });

  test('one class that moves past several is told once', () => {
    const [one, two] = [made('one', { kind: 'chat' }), made('two', { files: ['docs/*.md'] })];
    expect(
      told(classes(one, two, ledger, code), classes(code, one, two, ledger)).map(([id, words]) => [id, words]),
    ).toEqual([['code', 'is tried before "one" and "ledger" now: takes from them what both match']]);
  });

  test.each<[string, Json, Json, RegExp, boolean]>([
    [
      'more, from a class with a gate',
      classes(made('a', { files: ['a/**'] }), ledger),
      classes(made('a', { files: ['a/**', 'ledger/b*'] }), ledger),
      /^holds for more requests.*; takes work from "ledger", held to more there$/,
      true,
    ],
    [
      'more, from nobody',
      classes(made('a', { files: ['a/**'] }), ledger),
      classes(made('a', { files: ['a/**', 'b/**'] }), ledger),
      /^holds for more requests: "when" was \{"files":\["a\/\*\*"\]\}$/,
      false,
    ],
    [
      'fewer, with a gate',
      classes({ ...ledger, when: { files: ['ledger/**', 'bank/**'] } }),
      classes(ledger),
      /^holds for fewer requests.*; what it lets go is held to less$/,
      true,
    ],
    [
      'fewer, without one',
      classes(code),
      classes({ ...code, when: { files: ['**/*.ts'], kind: 'chat' } }),
      /^holds for fewer requests[^;]*$/,
      false,
    ],
    [
      'others, with a gate',
      classes(ledger),
      classes({ ...ledger, when: { touches: ['ledger/**'] } }),
      /^holds for other requests.*; what it lets go is held to less$/,
      true,
    ],
  ])('a "when" that holds for %s', (_what, was, is, words, looser) => {
    expect(told(was, is)).toEqual([[expect.any(String), expect.stringMatching(words), looser, looser]]);
  });

  test('a class that comes before one with a gate, or with a lower cap, may be looser; behind it not', () => {
    const takes = ['code', 'takes work from "ledger", held to more there', true, true];
    expect(told(classes(ledger), classes(code, ledger))).toContainEqual(takes);
    const capped = made('ledger', { files: ['ledger/**'] }, { maxCostUsd: 1 });
    expect(told(classes(capped), classes(code, capped))).toContainEqual(takes);
    expect(told(classes(ledger), classes(ledger, code)).every(([, , looser]) => !looser)).toBe(true);
    const gated = { default: { use: 'a/one', review: 'senior' } };
    expect(told(gated, { ...gated, ...classes(code) })).toContainEqual([
      'code',
      'takes work from "default", held to more there',
      true,
      true,
    ]);
  });
});

const long = Array.from({ length: 20 }, (_, at) => `packages/number-${at}/**`);

test.each<[what: string, was: Json, is: Json, words: string]>([
  ['a trial’s share', route({ trial }), route({ trial: { ...trial, share: 90 } }), 'trial try: share 10 % → 90 %'],
  [
    'several terms of a trial',
    route({ trial }),
    route({ trial: { ...trial, use: 'a/three', until: '2027-02-01', when: { kind: 'chat' } } }),
    'trial try: use a/two → a/three; until 2027-01-01 → 2027-02-01; when any request → {"kind":"chat"}',
  ],
  ['a new trial', route({}), route({ trial }), 'no trial → trial try (share 10 %, use a/two, until 2027-01-01)'],
  [
    'steps of a budget',
    pool({ ...then('block'), steps: [{ at: 80, ...then('warn') }] }),
    pool({ ...then({ downgradeTo: 'a/two' }), steps: [{ at: 90, ...then('warn') }] }),
    'steps: warn at 80 %, block at 100 % → warn at 90 %, downgrade to "a/two" at 100 %',
  ],
  [
    'the end of a long list',
    rule({ ...blocks, when: { touches: long } }),
    rule({ ...blocks, when: { touches: [...long.slice(0, -1), 'src/**'] } }),
    'has another "when": …ages/number-18/**","packages/number-19/**"]} → …ages/number-18/**","src/**"]}',
  ],
])('%s is told in words', (_what, was, is, words) => {
  expect(writtenChanges(policyOf(was), policyOf(is)).map((change) => change.words)).toEqual([words]);
});

test('a trial whose globs are only counted in another way has not changed', () => {
  const tried = { ...trial, when: { files: ['b/**'] } };
  const changes = writtenChanges(
    policyOf(route({ trial: tried })),
    policyOf({ ...work({}), ...route({ trial: tried }) }),
  );
  expect(changes.filter(({ words }) => words.includes('trial'))).toEqual([]);
});
