import { describe, expect, it } from 'vitest';
import { checkPolicy, type ModelKnowledge } from './check.ts';
import { compilePolicy } from './compile.ts';
import { parsePolicy } from './parse.ts';

const knowledge: ModelKnowledge = {
  knowsProvider: (provider) => ['anthropic', 'openai'].includes(provider),
  knowsModel: (_, model) => (model === 'unsure' ? undefined : ['sonnet', 'haiku', 'dear'].includes(model)),
  retired: (_, model) => (model === 'old' ? { successor: 'sonnet' } : model === 'gone' ? {} : undefined),
  priced: (_, model) => model !== 'dear',
  similarModels: (_, model) => (model === 'sonet' ? ['sonnet'] : []),
  similarProviders: (provider) => (provider === 'antropic' ? ['anthropic'] : []),
};

function check(text: string): { code: string; at: string; fix: string | undefined; message: string }[] {
  const { document, policy, diagnostics } = parsePolicy(text);
  expect(diagnostics.filter((diagnostic) => diagnostic.severity === 'error')).toEqual([]);
  return checkPolicy(document, compilePolicy(policy!, 'hash'), knowledge).map(({ code, range, fix, message }) => ({
    code,
    at: text.slice(range.start, range.end),
    fix: fix?.replacement,
    message,
  }));
}

const BUDGET = '"budgets": [{ "id": "b", "per": "team", "usd": 1, "then": "warn" }]';

describe('a policy held against what is known about models', () => {
  it.each([
    { target: 'anthropic/sonnet', code: undefined },
    { target: 'anthropic/unsure', code: undefined },
    { target: 'antropic/sonnet', code: 'unknown-provider', fix: 'anthropic/sonnet', says: 'Did you mean "anthropic"?' },
    { target: 'mine/sonnet', code: 'unknown-provider', fix: undefined, says: 'this target is skipped' },
    { target: 'anthropic/sonet', code: 'unknown-model', fix: 'anthropic/sonnet', says: 'Did you mean "sonnet"?' },
    { target: 'anthropic/zzz', code: 'unknown-model', fix: undefined, says: 'Check the name' },
    { target: 'anthropic/old', code: 'retired-model', fix: 'anthropic/sonnet', says: 'Use "sonnet"' },
    { target: 'anthropic/gone', code: 'retired-model', fix: undefined, says: 'Name another' },
  ])('$target: $code', ({ target, code, fix, says }) => {
    const found = check(`{ "version": 1, "default": ["anthropic/haiku", "${target}"] }`);
    expect(found.map(({ message: _, ...rest }) => rest)).toEqual(
      code === undefined ? [] : [{ code, at: `"${target}"`, fix: fix === undefined ? undefined : `"${fix}"` }],
    );
    if (says !== undefined) expect(found[0]?.message).toContain(says);
  });

  it('looks at every place that names a target, where it is written', () => {
    const found = check(`{ "version": 1, "default": { "use": "mine/1", "escalateTo": "mine/2" },
      "models": { "m": ["mine/3", { "model": "mine/4" }] },
      "classes": [{ "id": "x", "when": {}, "use": "mine/5" }, { "id": "y", "when": {} }],
      "routes": { "y": { "use": "mine/6", "trial": { "id": "t", "use": "mine/7", "share": 1, "until": "2027-01-01" } } },
      "constraints": [{ "id": "c", "reason": "r", "local": true, "else": "mine/8" }],
      "budgets": [{ "id": "b", "per": "team", "usd": 1, "then": { "downgradeTo": "mine/9" },
                    "steps": [{ "at": 50, "then": { "downgradeTo": "mine/10" } }] }] }`);
    expect(found.map(({ at }) => at)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => `"mine/${number}"`));
  });

  it.each([
    { name: 'a budget asks for prices', rest: BUDGET, codes: ['unpriced-model'] },
    {
      name: 'a budget lets unknown prices pass',
      rest: BUDGET.replace('"usd"', '"onUnknown": "open", "usd"'),
      codes: [],
    },
    { name: 'nothing asks for prices', rest: '"labels": {}', codes: [] },
    {
      name: 'a constraint asks for prices',
      rest: '"constraints": [{ "id": "c", "reason": "r", "maxCostUsd": 1 }]',
      codes: ['unpriced-model'],
    },
    {
      name: 'the policy gives the price',
      rest: `${BUDGET}, "prices": { "openai/dear": { "inputUsd": 1, "outputUsd": 1, "asOf": "2026-01-01" } }`,
      codes: [],
    },
  ])('an unpriced model, when $name', ({ rest, codes }) => {
    expect(check(`{ "version": 1, "default": "openai/dear", ${rest} }`).map(({ code }) => code)).toEqual(codes);
  });
});
