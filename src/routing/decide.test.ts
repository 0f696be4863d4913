// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { answer, files } from './testing/answers.ts';
import { team } from './testing/policies.ts';
import { type Changes, compiled, policyWith, spent, world } from './testing/world.ts';

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
    expect(decision.why).toContainEqual(
      expect.objectContaining({ kind: 'blocked-by', rule: 'stop', reason: 'secret', certain: true }),
    );
    expect(decision.cost.kind).toBe('unknown-size');
  });
  it.each([
    ['observe', false],
    // A block is only a warning then: whatever a person said, the request would go on.
    ['warn', false],
    ['enforce', true],
  ] as const)('with mode %s a person is asked before a budget is passed: %s', (mode, ask) => {
    const budgets = [{ id: 'b', per: 'developer', period: 'day', usd: 1, then: 'ask' }] as const;
    const policy = policyWith({ mode, default: use, budgets: [...budgets] });
    expect(decide(policy, { kind: 'chat' }, world({ spent: spent({ b: 2 }) })).ask).toBe(ask);
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

describe('a decision', () => {
  it('gives the same bytes for the same input', () => {
    const facts: Facts = { kind: 'edit', files: files('packages/a/x.ts', 'packages/b/y.proto') };
    const once = JSON.stringify(decide(compiled(team), facts, world({ tokens: 1000 })));
    expect(JSON.stringify(decide(compiled(team), facts, world({ tokens: 1000 })))).toBe(once);
  });
});
