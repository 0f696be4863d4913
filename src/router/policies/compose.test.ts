import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../policy/compile.ts';
import type { Policy } from '../../policy/schema.ts';
import { withoutRepeated } from './compose.ts';

const price = { inputUsd: 1, outputUsd: 2, asOf: '2026-01-01' };
const rules: Policy = {
  version: 1,
  default: 'a/b',
  prices: { 'a/b': price },
  constraints: [{ id: 'cheap', deny: ['x/*'], reason: 'because' }],
  // biome-ignore lint/suspicious/noThenProperty: the policy language's own word.
  budgets: [{ id: 'day', per: 'developer', period: 'day', usd: 5, then: 'block' }],
};
const merged = compilePolicy(rules, 'merged', { name: 'committed' });

const kept = (edited: Partial<Policy>): readonly string[] => {
  const { constraints, budgets } = withoutRepeated(merged, compilePolicy({ ...rules, ...edited }, 'edited'));
  return [...constraints, ...budgets].map(({ source }) => source.id);
};

describe('a rule that was merged, where the edited file has it word for word', () => {
  it('is told once where all that it leans on is the same', () => {
    expect(kept({})).toEqual([]);
    expect(kept({ default: 'c/d' })).toEqual([]);
  });

  const changes: readonly (readonly [string, Partial<Policy>])[] = [
    ['another price', { prices: { 'a/b': { ...price, inputUsd: 0 } } }],
    ['one price more', { prices: { 'a/b': price, 'c/d': price } }],
    ['another model of an alias', { models: { small: ['a/b'] } }],
    ['other modules', { modules: { roots: ['services/*'] } }],
    ['another reviewer', { review: { senior: { who: '@acme/seniors' } } }],
  ];
  it.each(changes)('is kept beside it where the edited file has %s', (_what, edited) => {
    expect(kept(edited)).toEqual(['cheap', 'day']);
  });

  it('is kept where the edited file words it otherwise', () => {
    expect(kept({ constraints: [{ id: 'cheap', deny: ['y/*'], reason: 'because' }] })).toEqual(['cheap']);
  });
});
