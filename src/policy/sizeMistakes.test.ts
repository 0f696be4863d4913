// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { describe, expect, it } from 'vitest';
import { parsePolicy } from './parse.ts';
import { limits } from './schema.ts';

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const entries = (count: number, value: unknown) => Object.fromEntries(many(count, (n) => [`e${n}`, value]));
const classesWith = (keywords: string[][]) =>
  keywords.map((list, n) => ({ id: `c${n}`, when: { keywords: list }, use: 'a/b' }));

interface Case {
  readonly what: string;
  readonly most: number;
  readonly at: readonly (string | number)[];
  readonly make: (count: number) => object;
}

const cases: readonly Case[] = [
  {
    what: 'constraints',
    most: limits.constraints,
    at: ['constraints'],
    make: (count) => ({ constraints: many(count, (n) => ({ id: `c${n}`, reason: 'r', deny: ['x/*'] })) }),
  },
  {
    what: 'budgets',
    most: limits.budgets,
    at: ['budgets'],
    make: (count) => ({ budgets: many(count, (n) => ({ id: `b${n}`, per: 'org', usd: 1, then: 'warn' })) }),
  },
  { what: 'gates', most: limits.gates, at: ['review'], make: (count) => ({ review: entries(count, { who: 'x' }) }) },
  {
    what: 'tests',
    most: limits.tests,
    at: ['tests'],
    make: (count) => ({ tests: many(count, () => ({ given: {}, expect: { blocked: false } })) }),
  },
  {
    what: 'named modules',
    most: limits.namedModules,
    at: ['modules', 'named'],
    make: (count) => ({ modules: { named: entries(count, ['src/**']) } }),
  },
  {
    what: 'keywords in one list',
    most: limits.conditionItems,
    at: ['classes', 0, 'when', 'keywords'],
    make: (count) => ({ classes: classesWith([many(count, (n) => `k${n}`)]) }),
  },
  {
    what: 'keywords in all',
    most: limits.keywords,
    at: ['classes'],
    make: (count) => ({ classes: classesWith(many(count, (n) => [`k${n}`])) }),
  },
  {
    what: 'characters of a keyword',
    most: limits.keywordCharacters,
    at: ['classes', 0, 'when', 'keywords', 0],
    make: (count) => ({ classes: classesWith([['k'.repeat(count)]]) }),
  },
  {
    what: 'characters of a target',
    most: limits.targetCharacters,
    at: ['models', 'm', 1],
    make: (count) => ({ models: { m: ['a/b', `a/${'m'.repeat(count - 2)}`] } }),
  },
  {
    what: 'globs',
    most: limits.globs,
    at: [],
    make: (count) => ({ diff: { ignore: many(count, (n) => `f${n}`) } }),
  },
  {
    what: 'globs that are tried for any path',
    most: limits.crowdedGlobs,
    at: [],
    make: (count) => ({ diff: { ignore: many(count, (n) => `**/*x${n}*`) } }),
  },
  {
    what: 'names that constraints admit',
    most: limits.admissions,
    at: ['constraints'],
    make: (count) => ({ constraints: [{ id: 'c', reason: 'r', allow: many(count, (n) => `a/${n}`) }] }),
  },
];

describe('how large the parts of a policy may be', () => {
  it.each(cases)('$what: $most and no more', ({ most, at, make }) => {
    const parse = (count: number) => parsePolicy(JSON.stringify({ version: 1, default: 'a/b', ...make(count) }));
    expect(parse(most).policy).toBeDefined();
    const { policy, diagnostics } = parse(most + 1);
    expect(policy).toBeUndefined();
    expect(diagnostics.map(({ code, path, severity }) => ({ code, path, severity }))).toEqual([
      { code: 'too-large', path: at, severity: 'error' },
    ]);
    expect(diagnostics[0]?.message).toMatch(/ most .+\. .+\.$/);
  });

  it('leaves ten thousand class rules alone', () => {
    const classes = many(10_000, (n) => ({ id: `c${n}`, when: { files: [`teams/t${n}/**`] }, use: 'a/b' }));
    expect(parsePolicy(JSON.stringify({ version: 1, default: 'a/b', classes })).diagnostics).toEqual([]);
  });
});

it.each([
  [10_000, []],
  [10_001, ['A policy has at most 10,000 conditions within "anyOf" and "not"; this one has more.']],
])('%i conditions within others', (count, said) => {
  const anyOf = Array.from({ length: count - 1 }, () => ({ branch: ['a'] }));
  const classes = [{ id: 'c', when: { not: { anyOf } }, use: 'a/b' }];
  const { diagnostics } = parsePolicy(JSON.stringify({ version: 1, default: 'a/b', classes }));
  const found = diagnostics.filter(({ code }) => code === 'too-large').map(({ message }) => message.split(' Name ')[0]);
  expect(found).toEqual(said);
});

it.each([
  ['classes', Array.from({ length: 12_001 }, () => ({ z: 1 }))],
  ['labels', Object.fromEntries(Array.from({ length: 12_001 }, (_, at) => [`l${at}`, at]))],
  ['', Object.fromEntries(Array.from({ length: 12_001 }, (_, at) => [`k${at}`, 1]))],
])('a file of nothing but mistaken entries of "%s" is refused before each of them is noted', (key, part) => {
  const { policy, diagnostics } = parsePolicy(
    JSON.stringify({ version: 1, default: 'a/b', ...(key === '' ? part : { [key]: part }) }),
  );
  expect(policy).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: 'too-large', severity: 'error', path: key === '' ? [] : [key] }]);
  expect(diagnostics[0]?.message).toMatch(/more than 12,000 entries/);
});
