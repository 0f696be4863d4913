import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { type LayerReading, labelsIn, layered, oneLayer, type PolicyLayer, pricesIn } from './layers.ts';
import { parsePolicy } from './parse.ts';
import type { Policy, PolicyMode } from './schema.ts';

const wrong = (text: string, around?: Parameters<typeof parsePolicy>[1]): readonly string[] =>
  parsePolicy(text, around)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);

function layer(name: string, parts: Partial<Policy>, more: Partial<PolicyLayer> = {}): PolicyLayer {
  const policy = compilePolicy({ version: 1, default: 'a/b', ...parts }, name, { name });
  return { name, origin: 'extended', of: 'both', source: name, prefers: true, policy, ...more };
}

const org = layer('org', {
  models: { small: ['eu/small'], large: ['eu/large', 'small'] },
  review: { senior: { who: '@org/seniors' } },
  classes: [{ id: 'ledger', when: { touches: ['ledger/**'] }, use: 'large', review: 'senior', final: true }],
  constraints: [{ id: 'eyes', review: ['senior'], reason: 'r' }],
  budgets: [{ id: 'month', per: 'org', usd: 1 }],
});

describe('ids', () => {
  const { policy } = org;
  it.each([
    ['a class', policy.classes[0]?.id, 'org:ledger'],
    ['a constraint', policy.constraints[0]?.id, 'org:eyes'],
    ['a budget', policy.budgets[0]?.id, 'org:month'],
    ['a gate of a class', policy.classes[0]?.route.review[0], 'org:senior'],
    ['a gate of a constraint', policy.constraints[0]?.review[0], 'org:senior'],
    ['a gate that is defined', [...policy.gates.keys()][0], 'org:senior'],
    ['as it is written', policy.classes[0]?.source.id, 'ledger'],
    [
      'of a repository’s own file',
      oneLayer(compilePolicy(policy.source, 'h')).layers[0]?.policy.classes[0]?.id,
      'ledger',
    ],
  ])('%s', (_what, id, expected) => {
    expect(id).toBe(expected);
  });
});

describe('what a file uses of the layers around it', () => {
  const child = {
    version: 1,
    extends: './org.json',
    default: ['large', 'own'],
    models: { own: ['x/y', 'small'] },
    constraints: [{ id: 'c', reason: 'r', review: 'senior' }],
    tests: [{ given: { spent: { 'org:month': 2 } }, expect: { class: 'org:ledger', review: ['senior'] } }],
  };
  const text = JSON.stringify(child);

  it('is unknown where they are', () => {
    expect(wrong(text)).toEqual(['unknown-alias', 'unknown-alias', 'unknown-gate']);
  });
  it('may be there as long as nobody has read what the file extends', () => {
    expect(parsePolicy(text, { unread: true }).diagnostics.filter(({ code }) => code.startsWith('unknown'))).toEqual(
      [],
    );
    expect(wrong(JSON.stringify({ ...child, extends: undefined }), { unread: true })).toContain('unknown-alias');
  });
  it('means what it means there', () => {
    const parsed = parsePolicy(text, { outer: [org] });
    expect(parsed.diagnostics.filter(({ code }) => code !== 'not-enforced')).toEqual([]);
    const compiled = compilePolicy(parsed.policy!, 'h', { outer: [org] });
    expect(compiled.default.use.map(({ target }) => target)).toEqual(['eu/large', 'eu/small', 'x/y']);
    expect(compiled.constraints[0]?.review).toEqual(['org:senior']);
    expect([...compiled.aliases.keys()]).toEqual(['own']);
  });
  it('changes for the file alone when it says something else', () => {
    const other = { ...child, models: { ...child.models, small: 'z/z' }, review: { senior: { who: '@me' } } };
    const compiled = compilePolicy(parsePolicy(JSON.stringify(other)).policy ?? (other as Policy), 'h', {
      outer: [org],
    });
    expect(compiled.default.use.map(({ target }) => target)).toEqual(['eu/large', 'eu/small', 'x/y', 'z/z']);
    expect(compiled.constraints[0]?.review).toEqual(['senior']);
    expect(org.policy.classes[0]?.route.use.map(({ target }) => target)).toEqual(['eu/large', 'eu/small']);
  });
  it('is the innermost of two that have it', () => {
    const inner = layer('team', { models: { small: 'team/small' }, review: { senior: { who: '@team' } } });
    const compiled = compilePolicy(
      { version: 1, default: 'small', constraints: [{ id: 'c', reason: 'r', review: 'senior' }] },
      'h',
      { outer: [org, inner] },
    );
    expect(compiled.default.use.map(({ target }) => target)).toEqual(['team/small']);
    expect(compiled.constraints[0]?.review).toEqual(['team:senior']);
  });
});

describe('the mode', () => {
  type Said = readonly [LayerReading, PolicyMode | undefined];
  it.each<[string, readonly Said[], PolicyMode]>([
    ['is enforce where nobody says', [['both', undefined]], 'enforce'],
    [
      'is what the only one says',
      [
        ['both', undefined],
        ['both', 'observe'],
      ],
      'observe',
    ],
    [
      'is the strictest of those who say',
      [
        ['both', 'warn'],
        ['both', undefined],
        ['both', 'observe'],
      ],
      'warn',
    ],
    [
      'is not loosened by an edit',
      [
        ['committed', 'enforce'],
        ['working', 'observe'],
      ],
      'enforce',
    ],
    [
      'is not loosened by an edit where nothing was said',
      [
        ['committed', undefined],
        ['working', 'warn'],
      ],
      'enforce',
    ],
    [
      'is tightened by an edit',
      [
        ['committed', 'observe'],
        ['working', 'enforce'],
      ],
      'enforce',
    ],
    [
      'is tightened by an edit that takes a word away',
      [
        ['committed', 'observe'],
        ['working', undefined],
      ],
      'enforce',
    ],
    [
      'of a baseline counts in both readings',
      [
        ['both', 'warn'],
        ['committed', undefined],
        ['working', 'observe'],
      ],
      'warn',
    ],
    ['of a file never committed is its own', [['working', 'observe']], 'observe'],
  ])('%s', (_name, said, expected) => {
    const layers = said.map(([of, mode], n) => layer(`l${n}`, mode === undefined ? {} : { mode }, { of }));
    expect(layered(layers, 'h').mode).toBe(expected);
  });
});

describe('prices', () => {
  const price = (inputUsd: number) => ({ 'a/b': { inputUsd, outputUsd: 1, asOf: '2026-11-01' } });
  const budgets = [{ id: 'b', per: 'developer' as const, usd: 1 }];
  const of = (...parts: readonly Partial<Policy>[]) =>
    pricesIn(
      layered(
        parts.map((one, n) => layer(`l${n}`, one)),
        'h',
      ),
    )['a/b']?.inputUsd;

  it.each<[string, readonly Partial<Policy>[], number | undefined]>([
    ['of the only layer', [{ prices: price(1), budgets }], 1],
    ['of two layers are the outer one’s', [{ prices: price(1) }, { prices: price(2) }], 1],
    ['of an inner layer count where nothing outside limits money', [{}, { prices: price(2), budgets }], 2],
    ['of an inner layer cannot get past an outer budget', [{ budgets }, { prices: price(0) }], undefined],
    [
      'nor past an outer cap',
      [{ constraints: [{ id: 'c', reason: 'r', maxCostUsd: 1 }] }, { prices: price(0) }],
      undefined,
    ],
    ['nor past a cap of a class', [{ default: { use: 'a/b', maxCostUsd: 1 } }, { prices: price(0) }], undefined],
  ])('%s', (_name, parts, expected) => {
    expect(of(...parts)).toBe(expected);
  });
});

it('a label is what the outermost layer says', () => {
  const layers = [layer('org', { labels: { centre: '7' } }), layer('', { labels: { centre: '9', team: 'x' } })];
  expect(labelsIn(layered(layers, 'h'))).toEqual({ centre: '7', team: 'x' });
});

it('enforces a machine’s baseline that says nothing of a mode, whatever a repository says', () => {
  const modeOf = (origin: PolicyLayer['origin'], mode: PolicyMode) =>
    layered([layer('org', {}, { origin }), layer('', { mode }, { origin: 'repository' })], 'h').mode;
  expect(modeOf('managed', 'observe')).toBe('enforce');
  expect(modeOf('managed', 'warn')).toBe('enforce');
  // What a file extends is its own choice: a baseline that wants to be enforced says so.
  expect(modeOf('extended', 'observe')).toBe('observe');
});
