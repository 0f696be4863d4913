import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { answer } from './testing/answers.ts';
import { type Changes, policyWith, world } from './testing/world.ts';

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

describe('a rule on makers', () => {
  const KNOWN = 'openai/gpt-6-sol';
  const UNKNOWN = 'mystery/mystery-1';
  const left = (rule: { allow: string[] } | { deny: string[] }, target: string, makers?: readonly string[]) => {
    const policy = policyWith({ default: [target], constraints: [{ id: 'c', reason: 'r', ...rule }] });
    const providers = { mystery: makers === undefined ? {} : { makers } };
    const decision = decide(policy, { kind: 'completion' }, world({ providers }));
    const [gone] = decision.removed.flatMap(({ reason }) => (reason.kind === 'constraint' ? [reason] : []));
    return gone === undefined ? 'admitted' : `${gone.by}${gone.detail === undefined ? '' : `: ${gone.detail}`}`;
  };
  const unknown = 'deny: its maker is not known';
  it.each<[string, { allow: string[] } | { deny: string[] }, string, readonly string[] | undefined, string]>([
    ['denies a maker that is known', { deny: ['maker:openai'] }, KNOWN, undefined, 'deny'],
    ['admits another that is known', { deny: ['maker:anthropic'] }, KNOWN, undefined, 'admitted'],
    ['takes one that is not known for the denied', { deny: ['maker:openai'] }, UNKNOWN, undefined, unknown],
    ['also beside names', { deny: ['x/*', 'maker:openai'] }, UNKNOWN, undefined, unknown],
    ['learns nothing of a provider that says none', { deny: ['maker:openai'] }, UNKNOWN, [], unknown],
    ['believes the provider', { deny: ['maker:openai'] }, UNKNOWN, ['acme'], 'admitted'],
    ['denies where the provider serves the maker too', { deny: ['maker:openai'] }, UNKNOWN, ['acme', 'openai'], 'deny'],
    ['goes by the catalogue before the provider', { deny: ['maker:anthropic'] }, KNOWN, ['anthropic'], 'admitted'],
    ['by names alone asks for no maker', { deny: ['openai/*'] }, UNKNOWN, undefined, 'admitted'],
    ['does not know who makes the editor’s own', { deny: ['maker:openai'] }, 'native', undefined, unknown],
    ['admits no maker that is not known', { allow: ['maker:acme'] }, UNKNOWN, undefined, 'allow'],
    ['admits the only maker that a provider serves', { allow: ['maker:acme'] }, UNKNOWN, ['acme'], 'admitted'],
    ['admits none that may be another’s', { allow: ['maker:acme'] }, UNKNOWN, ['acme', 'openai'], 'allow'],
    ['admits by name without a maker', { allow: ['mystery/*', 'maker:acme'] }, UNKNOWN, undefined, 'admitted'],
  ])('%s', (_name, rule, target, makers, expected) => {
    expect(left(rule, target, makers)).toBe(expected);
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
    ['a request of unknown size fails a constraint', { constraints: cap }, {}, 'blocked by cap'],
    [
      'a request of unknown size passes a route',
      { default: { use: 'anthropic/claude-sonnet-5-5', maxCostUsd: 1 } },
      {},
      'anthropic/claude-sonnet-5-5',
    ],
    [
      'what costs nothing passes whatever its size',
      { default: 'onprem/qwen3-coder', constraints: [{ ...cap[0]!, maxCostUsd: 0 }] },
      {},
      'onprem/qwen3-coder',
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
