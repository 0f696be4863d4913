import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../../test/host/cpuTime.ts';
import { createMemo } from '../../policy/analysis/memo.ts';
import { repositoryFiles } from '../../policy/analysis/repositoryFiles.ts';
import type { ClassOfWork, When } from '../../policy/schema.ts';
import { classify } from '../classify.ts';
import type { Facts } from '../facts.ts';
import { facts, PATHS, when } from '../testing/arbitraries.ts';
import { compiled, onlyLayer } from '../testing/world.ts';
import { ask, classesBefore, conditionOf, groundOf, unreachableClasses } from './reachability.ts';

const RUNS = Math.ceil(Number(process.env['PROPERTY_RUNS'] ?? 5_000) / 10);

/** Conditions that others imply now and then. */
const nested: fc.Arbitrary<When> = fc.oneof(
  { weight: 3, arbitrary: when },
  fc.constantFrom<When>(
    {},
    { files: ['src/**'] },
    { files: ['src/core/**'] },
    { touches: ['**/*.ts'] },
    { diff: { modules: '>=1' } },
    { diff: { lines: '>=5' } },
    { diff: { added: '<=10', files: '<=2' } },
    { kind: ['chat', 'edit'] },
    { not: { kind: 'chat' } },
    { keywords: ['move'] },
    { context: { tokens: '>=100', images: true } },
    { languages: ['typescript'] },
    { branch: ['release/**'] },
    { client: ['cli'], not: { files: ['src/**'] } },
  ),
);

const classes = fc.array(fc.record({ when: nested, final: fc.boolean() }), { minLength: 1, maxLength: 6 }).map((list) =>
  list.map(
    ({ when: condition, final }, index): ClassOfWork => ({
      id: `c${index}`,
      when: condition,
      final: final && index % 3 === 0,
    }),
  ),
);

const request: fc.Arbitrary<Facts> = fc
  .tuple(
    facts,
    fc.record(
      {
        text: fc.constantFrom('move it', 'fix it'),
        client: fc.constantFrom('cli', 'web'),
        branch: fc.constantFrom('main', 'release/1'),
        context: fc.record({ tokens: fc.nat(200), images: fc.boolean() }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([base, more]) => ({ ...base, ...more }));

describe('what is said of classes', () => {
  it('holds for every request that was tried', () => {
    const seen = { open: 0, closed: 0, unknown: 0 };
    fc.assert(
      fc.property(classes, fc.array(request, { minLength: 30, maxLength: 30 }), (list, requests) => {
        const layers = compiled({ version: 1, default: 'a/b', classes: list.map((work) => ({ ...work, use: 'a/b' })) });
        const { policy } = onlyLayer(layers);
        const ground = groundOf(policy, createMemo());
        const winners = new Set(requests.map((tried) => classify(layers, tried).class));
        for (const work of policy.classes) {
          const reach = ask(ground, [conditionOf(work)], classesBefore(policy, work).map(conditionOf));
          seen[reach.kind] += 1;
          if (reach.kind === 'closed') expect(winners).not.toContain(work.id);
          if (reach.kind === 'open') expect(classify(layers, reach.facts).class).toBe(work.id);
        }
      }),
      { numRuns: RUNS },
    );
    expect(seen.closed).toBeGreaterThan(RUNS / 5);
    expect(seen.open).toBeGreaterThan(RUNS);
    // What cannot be settled is kept quiet about; it has to be the exception.
    expect(seen.unknown).toBeLessThan((seen.open + seen.closed) / 10);
  });

  it('of a repository holds for every request about its files', () => {
    const here = repositoryFiles(PATHS);
    let shadowed = 0;
    fc.assert(
      fc.property(classes, fc.array(facts, { minLength: 30, maxLength: 30 }), (list, requests) => {
        const layers = compiled({ version: 1, default: 'a/b', classes: list.map((work) => ({ ...work, use: 'a/b' })) });
        const { policy } = onlyLayer(layers);
        const winners = new Set(requests.map((tried) => classify(layers, tried).class));
        for (const { code, path } of unreachableClasses(groundOf(policy, createMemo()), here)) {
          if (code === 'shadowed-here') shadowed += 1;
          expect(winners).not.toContain(policy.classes[Number(path[1])]?.id);
        }
      }),
      { numRuns: RUNS },
    );
    expect(shadowed).toBeGreaterThan(0);
  });
});

describe('what is remembered', () => {
  const policyOf = (...conditions: readonly When[]) =>
    onlyLayer(
      compiled({
        version: 1,
        default: 'a/b',
        classes: conditions.map((condition, n) => ({ id: `c${n}`, when: condition, use: 'a/b' })),
      }),
    ).policy;
  const codes = (memo: ReturnType<typeof createMemo>, ...conditions: readonly When[]) =>
    unreachableClasses(groundOf(policyOf(...conditions), memo)).map(({ code, path }) => `${code} ${path[1]}`);

  it('gives way when a rule before changes, and comes back with it', () => {
    const memo = createMemo();
    const [wide, narrow, other]: readonly When[] = [
      { files: ['src/**'] },
      { files: ['src/*.ts'] },
      { files: ['lib/**'] },
    ];
    expect(codes(memo, wide!, narrow!)).toEqual(['unreachable-class 1']);
    expect(codes(memo, other!, narrow!)).toEqual([]);
    expect(codes(memo, wide!, narrow!)).toEqual(['unreachable-class 1']);
    expect(codes(memo, narrow!, wide!)).toEqual([]);
  });

  it('costs no search as long as nothing changed', () => {
    const memo = createMemo();
    const policy = policyOf({ files: ['src/**'] }, { files: ['src/*.ts'] }, { kind: 'chat' });
    unreachableClasses(groundOf(policy, memo));
    const again = groundOf(policy, memo);
    const before = memo.work.left;
    unreachableClasses(again);
    expect(memo.work.left).toBe(before);
  });
});

describe('one rule changed among many', () => {
  it('costs a small part of what all of them do', () => {
    const memo = createMemo();
    const classesOf = (edited: string) =>
      Array.from({ length: 150 }, (_, n) => ({
        id: `c${n}`,
        when: { files: [`packages/${n === 70 ? edited : `p${n}`}/**/*.ts`, '!**/*.d.ts'] },
        use: 'a/b',
      }));
    const spentOn = (edited: string): number => {
      const { policy } = onlyLayer(compiled({ version: 1, default: 'a/b', classes: classesOf(edited) }));
      const ground = groundOf(policy, memo);
      const before = memo.work.left;
      expect(unreachableClasses(ground)).toEqual([]);
      return before - memo.work.left;
    };
    const [all, one] = [spentOn('old'), spentOn('new')];
    expect(one).toBeGreaterThan(0);
    expect(one).toBeLessThan(all / 20);
  });
});

describe('a policy that is hard to reason about', () => {
  it('ends soon, with nothing said that was not settled', () => {
    const list = Array.from({ length: 200 }, (_, n) => ({
      id: `c${n}`,
      when: { files: [`**/*a${'?'.repeat(n % 40)}b*/**`], not: { touches: [`**/*${'?'.repeat(n % 30)}c*`] } },
      use: 'a/b',
    }));
    const { policy } = onlyLayer(compiled({ version: 1, default: 'a/b', classes: list }));
    const started = cpuNow();
    unreachableClasses(groundOf(policy, createMemo()));
    expect(cpuNow() - started).toBeLessThan(10_000);
  });
});
