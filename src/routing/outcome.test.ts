import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { answer } from './testing/answers.ts';
import { type Changes, policyWith, world } from './testing/world.ts';

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
