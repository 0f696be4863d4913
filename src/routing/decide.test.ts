// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { FactFile, Facts } from './facts.ts';
import { regulated, smallest, team } from './testing/policies.ts';
import { type Changes, compiled, policyWith, pricePerMillion, ratesPerMillion, spent, world } from './testing/world.ts';

/** A decision in one line: what a person would call the answer. */
function answer({ outcome }: Decision): string {
  switch (outcome.kind) {
    case 'routed':
      return outcome.target.target;
    case 'blocked':
      return `blocked by ${outcome.by.join(', ')}`;
    case 'native':
    case 'unserved':
      return outcome.kind;
  }
}

const files = (...paths: readonly string[]): readonly FactFile[] =>
  paths.map((path) => ({ path, added: 1, deleted: 1 }));
const allAttested = ['gpt-6-sol', 'gpt-6.1-sol', 'claude-sonnet-5-5', 'claude-opus-5-5', 'onprem/qwen3-coder'].map(
  (target) => ({ target, valid: true }),
);

describe('the smallest policy', () => {
  const policy = compiled(smallest);
  it.each<[string, Facts, Changes, string, string]>([
    [
      'a test goes to the cheap model',
      { kind: 'edit', files: files('src/a.test.ts') },
      {},
      'cheap',
      'copilot/mai-code-1.1-flash',
    ],
    [
      'code with its test is not cheap',
      { kind: 'edit', files: files('src/a.ts', 'src/a.test.ts') },
      {},
      'default',
      'anthropic/claude-sonnet-5-5',
    ],
    [
      'a completion is quick',
      { kind: 'completion', files: files('src/a.ts') },
      {},
      'quick',
      'copilot/mai-code-1.1-flash',
    ],
    [
      'two modules are big',
      { kind: 'agent', files: files('packages/a/x.ts', 'packages/b/y.ts') },
      {},
      'big',
      'anthropic/claude-opus-5-5',
    ],
    ['a question is the default', { kind: 'chat', files: [] }, {}, 'default', 'anthropic/claude-sonnet-5-5'],
    [
      'a supplier that is down gives way',
      { kind: 'chat', files: [] },
      { down: ['anthropic'] },
      'default',
      'openai/gpt-6-sol',
    ],
    [
      'a secret that is worked on is blocked',
      { kind: 'edit', files: files('.env.local') },
      {},
      'default',
      'blocked by secrets',
    ],
    [
      'a secret that is only read is blocked',
      { kind: 'chat', files: [], reads: ['deploy/key.pem'] },
      {},
      'default',
      'blocked by secrets',
    ],
    ['unknown files may hold a secret', { kind: 'chat' }, {}, 'default', 'blocked by secrets'],
    [
      'a used-up budget blocks',
      { kind: 'chat', files: [] },
      { spent: spent({ me: 60.01 }) },
      'default',
      'blocked by me',
    ],
    [
      'a budget that is just reached does not',
      { kind: 'chat', files: [] },
      { spent: spent({ me: 60 }) },
      'default',
      'anthropic/claude-sonnet-5-5',
    ],
    ['a budget whose spend is unknown blocks', { kind: 'chat', files: [] }, { spent: {} }, 'default', 'blocked by me'],
  ])('%s', (_name, facts, changes, expectedClass, expected) => {
    const decision = decide(policy, facts, world(changes));
    expect([decision.class, answer(decision)]).toEqual([expectedClass, expected]);
  });
});

describe("the team's policy", () => {
  const policy = compiled(team);
  it.each<[string, Facts, Changes, string, string, string[]]>([
    [
      'ghost text goes to the completion model',
      { kind: 'completion', files: files('src/a.ts') },
      {},
      'inline',
      'codestral/codestral-latest',
      [],
    ],
    [
      'ghost text falls back to the embedded completer',
      { kind: 'completion', files: files('src/a.ts') },
      { down: ['codestral', 'copilot', 'anthropic', 'openai'] },
      'inline',
      'local/workspace-copy',
      [],
    ],
    ['a plan is architecture', { kind: 'plan', files: [] }, {}, 'architecture', 'anthropic/claude-opus-5-5', []],
    [
      'a small rename is routine',
      { kind: 'edit', files: files('src/a.ts'), text: 'Please Rename this' },
      {},
      'routine',
      'copilot/mai-code-1.1-flash',
      [],
    ],
    [
      '"removed" is not "move"',
      { kind: 'edit', files: files('src/a.ts'), text: 'removed movement' },
      {},
      'module-work',
      'anthropic/claude-sonnet-5-5',
      [],
    ],
    [
      'a read interface calls a senior but is no architecture',
      { kind: 'chat', files: [], reads: ['api/x.proto'] },
      {},
      'module-work',
      'anthropic/claude-sonnet-5-5',
      ['senior'],
    ],
    [
      'unknown files: senior to be safe, no class that needs them',
      { kind: 'chat' },
      {},
      'default',
      'anthropic/claude-sonnet-5-5',
      ['senior'],
    ],
    [
      'over budget, a cheaper route stays',
      { kind: 'title', files: [] },
      { spent: spent({ 'dev-day': 26, 'team-month': 0 }) },
      'utility',
      'copilot/mai-code-1.1-flash',
      [],
    ],
    [
      'a task over its cap is refused',
      { kind: 'plan', files: [] },
      { taskSpentNanoUsd: 8.1e9 },
      'architecture',
      'blocked by architecture',
      [],
    ],
  ])('%s', (_name, facts, changes, expectedClass, expected, gates) => {
    const decision = decide(policy, facts, world(changes));
    expect([decision.class, answer(decision), decision.gates]).toEqual([expectedClass, expected, gates]);
  });

  it('hands the settings beside an alias to its models', () => {
    const { outcome } = decide(policy, { kind: 'plan', files: [] }, world());
    expect(outcome).toMatchObject({ target: { effort: 'high' }, fallbacks: [{ target: 'openai/gpt-6.1-sol' }] });
  });

  it('keeps the old fallbacks of a cheap route when it is over budget', () => {
    const over = world({ spent: spent({ 'dev-day': 26, 'team-month': 0 }) });
    const decision = decide(policy, { kind: 'edit', files: files('a.test.ts') }, over);
    expect(decision.kept.map(({ target }) => target.target)).toEqual(team.models.small);
    expect(decision.budgets.map(({ id, did }) => [id, did])).toEqual([
      ['dev-day', 'downgraded'],
      ['team-month', 'nothing'],
    ]);
  });
});

describe('the regulated baseline', () => {
  const policy = compiled(regulated);
  it.each<[string, Facts, Changes, string, string[]]>([
    [
      'ordinary work goes to a European endpoint',
      { kind: 'edit', files: files('src/a.ts') },
      {},
      'azure-eu/gpt-6-sol',
      [],
    ],
    [
      'the ledger goes to the large one, behind two gates',
      { kind: 'edit', files: files('src/ledger/post.ts') },
      {},
      'bedrock-eu/claude-opus-5-5',
      ['risk', 'senior'],
    ],
    [
      'customer data stays on premises',
      { kind: 'edit', files: files('data/people.csv') },
      {},
      'onprem/qwen3-coder',
      [],
    ],
    [
      'customer data that is only read stays on premises',
      { kind: 'chat', files: [], reads: ['src/kyc/rules.ts'] },
      {},
      'onprem/qwen3-coder',
      [],
    ],
    [
      'customer data while the premises are down is not served',
      { kind: 'edit', files: files('data/people.csv') },
      { down: ['onprem'] },
      'unserved',
      [],
    ],
    ['keys are never sent', { kind: 'edit', files: files('conf/secrets/a.txt') }, {}, 'blocked by keys', []],
    [
      'keys beside customer data are never sent either',
      { kind: 'edit', files: files('a.csv', 'b.pem') },
      {},
      'blocked by customer-data, keys',
      [],
    ],
    [
      'two hundred lines need four eyes',
      { kind: 'edit', files: [{ path: 'a.ts', added: 150, deleted: 50 }] },
      {},
      'azure-eu/gpt-6-sol',
      ['senior'],
    ],
    [
      'lines that nobody counted need four eyes',
      { kind: 'edit', files: [{ path: 'a.ts' }] },
      {},
      'azure-eu/gpt-6-sol',
      ['senior'],
    ],
    [
      'without attestations nothing is served',
      { kind: 'edit', files: files('a.ts') },
      { attestations: [] },
      'blocked by attested',
      [],
    ],
    [
      'a first choice without one refuses the route',
      { kind: 'edit', files: files('a.ts') },
      { attestations: [{ target: 'claude-sonnet-5-5', valid: true }] },
      'blocked by attested',
      [],
    ],
    [
      'a second choice without one is only lost',
      { kind: 'edit', files: files('a.ts') },
      { attestations: [{ target: 'azure-eu/gpt-6-sol', valid: true }] },
      'azure-eu/gpt-6-sol',
      [],
    ],
    [
      'an attestation that has lapsed does not count',
      { kind: 'edit', files: files('a.ts') },
      { attestations: [{ target: 'gpt-6-sol', valid: false, reason: '100 days old' }] },
      'blocked by attested',
      [],
    ],
    [
      'a residency that nobody knows is no residency',
      { kind: 'edit', files: files('a.ts') },
      { providers: { 'azure-eu': { residency: undefined as never }, 'bedrock-eu': { retention: '30d' } } },
      'blocked by eu-only',
      [],
    ],
    [
      'with no provider configured it is not the policy that refuses',
      { kind: 'edit', files: files('a.ts') },
      { providers: { 'azure-eu': undefined, 'bedrock-eu': undefined } },
      'unserved',
      [],
    ],
    [
      'customer data goes on premises though nothing else is configured',
      { kind: 'edit', files: files('a.csv') },
      { providers: { 'azure-eu': undefined, 'bedrock-eu': undefined } },
      'onprem/qwen3-coder',
      [],
    ],
    [
      'one of two not configured',
      { kind: 'edit', files: files('a.ts') },
      { providers: { 'azure-eu': undefined } },
      'bedrock-eu/claude-sonnet-5-5',
      [],
    ],
  ])('%s', (_name, facts, changes, expected, gates) => {
    const decision = decide(policy, facts, world({ attestations: allAttested, ...changes }));
    expect([answer(decision), decision.gates]).toEqual([expected, gates]);
  });

  it('says of each gate that nothing enforces it here', () => {
    const { why } = decide(
      policy,
      { kind: 'edit', files: files('src/ledger/a.ts') },
      world({ attestations: allAttested }),
    );
    expect(why.filter(({ kind }) => kind === 'gate-not-enforced')).toEqual([
      { kind: 'gate-not-enforced', gate: 'risk' },
      { kind: 'gate-not-enforced', gate: 'senior' },
    ]);
  });
});

describe('what happens to an unattested model', () => {
  const candidates = ['azure-eu/gpt-6-sol', 'bedrock-eu/claude-sonnet-5-5'];
  it.each([
    [undefined, 'bedrock-eu/claude-sonnet-5-5'],
    ['skip', 'bedrock-eu/claude-sonnet-5-5'],
    ['warn', 'azure-eu/gpt-6-sol'],
    ['block', 'blocked by attested'],
  ] as const)('onMissing %s', (onMissing, expected) => {
    const policy = policyWith({
      default: candidates,
      constraints: [{ id: 'attested', attested: true, reason: 'validated' }],
      attestations: { files: 'a/*.json', ...(onMissing === undefined ? {} : { onMissing }) },
    });
    const decision = decide(
      policy,
      { kind: 'chat' },
      world({ attestations: [{ target: 'claude-sonnet-5-5', valid: true }] }),
    );
    expect(answer(decision)).toBe(expected);
    const warned = decision.why.some(({ kind }) => kind === 'attestation-missing');
    expect(warned).toBe(onMissing === 'warn');
  });
});

describe('blocked and unserved are told apart', () => {
  const deny = { id: 'no-us', deny: ['anthropic/*'], reason: 'not contracted' };
  it.each<[string, Changes, readonly string[], string]>([
    ['all taken by rules', {}, ['anthropic/claude-sonnet-5-5', 'anthropic/claude-opus-5-5'], 'blocked by no-us'],
    ['one admissible but down', { down: ['openai'] }, ['anthropic/claude-opus-5-5', 'openai/gpt-6-sol'], 'unserved'],
    [
      'one admissible but without a key',
      { providers: { openai: { usable: false } } },
      ['anthropic/claude-opus-5-5', 'openai/gpt-6-sol'],
      'unserved',
    ],
    [
      'one not configured',
      { providers: { openai: undefined } },
      ['anthropic/claude-opus-5-5', 'openai/gpt-6-sol'],
      'unserved',
    ],
    [
      'denied and not configured',
      { providers: { anthropic: undefined } },
      ['anthropic/claude-opus-5-5'],
      'blocked by no-us',
    ],
  ])('%s', (_name, changes, use, expected) => {
    const policy = policyWith({ default: [...use], constraints: [deny] });
    expect(answer(decide(policy, { kind: 'chat' }, world(changes)))).toBe(expected);
  });
});

describe('an else', () => {
  const constraint = (id: string, provider: string, otherwise: string) => ({
    id,
    reason: 'r',
    deny: [`${provider}/*`],
    else: otherwise,
  });
  it.each([[['a', 'b']], [['b', 'a']]])('of two constraints is tried in the order of their ids: %j', (order) => {
    const otherwise: Record<string, string> = { a: 'openai/gpt-6-luna', b: 'openai/gpt-6-sol' };
    const constraints = order.map((id) => constraint(id, 'anthropic', otherwise[id]!));
    const { kept, why } = decide(policyWith({ constraints }), { kind: 'chat' }, world());
    expect(kept.map(({ target, broughtBy }) => [target.target, broughtBy])).toEqual([
      ['openai/gpt-6-luna', 'a'],
      ['openai/gpt-6-sol', 'b'],
    ]);
    expect(why).toContainEqual({ kind: 'else-used', rule: 'a' });
  });
  it('is constrained itself', () => {
    const constraints = [
      constraint('a', 'anthropic', 'openai/gpt-6-luna'),
      { id: 'b', reason: 'r', deny: ['openai/*'] },
    ];
    expect(answer(decide(policyWith({ constraints }), { kind: 'chat' }, world()))).toBe('blocked by a, b');
  });
  it('of a constraint that took nothing away is not tried', () => {
    const constraints = [
      constraint('a', 'google', 'openai/gpt-6-luna'),
      { id: 'b', reason: 'r', deny: ['anthropic/*'] },
    ];
    expect(answer(decide(policyWith({ constraints }), { kind: 'chat' }, world()))).toBe('blocked by b');
  });
});

describe('modes', () => {
  const constraints = [
    { id: 'stop', block: true as const, when: { touches: ['secret/**'] }, reason: 'secret' },
    { id: 'no-anthropic', deny: ['anthropic/*'], reason: 'not contracted' },
  ];
  const use = ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'];
  const secret: Facts = { kind: 'chat', files: files('secret/a.ts') };
  const policyIn = (mode: 'observe' | 'warn' | 'enforce') => policyWith({ mode, default: use, constraints });

  it('enforce refuses', () => {
    expect(answer(decide(policyIn('enforce'), secret, world()))).toBe('blocked by no-anthropic, stop');
  });
  it('warn turns the block into a warning and still routes by the rest', () => {
    const decision = decide(policyIn('warn'), secret, world());
    expect(answer(decision)).toBe('openai/gpt-6-sol');
    expect(decision.why).toContainEqual({ kind: 'mode-warn', rule: 'stop' });
  });
  it('warn sets rules aside that together leave nothing', () => {
    const decision = decide(policyWith({ mode: 'warn', constraints }), { kind: 'chat', files: [] }, world());
    expect(answer(decision)).toBe('anthropic/claude-sonnet-5-5');
    expect(decision.why).toContainEqual({ kind: 'mode-warn', rule: 'no-anthropic' });
  });
  it.each<[string, Partial<Facts>, Changes, string]>([
    ['what was asked for', { requested: 'google/gemini-4-argon' }, {}, 'google/gemini-4-argon'],
    [
      "the user's default when nothing was asked for",
      {},
      { userDefault: 'copilot/mai-code-1.1-flash' },
      'copilot/mai-code-1.1-flash',
    ],
    ['the route when there is no default either', {}, {}, 'anthropic/claude-sonnet-5-5'],
  ])('observe serves %s and records the refusal', (_name, more, changes, expected) => {
    const decision = decide(policyIn('observe'), { ...secret, ...more }, world(changes));
    expect(answer(decision)).toBe(expected);
    expect(decision.why).toContainEqual({ kind: 'mode-observe', served: expected });
    expect(decision.why).toContainEqual({ kind: 'blocked-by', rule: 'stop', reason: 'secret', certain: true });
    expect(decision.cost.kind).toBe('unknown-size');
  });
  it('a constraint that only observes counts what it would have taken and asks for no review', () => {
    const policy = policyWith({
      constraints: [{ id: 'later', mode: 'observe', deny: ['anthropic/*'], review: 'senior', reason: 'soon' }],
      review: { senior: { who: '@a/b' } },
    });
    const decision = decide(policy, { kind: 'chat' }, world());
    expect([answer(decision), decision.gates]).toEqual(['anthropic/claude-sonnet-5-5', []]);
    expect(decision.why).toContainEqual({ kind: 'constraint-observed', rule: 'later', reason: 'soon', removed: 1 });
  });
});

describe('the end of a constraint', () => {
  it.each([
    ['2026-11-24', 'blocked by soon'],
    ['2026-11-23T12:00:00Z', 'anthropic/claude-sonnet-5-5'],
    ['2026-11-23T12:00:01Z', 'blocked by soon'],
    ['2026-11-23', 'anthropic/claude-sonnet-5-5'],
  ])('until %s', (until, expected) => {
    const policy = policyWith({ constraints: [{ id: 'soon', block: true, reason: 'freeze', until }] });
    expect(answer(decide(policy, { kind: 'chat' }, world()))).toBe(expected);
  });
});

describe('an untrusted workspace', () => {
  const policy = policyWith({
    default: 'anthropic/claude-opus-5-5',
    constraints: [{ id: 'no-google', deny: ['google/*'], reason: 'no', else: 'anthropic/claude-opus-5-5' }],
    budgets: [{ id: 'day', per: 'developer', usd: 1, then: { downgradeTo: 'openai/gpt-6-luna' } }],
  });
  it.each<[string, Changes, string]>([
    ["serves the user's own default", { userDefault: 'openai/gpt-6-sol' }, 'openai/gpt-6-sol'],
    ['is not served without one', {}, 'unserved'],
    [
      'obeys constraints, and their else spends nothing',
      { userDefault: 'google/gemini-4-argon' },
      'blocked by no-google',
    ],
    [
      'obeys budgets, and a downgrade spends nothing',
      { userDefault: 'openai/gpt-6-sol', spent: spent({ day: 2 }) },
      'blocked by day',
    ],
  ])('%s', (_name, changes, expected) => {
    const decision = decide(policy, { kind: 'chat' }, world({ trusted: false, ...changes }));
    expect(answer(decision)).toBe(expected);
    expect(decision.kept.every(({ target }) => target.target === changes.userDefault)).toBe(true);
  });
});

describe('no policy at all', () => {
  it.each<[string, Partial<Facts>, Changes, string]>([
    [
      'the requested model',
      { requested: 'google/gemini-4-argon' },
      { userDefault: 'openai/gpt-6-sol' },
      'google/gemini-4-argon',
    ],
    [
      "the user's default for a name sent by habit",
      { requested: 'gpt-4o' },
      { userDefault: 'openai/gpt-6-sol' },
      'openai/gpt-6-sol',
    ],
    [
      "the user's default for a provider nobody has",
      { requested: 'meta/llama' },
      { userDefault: 'openai/gpt-6-sol' },
      'openai/gpt-6-sol',
    ],
    ['nothing', {}, {}, 'unserved'],
  ])('serves %s', (_name, more, changes, expected) => {
    const decision = decide(undefined, { kind: 'chat', ...more }, world(changes));
    expect(answer(decision)).toBe(expected);
    expect(decision.why[0]?.kind).toBe('no-policy');
  });
});

describe('what a candidate must be able to do', () => {
  const use = ['anthropic/claude-sonnet-5-5', 'openai/gpt-6-sol'];
  const [first = ''] = use;
  it.each<[string, Facts, Changes, string]>([
    ['tools', { kind: 'agent', context: { tools: true } }, { models: { [first]: { tools: false } } }, 'cannot'],
    ['images', { kind: 'chat', context: { images: true } }, { models: { [first]: { images: false } } }, 'cannot'],
    ['chat', { kind: 'title' }, { models: { [first]: { chat: false } } }, 'cannot'],
    [
      'chat, by its provider',
      { kind: 'chat' },
      { providers: { anthropic: { serves: { chat: false, completion: true } } } },
      'cannot',
    ],
    ['completion', { kind: 'completion' }, { models: { [first]: { completion: 'none' } } }, 'cannot'],
    [
      'the length',
      { kind: 'chat' },
      { tokens: 200_000, models: { [first]: { contextTokens: 200_050 } } },
      'context-too-long',
    ],
    [
      'still exist',
      { kind: 'chat' },
      { models: { [first]: { retired: { successor: 'claude-sonnet-6' } } } },
      'retired',
    ],
    ['be healthy', { kind: 'chat' }, { down: [first] }, 'unhealthy'],
    ['have a key', { kind: 'chat' }, { providers: { anthropic: { usable: false } } }, 'not-usable'],
    ['be configured', { kind: 'chat' }, { providers: { anthropic: undefined } }, 'not-configured'],
  ])('%s', (_name, facts, changes, reason) => {
    const decision = decide(policyWith({ default: use }), facts, world(changes));
    expect(answer(decision)).toBe('openai/gpt-6-sol');
    expect(decision.removed.map((removed) => [removed.target.target, removed.reason.kind])).toEqual([[first, reason]]);
    expect(decision.why).toContainEqual({ kind: 'routed', target: 'openai/gpt-6-sol', place: 1 });
  });

  it.each<[Facts['kind'], string, string[]]>([
    ['completion', 'native', []],
    ['chat', 'openai/gpt-6-sol', []],
  ])('native serves a %s: %s', (kind, expected) => {
    expect(answer(decide(policyWith({ default: ['native', 'openai/gpt-6-sol'] }), { kind }, world()))).toBe(expected);
  });

  it('what stands behind native is no fallback', () => {
    const policy = policyWith({ default: ['codestral/codestral-latest', 'native', 'openai/gpt-6-sol'] });
    const { outcome } = decide(policy, { kind: 'completion' }, world());
    expect(outcome).toMatchObject({ kind: 'routed', fallbacks: [] });
  });
});

describe('caps on a task', () => {
  const cap = [{ id: 'cap', maxCostUsd: 1, reason: 'small tasks' }];
  const unpriced = { prices: { 'anthropic/claude-sonnet-5-5': undefined } };
  it.each<[string, Parameters<typeof policyWith>[0], Changes, string]>([
    ['a dear request fails a constraint', { constraints: cap }, { tokens: 300_000 }, 'blocked by cap'],
    ['a cheap one does not', { constraints: cap }, { tokens: 10_000 }, 'anthropic/claude-sonnet-5-5'],
    [
      'what the task spent counts',
      { constraints: cap },
      { tokens: 10_000, taskSpentNanoUsd: 0.95e9 },
      'blocked by cap',
    ],
    ['an unpriced target fails a constraint', { constraints: cap }, unpriced, 'blocked by cap'],
    [
      'an unpriced target passes a route',
      { default: { use: 'anthropic/claude-sonnet-5-5', maxCostUsd: 1 } },
      unpriced,
      'anthropic/claude-sonnet-5-5',
    ],
    [
      'the smaller cap holds',
      { default: { use: 'anthropic/claude-sonnet-5-5', maxCostUsd: 0.05 }, constraints: cap },
      { tokens: 10_000 },
      'blocked by default',
    ],
    [
      'what costs nothing passes any cap',
      { default: 'onprem/qwen3-coder', constraints: [{ ...cap[0]!, maxCostUsd: 0 }] },
      { tokens: 10 },
      'onprem/qwen3-coder',
    ],
  ])('%s', (_name, parts, changes, expected) => {
    expect(answer(decide(policyWith(parts), { kind: 'chat' }, world(changes)))).toBe(expected);
  });

  it('an unpriced target on a route is said to be unpriced', () => {
    expect(decide(policyWith({}), { kind: 'chat' }, world(unpriced)).why).toContainEqual({
      kind: 'unpriced',
      target: 'anthropic/claude-sonnet-5-5',
    });
  });
});

describe('pure', () => {
  it('gives the same bytes for the same input', () => {
    const facts: Facts = { kind: 'edit', files: files('packages/a/x.ts', 'packages/b/y.proto') };
    const once = JSON.stringify(decide(compiled(team), facts, world({ tokens: 1000 })));
    expect(JSON.stringify(decide(compiled(team), facts, world({ tokens: 1000 })))).toBe(once);
  });
  it.each<[string, string, boolean]>([
    ['its target', 'anthropic/claude-sonnet-5-5', true],
    ['its model', 'claude-sonnet-5-5', true],
    ["the catalogue's name for it", 'sonnet-in-the-catalogue', true],
    ['another', 'claude-opus-5-5', false],
  ])('takes an attestation by %s', (_name, target, counts) => {
    const policy = policyWith({ constraints: [{ id: 'attested', attested: true, reason: 'r' }] });
    const models = { 'anthropic/claude-sonnet-5-5': { id: 'sonnet-in-the-catalogue' } };
    const decision = decide(policy, { kind: 'chat' }, world({ models, attestations: [{ target, valid: true }] }));
    expect(decision.outcome.kind).toBe(counts ? 'routed' : 'blocked');
  });
  it('prices no more output than a target or a model may give', () => {
    const model = 'anthropic/claude-sonnet-5-5';
    const highOf = (maxOutputTokens: number | undefined, models: Changes['models']): number => {
      const target = maxOutputTokens === undefined ? model : { model, maxOutputTokens };
      const { cost } = decide(
        policyWith({ default: target }),
        { kind: 'chat' },
        world({ tokens: 0, models: models ?? {} }),
      );
      return cost.kind === 'priced' ? cost.highNanoUsd : -1;
    };
    expect(highOf(undefined, {})).toBe(2000 * 15_000);
    expect(highOf(1000, {})).toBe(1000 * 15_000);
    expect(highOf(1000, { [model]: { maxOutputTokens: 500 } })).toBe(500 * 15_000);
  });
  it('prices a long request by its tier', () => {
    const long = pricePerMillion(3, 15, [{ aboveTokens: 200_000, rates: ratesPerMillion(6, 30) }]);
    const costAt = (tokens: number) =>
      decide(policyWith({}), { kind: 'chat' }, world({ tokens, prices: { 'anthropic/claude-sonnet-5-5': long } })).cost;
    expect(costAt(200_000)).toMatchObject({ highNanoUsd: 200_000 * 3750 + 2000 * 15_000 });
    expect(costAt(200_001)).toMatchObject({ highNanoUsd: 200_001 * 7500 + 2000 * 30_000 });
  });
  it('prices what it routes', () => {
    const { cost } = decide(policyWith({}), { kind: 'chat' }, world({ tokens: 1000 }));
    const price = pricePerMillion(3, 15);
    expect(cost).toEqual({
      kind: 'priced',
      lowNanoUsd: 300_000 + 1_500_000,
      highNanoUsd: 3_750_000 + 30_000_000,
      price,
    });
  });
});
