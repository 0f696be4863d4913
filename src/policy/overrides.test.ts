import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { layered, type PolicyLayer } from './layers.ts';
import { overridesIn } from './overrides.ts';
import type { Policy } from './schema.ts';

function layer(name: string, overrides: Policy['overrides'], of: PolicyLayer['of'] = 'both'): PolicyLayer {
  const source: Policy = { version: 1, default: 'a/b', ...(overrides === undefined ? {} : { overrides }) };
  const policy = compilePolicy(source, name, { name });
  return { name, origin: name === '' ? 'repository' : 'extended', of, source: name, prefers: true, policy };
}

const rules = (...layers: readonly PolicyLayer[]) => overridesIn(layered(layers, 'hash'));

describe('who may override', () => {
  it('is in a team of every layer that names some, the outermost first', () => {
    expect(rules(layer('org', { who: '@org/leads' }), layer('', { who: ['@shop/a', '@shop/b'] })).who).toEqual([
      ['@org/leads'],
      ['@shop/a', '@shop/b'],
    ]);
  });

  it('is in the team of the one layer that names any, wherever that stands', () => {
    expect(rules(layer('org', { who: '@org/leads' }), layer('', { direction: 'up' })).who).toEqual([['@org/leads']]);
    expect(rules(layer('org', { direction: 'up' }), layer('', { who: '@shop/a' })).who).toEqual([['@shop/a']]);
    expect(rules(layer('org', { who: '@org/leads' }), layer('', undefined)).who).toEqual([['@org/leads']]);
  });

  it('is in a team of what is merged and in one of what is being edited', () => {
    const merged = layer('merged', { who: '@org/leads' }, 'committed');
    expect(rules(merged, layer('', { who: '@shop/a' }, 'working')).who).toEqual(
      expect.arrayContaining([['@org/leads'], ['@shop/a']]),
    );
  });
});

describe('the rules of several layers', () => {
  it('are the strictest of each, and a refusal is put down to the narrowest direction', () => {
    const outer = layer('org', { direction: 'up', reason: 'optional', expires: '2h', maxPerDay: 5 });
    const own = layer('', { direction: 'any', reason: 'required', expires: '30m', maxPerDay: 9 });
    expect(rules(outer, own)).toEqual({
      direction: 'up',
      reasonRequired: true,
      expiresMs: 1_800_000,
      maxPerDay: 5,
      who: [],
      layer: 'org',
    });
  });
});
