import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { answer } from './testing/answers.ts';
import { type Changes, policyWith, world } from './testing/world.ts';

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
