// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import { compilePolicy } from '../policy/compile.ts';
import { oneLayer } from '../policy/layers.ts';
import { parsePolicy } from '../policy/parse.ts';
import { limits, type Policy } from '../policy/schema.ts';
import { MOST_CARRIED } from './bounded.ts';
import { decide } from './decide.ts';
import { toMarkdown } from './markdown.ts';
import { policyWith, world } from './testing/world.ts';

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const chain = (n: number): string[] => many(20, (k) => `openai/m${n}-${k}`);

describe('a policy written to keep us busy', () => {
  it.each<[string, Partial<Policy>]>([
    ['constraints that all refuse', { constraints: many(5000, (n) => ({ id: `c${n}`, reason: 'r', deny: ['*'] })) }],
    [
      'constraints that all offer',
      { constraints: many(2000, (n) => ({ id: `c${n}`, reason: 'r', deny: ['*'], else: chain(n) })) },
    ],
    [
      'budgets that all downgrade, under many constraints',
      {
        constraints: many(2000, (n) => ({ id: `c${n}`, reason: 'r', deny: ['nobody/*'] })),
        budgets: many(1000, (n) => ({
          id: `b${n}`,
          per: 'org',
          usd: 1,
          onUnknown: 'closed',
          then: { downgradeTo: chain(n) },
        })),
      },
    ],
    [
      'classes that all read the prompt',
      { classes: many(5000, (n) => ({ id: `k${n}`, when: { keywords: [`word${n}`] } })) },
    ],
  ])('%s', (_name, parts) => {
    const policy = policyWith({ default: chain(0), ...parts });
    const started = cpuNow();
    const decision = decide(policy, { kind: 'chat', files: [], text: 'a word '.repeat(10_000) }, world({ spent: {} }));
    const markdown = toMarkdown(decision);
    expect(cpuNow() - started).toBeLessThan(3000);
    expect(markdown.length).toBeLessThan(2_000_000);
  });
});

const long = 'r'.repeat(limits.stringCharacters);
const entries = (count: number, make: (n: number) => unknown) =>
  Object.fromEntries(many(count, (n) => [`e${n}`, make(n)]));
const files = many(500, (n) => ({ path: `src/deep/folder/file${n}.component.ts`, added: 1, deleted: 1 }));

describe('a policy as large as one may be, and five hundred files', () => {
  it.each<[string, object]>([
    ['named modules', { modules: { named: entries(limits.namedModules, (n) => [`src/*x${n}/**`]) } }],
    ['named modules that all match', { modules: { named: entries(limits.namedModules, (n) => ['**', `x${n}`]) } }],
    [
      'globs that are tried for any path',
      { classes: many(limits.crowdedGlobs, (n) => ({ id: `c${n}`, when: { files: [`**/*a${n}*`] }, use: 'a/b' })) },
    ],
    [
      'globs of their own folders',
      {
        classes: many(10_000, (n) => ({
          id: `c${n}`,
          when: { files: many(5, (k) => `f${n}/g${k}/*.ts`) },
          use: 'a/b',
        })),
      },
    ],
    [
      'classes that any file reaches',
      {
        classes: many(10_000, (n) => ({
          id: `c${n}`,
          when: { files: ['**', `!x${n}`], languages: ['typescript'], kind: 'title' },
          use: 'a/b',
        })),
      },
    ],
    [
      'one class with every glob',
      { classes: [{ id: 'c', when: { files: many(limits.globs, (n) => `src/deep/folder/file${n}.component.ts`) } }] },
    ],
    [
      'keywords',
      {
        classes: many(limits.keywords / limits.conditionItems, (n) => ({
          id: `c${n}`,
          when: { keywords: many(limits.conditionItems, (k) => `${'a'.repeat(90)}${n}x${k}`) },
          use: 'a/b',
        })),
      },
    ],
    [
      'constraints that all refuse every target',
      { constraints: many(limits.constraints, (n) => ({ id: `c${n}`, reason: long, deny: ['*'], else: chain(n) })) },
    ],
    [
      'constraints that refuse nothing',
      { constraints: many(limits.constraints, (n) => ({ id: `c${n}`, reason: long, deny: ['nobody/*'] })) },
    ],
    [
      'budgets that are all used up',
      {
        budgets: many(limits.budgets, (n) => ({
          id: `b${n}`,
          per: 'org',
          usd: 1,
          onUnknown: 'closed',
          then: n % 2 === 0 ? 'block' : { downgradeTo: chain(n) },
        })),
      },
    ],
    [
      'gates with many reviewers',
      {
        review: entries(limits.gates, () => ({ who: many(8, () => long) })),
        constraints: [{ id: 'c', reason: 'r', review: many(limits.gates, (n) => `e${n}`) }],
      },
    ],
    [
      'conditions of long names',
      {
        classes: many(20, (n) => ({
          id: `c${n}`,
          when: { anyOf: many(10, () => ({ client: many(limits.conditionItems, () => long.slice(0, 100)) })) },
          use: 'a/b',
        })),
      },
    ],
  ])('%s: is decided soon, and the decision is small', (_name, parts) => {
    const { policy, diagnostics } = parsePolicy(JSON.stringify({ version: 1, default: chain(0), ...parts }));
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const compiled = oneLayer(compilePolicy(policy!, 'hash'));
    const started = cpuNow();
    const decision = decide(
      compiled,
      { kind: 'chat', files, text: 'a'.repeat(20_000), client: 'c' },
      world({ spent: {} }),
    );
    expect(cpuNow() - started).toBeLessThan(3_000);
    expect(Buffer.byteLength(JSON.stringify(decision))).toBeLessThan(1024 * 1024);
    expect(toMarkdown(decision).length).toBeLessThan(100_000);
  });

  it('carries why the request was refused, and counts what it does not carry', () => {
    const constraints = many(limits.constraints, (n) => ({ id: `c${n}`, reason: 'r', deny: ['*'] }));
    const decision = decide(policyWith({ default: chain(0), constraints }), { kind: 'chat' }, world());
    expect(decision.removed).toHaveLength(MOST_CARRIED);
    expect(decision.why).toHaveLength(MOST_CARRIED);
    expect(decision.why.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['nothing-left', 'blocked-by']));
    const all = limits.constraints * chain(0).length;
    expect(decision.leftOut).toEqual({
      removed: all - MOST_CARRIED,
      why: all + 2 * limits.constraints + 2 - MOST_CARRIED,
    });
    expect(decide(policyWith({}), { kind: 'chat' }, world()).leftOut).toBeUndefined();
  });
});
