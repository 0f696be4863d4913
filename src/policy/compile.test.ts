// biome-ignore-all lint/suspicious/noThenProperty: the policy language's own word; the objects are data and never awaited.
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import type { CompiledPolicy, TargetChain } from './compiled.ts';
import { parsePolicy } from './parse.ts';

function compiled(policy: object): CompiledPolicy {
  const parsed = parsePolicy(JSON.stringify({ version: 1, default: 'a/b', ...policy }));
  expect(parsed.diagnostics.filter((diagnostic) => diagnostic.severity === 'error')).toEqual([]);
  return compilePolicy(parsed.policy!, 'hash');
}

function names(chain: TargetChain | undefined): string[] | undefined {
  return chain?.map((target) => target.target);
}

describe('an alias', () => {
  const models = {
    outer: ['inner', 'z/9', 'x/1'],
    inner: ['x/1', { model: 'y/2', effort: 'low' }],
    hard: { model: 'outer', effort: 'high', maxOutputTokens: 100 },
  };

  it('is expanded in order, nested, each target once', () => {
    const { aliases } = compiled({ models, default: ['z/9', 'outer'] });
    expect([...aliases.keys()]).toEqual(['outer', 'inner', 'hard']);
    expect(names(aliases.get('outer'))).toEqual(['x/1', 'y/2', 'z/9']);
  });

  it('puts its order into a longer list', () => {
    expect(names(compiled({ models, default: ['z/9', 'outer'] }).default.use)).toEqual(['z/9', 'x/1', 'y/2']);
  });

  it('gives what is asked beside it to each of its models', () => {
    expect(compiled({ models, default: 'hard' }).default.use).toEqual(
      ['x/1', 'y/2', 'z/9'].map((target) => ({
        kind: 'model',
        target,
        provider: target.slice(0, 1),
        model: target.slice(2),
        effort: 'high',
        maxOutputTokens: 100,
        alias: 'hard',
      })),
    );
  });

  it('of two entries for one model keeps the first, settings and all', () => {
    const { default: fallback } = compiled({ models, default: [{ model: 'y/2', effort: 'max' }, 'inner'] });
    expect(fallback.use.map((target) => (target.kind === 'model' ? target.effort : 'native'))).toEqual([
      'max',
      undefined,
    ]);
  });

  it('does not hang compilation when it leads to itself', () => {
    const policy = { version: 1, default: 'a', models: { a: ['b', 'x/1'], b: ['a', 'y/2'] } } as const;
    const { aliases } = compilePolicy({ ...policy, models: { a: ['b', 'x/1'], b: ['a', 'y/2'] } }, 'hash');
    expect(names(aliases.get('a'))).toEqual(['y/2', 'x/1']);
  });
});

describe('a model', () => {
  it('is everything after the first "/"', () => {
    expect(compiled({ default: 'openrouter/meta/llama-4:free' }).default.use[0]).toMatchObject({
      provider: 'openrouter',
      model: 'meta/llama-4:free',
    });
  });

  it('may be "native" among others', () => {
    const when = { kind: 'completion' };
    const [inline] = compiled({ classes: [{ id: 'inline', when, use: ['native', 'a/b'] }] }).classes;
    expect(names(inline?.route.use)).toEqual(['native', 'a/b']);
  });
});

describe('the route of a class', () => {
  const fallback = { use: 'd/d', review: 'r1', maxCostUsd: 4, escalateTo: 'e/e', passFloor: 0.5 };
  const review = { r1: { who: '@a' }, r2: { who: '@b' }, r3: { who: '@c' } };

  it.each([
    { name: 'its own use', work: { use: 'x/x' }, routes: {}, route: { use: ['x/x'], review: [] } },
    {
      name: 'its route, gates united, the smaller cap, the larger floor',
      work: { review: ['r2', 'r3'], maxCostUsd: 2, passFloor: 0.1 },
      routes: { work: { use: 'y/y', review: 'r3', maxCostUsd: 3, passFloor: 0.9, escalateTo: 'z/z' } },
      route: { use: ['y/y'], review: ['r2', 'r3'], maxCostUsd: 2, passFloor: 0.9, escalateTo: ['z/z'] },
    },
    {
      name: 'the whole default where it has neither',
      work: { review: 'r2', maxCostUsd: 9 },
      routes: {},
      route: { use: ['d/d'], review: ['r2', 'r1'], maxCostUsd: 4, passFloor: 0.5, escalateTo: ['e/e'] },
    },
  ])('is $name', ({ work, routes, route }) => {
    const policy = compiled({ default: fallback, review, routes, classes: [{ id: 'work', when: {}, ...work }] });
    const found = policy.classById.get('work')!.route;
    const { escalateTo, use, ...rest } = found;
    expect({ ...rest, use: names(use), ...(escalateTo ? { escalateTo: names(escalateTo) } : {}) }).toEqual(route);
  });

  it('is not found on a prototype', () => {
    const policy = compiled({ classes: [{ id: 'constructor', when: {} }] });
    expect(names(policy.classById.get('constructor')?.route.use)).toEqual(['a/b']);
  });
});

describe('conditions', () => {
  it('become clauses in the order of the schema, whatever the order in the file', () => {
    const [work] = compiled({
      classes: [
        {
          id: 'x',
          when: {
            anyOf: [{ kind: 'chat' }],
            not: { team: ['t'] },
            keywords: ['k'],
            context: { tools: true, tokens: '<9' },
            diff: { modules: 1, files: '>2' },
            touches: ['b'],
            files: ['a'],
            kind: 'plan',
          },
        },
      ],
    }).classes;
    expect(work?.when.clauses).toEqual([
      { key: 'kind', any: ['plan'] },
      { key: 'files', set: 0 },
      { key: 'touches', set: 1 },
      { key: 'diff', measure: 'files', range: { min: 2, minExclusive: true, text: '>2' } },
      { key: 'diff', measure: 'modules', range: { min: 1, max: 1, text: '1' } },
      { key: 'context', measure: 'tokens', range: { max: 9, maxExclusive: true, text: '<9' } },
      { key: 'context', measure: 'tools', is: true },
      { key: 'keywords', any: ['k'] },
      { key: 'not', when: { clauses: [{ key: 'team', any: ['t'] }] } },
      { key: 'anyOf', whens: [{ clauses: [{ key: 'kind', any: ['chat'] }] }] },
    ]);
  });

  it('share one glob set where their lists are equal, and classes are grouped by it', () => {
    const policy = compiled({
      classes: [
        { id: 'a', when: { files: ['x/**'] } },
        { id: 'b', when: { kind: 'chat' } },
        { id: 'c', when: { touches: ['x/**'], kind: 'edit' } },
        { id: 'd', when: { not: { files: ['x/**'] } } },
        { id: 'e', when: { branch: ['x/**'] } },
      ],
    });
    expect(policy.index.sets).toHaveLength(1);
    expect([...policy.classesBySet]).toEqual([[0, [0, 2]]]);
    expect(policy.unindexedClasses).toEqual([1, 3, 4]);
  });
});

describe('the rest of a policy', () => {
  it('has money in nano-dollars and steps in ascending order', () => {
    const [budget] = compiled({
      budgets: [
        {
          id: 'b',
          per: 'team',
          usd: 0.1,
          then: { downgradeTo: ['x/1'] },
          steps: [
            { at: 120, then: 'block' },
            { at: 50, then: 'warn' },
          ],
        },
      ],
    }).budgets;
    expect(budget?.limitNanoUsd).toBe(100_000_000);
    expect(
      budget?.steps.map(({ at, step }) => [at, typeof step === 'string' ? step : names(step.downgradeTo)]),
    ).toEqual([
      [50, 'warn'],
      [100, ['x/1']],
      [120, 'block'],
    ]);
  });

  it('has dates as instants, and modules and ignored files in the index', () => {
    const policy = compiled({
      constraints: [{ id: 'c', reason: 'r', block: true, until: '2027-01-01' }],
      diff: { ignore: ['gen/**'] },
      modules: { named: { core: ['core/**'], ui: ['ui/**'] }, support: ['docs/**'] },
    });
    expect(policy.constraints[0]?.until).toBe(Date.parse('2027-01-01T00:00:00Z'));
    expect(policy.index.match('core/a').map((set) => policy.namedModules.get(set))).toEqual([
      { name: 'core', place: 0 },
    ]);
    expect(policy.index.match('ui/a').map((set) => policy.namedModules.get(set))).toEqual([{ name: 'ui', place: 1 }]);
    expect(policy.index.match('gen/a')).toEqual([policy.ignoreSet]);
    expect(policy.index.match('docs/a')).toEqual([policy.supportSet]);
  });
});
