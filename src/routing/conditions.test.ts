import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import type { When } from '../policy/schema.ts';
import { classify, explainClasses } from './classify.ts';
import { firstFailure, holds, type Truth } from './conditions.ts';
import type { FactFile, Facts } from './facts.ts';
import { sightOfOutgoing, sightOfWork } from './sight.ts';
import { onlyLayer, policyWith } from './testing/world.ts';

const chat: Facts = { kind: 'chat' };
const working = (...paths: readonly string[]): Facts => ({ kind: 'edit', files: paths.map((path) => ({ path })) });
const sized = (...files: readonly FactFile[]): Facts => ({ kind: 'edit', files });

function asPreference(when: When, facts: Facts, parts: Parameters<typeof policyWith>[0] = {}): Truth {
  const layer = onlyLayer(policyWith({ ...parts, classes: [{ id: 'it', when }] }));
  return holds(layer.policy.classes[0]!.when, sightOfWork(layer, facts));
}

function asConstraint(when: When, facts: Facts): Truth {
  const layer = onlyLayer(policyWith({ constraints: [{ id: 'it', when, reason: 'r' }] }));
  return holds(layer.policy.constraints[0]!.when!, sightOfOutgoing(sightOfWork(layer, facts)));
}

describe('files that are perhaps not all', () => {
  it.each<[string, Facts]>([
    ['beside some that are read', { ...working('a.ts'), reads: ['b.ts'], readsIncomplete: true }],
    ['with none that is read', { ...working('a.ts'), readsIncomplete: true }],
  ])('a guard of others is not known to be escaped: %s', (_name, facts) => {
    expect(asConstraint({ touches: ['keys/**'] }, facts)).toBeUndefined();
    expect(asConstraint({ touches: ['a.ts'] }, facts)).toBe(true);
    expect(asConstraint({ touches: ['keys/**'] }, { ...facts, readsIncomplete: false })).toBe(false);
  });
});

describe('a condition is true, false or not known', () => {
  it.each<[string, When, Facts, Truth]>([
    ['kind', { kind: 'chat' }, chat, true],
    ['another kind', { kind: ['edit', 'agent'] }, chat, false],
    ['every file', { files: ['**/*.ts'] }, working('a.ts', 'b/c.ts'), true],
    ['not every file', { files: ['**/*.ts'] }, working('a.ts', 'b/c.go'), false],
    ['no file', { files: ['**/*.ts'] }, working(), false],
    ['files not known', { files: ['**/*.ts'] }, chat, undefined],
    ['every file but those', { files: ['!**/*.md'] }, working('a.ts'), true],
    ['one of those', { files: ['!**/*.md'] }, working('a.ts', 'b.md'), false],
    ['an exception written first still takes away', { files: ['!**/gen.ts', '**/*.ts'] }, working('gen.ts'), false],
    ['some file', { touches: ['db/**'] }, working('a.ts', 'db/1.sql'), true],
    ['no such file', { touches: ['db/**'] }, working('a.ts'), false],
    ['touches not known', { touches: ['db/**'] }, chat, undefined],
    ['a generated file is not counted', { files: ['src/**'] }, working('src/a.ts', 'package-lock.json'), true],
    ['unless nothing else is left', { files: ['src/**'] }, working('package-lock.json'), false],
    ['a generated file is touched', { touches: ['package-lock.json'] }, working('src/a.ts', 'package-lock.json'), true],
    [
      'what the repository calls handwritten is counted',
      { files: ['src/**'] },
      sized({ path: 'src/a.ts' }, { path: 'yarn.lock', generated: false }),
      false,
    ],
    ['language by name', { languages: ['go'] }, working('a.go'), true],
    [
      'language that the editor knows better',
      { languages: ['go'] },
      { ...working('a.tmpl'), languages: { 'a.tmpl': 'go' } },
      true,
    ],
    ['another language', { languages: ['go'] }, working('a.go', 'b.ts'), false],
    ['a language nobody knows', { languages: ['go'] }, working('a.zzz'), undefined],
    ['no language without a file', { languages: ['go'] }, working(), false],
    ['client', { client: ['codex'] }, { ...chat, client: 'codex' }, true],
    ['client not known', { client: ['codex'] }, chat, undefined],
    ['another team', { team: ['a'] }, { ...chat, team: 'b' }, false],
    ['branch', { branch: ['release/**'] }, { ...chat, branch: 'release/1/x' }, true],
    ['branch not known', { branch: ['release/**'] }, chat, undefined],
    ['intent', { intent: ['fix'] }, { ...chat, intent: 'fix' }, true],
    ['tokens', { context: { tokens: '>=1000' } }, { ...chat, context: { tokens: 1000 } }, true],
    ['tokens not known', { context: { tokens: '>=1000' } }, chat, undefined],
    ['no images', { context: { images: false } }, { ...chat, context: { images: false } }, true],
    ['tools not known', { context: { tools: true } }, { ...chat, context: {} }, undefined],
    ['lines', { diff: { lines: '<=3' } }, sized({ path: 'a', added: 1, deleted: 2 }), true],
    ['lines of a file that did not say', { diff: { lines: '<=3' } }, sized({ path: 'a', added: 1 }), undefined],
    ['already too many', { diff: { lines: '<=3' } }, sized({ path: 'a', added: 4 }), false],
    ['already enough', { diff: { lines: '>3' } }, sized({ path: 'a', added: 4 }), true],
    ['exactly, not known', { diff: { added: 4 } }, sized({ path: 'a', added: 4 }, { path: 'b' }), undefined],
    ['below an open end', { diff: { added: '<4' } }, sized({ path: 'a', added: 4 }, { path: 'b' }), false],
    ['known to work on nothing', { diff: { files: 0, lines: 0, modules: 0 } }, working(), true],
    ['size not known', { diff: { files: '<=3' } }, chat, undefined],
    [
      'generated lines do not count',
      { diff: { lines: '<=3' } },
      sized({ path: 'a', added: 1, deleted: 0 }, { path: 'go.sum', added: 900, deleted: 1 }),
      true,
    ],
    [
      'support files are in no module',
      { diff: { modules: 1 } },
      working('packages/a/x.ts', 'packages/b/x.test.ts', 'docs/x.md'),
      true,
    ],
    ['modules', { diff: { modules: 2 } }, working('packages/a/x.ts', 'packages/b/y.ts'), true],
    [
      'modules that the manifests know',
      { diff: { modules: 1 } },
      sized({ path: 'packages/a/x.ts', module: 'm' }, { path: 'packages/b/y.ts', module: 'm' }),
      true,
    ],
    ['not', { not: { kind: 'edit' } }, chat, true],
    ['not of the unknown', { not: { team: ['a'] } }, chat, undefined],
    ['any of', { anyOf: [{ team: ['a'] }, { kind: 'chat' }] }, chat, true],
    ['any of the unknown', { anyOf: [{ team: ['a'] }, { kind: 'edit' }] }, chat, undefined],
    ['none of', { anyOf: [{ kind: 'plan' }, { kind: 'edit' }] }, chat, false],
    ['false beside unknown', { team: ['a'], kind: 'edit' }, chat, false],
    ['unknown beside true', { team: ['a'], kind: 'chat' }, chat, undefined],
    ['nothing asked', {}, chat, true],
  ])('%s', (_name, when, facts, expected) => {
    expect(asPreference(when, facts)).toBe(expected);
  });
});

describe('keywords are whole words', () => {
  it.each<[string, string, boolean]>([
    ['move', 'Move it.', true],
    ['move', 'remove it', false],
    ['move', 'movement, then MOVE', true],
    ['clean up', 'please clean\n  up', true],
    ['clean up', 'clean upper', false],
    ['c++', 'in c++, please', true],
    ['c++', 'in obj-c++', true],
    ['naïve', 'a NAÏVE loop', true],
    ['重构', '请重构代码', true],
    ['x', `${'a '.repeat(20_000)}x`, false],
  ])('%j in %j', (keyword, text, expected) => {
    expect(asPreference({ keywords: [keyword] }, { ...chat, text })).toBe(expected);
  });
  it('is not known without a text', () => {
    expect(asPreference({ keywords: ['x'] }, chat)).toBeUndefined();
  });
  it('is quick on a text made to be slow', () => {
    const started = cpuNow();
    asPreference(
      { keywords: Array.from({ length: 50 }, (_, n) => `${'a'.repeat(1000)}${n}`) },
      { ...chat, text: 'a'.repeat(100_000) },
    );
    expect(cpuNow() - started).toBeLessThan(1000);
  });
});

describe('constraints see every file whose text goes out', () => {
  it.each<[string, When, Facts, Truth, Truth]>([
    [
      'a file that is only read is touched',
      { touches: ['pii/**'] },
      { ...working('a.ts'), reads: ['pii/a.csv'] },
      false,
      true,
    ],
    [
      'what is read counts among every file',
      { files: ['docs/**'] },
      { ...working('docs/a.md'), reads: ['src/a.ts'] },
      true,
      false,
    ],
    [
      'what is read is enough for every file',
      { files: ['pii/**'] },
      { ...working(), reads: ['pii/a.ts'] },
      false,
      true,
    ],
    [
      'what is worked on goes out beside what is read',
      { touches: ['pii/**'] },
      { ...working('pii/a.csv'), reads: ['b.ts'] },
      true,
      true,
    ],
    [
      'reading is no work',
      { diff: { modules: '>=2' } },
      { ...working('packages/a/x.ts'), reads: ['packages/b/y.ts'] },
      false,
      false,
    ],
    [
      'read for certain, worked on not known',
      { touches: ['pii/**'] },
      { ...chat, reads: ['pii/a.csv'] },
      undefined,
      true,
    ],
    ['nothing read, worked on not known', { touches: ['pii/**'] }, { ...chat, reads: ['a.ts'] }, undefined, undefined],
    [
      'a generated file that is read is touched',
      { touches: ['**/*.lock'] },
      { ...working('a.ts'), reads: ['yarn.lock'] },
      false,
      true,
    ],
  ])('%s', (_name, when, facts, preference, constraint) => {
    expect([asPreference(when, facts), asConstraint(when, facts)]).toEqual([preference, constraint]);
  });
});

describe("the policy's own words on modules and counting", () => {
  const paths = ['services/fx/a.ts', 'services/fx/deep/b.ts', 'libs/money/c.ts', 'tools/d.ts', 'odd/e.ts'];
  it.each<[string, Parameters<typeof policyWith>[0], string[]]>([
    ['by the path', {}, ['libs/money', 'odd', 'services/fx']],
    ['top-level', { modules: 'top-level' }, ['libs', 'odd', 'services']],
    [
      'roots',
      { modules: { roots: ['services/*/*', 'libs/*'] } },
      ['libs/money', 'odd', 'services/fx', 'services/fx/deep'],
    ],
    ['named', { modules: { named: { all: ['services/**', 'odd/**'] } } }, ['all', 'libs/money']],
    ['more support', { modules: { support: ['odd/**'] } }, ['libs/money', 'services/fx']],
    ['ignored', { diff: { ignore: ['services/**'] } }, ['libs/money', 'odd']],
  ])('%s', (_name, parts, expected) => {
    expect(classify(policyWith(parts), working(...paths)).modules).toEqual(expected);
  });
  it('counts what is ignored when nothing else is left', () => {
    expect(classify(policyWith({ diff: { ignore: ['**'] } }), working('a.ts')).counted).toEqual({
      files: 1,
      modules: 1,
    });
  });
});

describe('why a class was passed over', () => {
  const policy = policyWith({
    classes: [
      { id: 'tests', when: { files: ['**/*.test.*'] } },
      { id: 'large', when: { kind: 'edit', diff: { lines: '>=100' } } },
      { id: 'ours', when: { team: ['us'] } },
      { id: 'rest', when: {} },
      { id: 'never', when: { kind: 'plan' } },
    ],
  });
  const facts = sized({ path: 'x.test.ts', added: 1, deleted: 1 }, { path: 'src/a.ts', added: 5, deleted: 0 });

  it('names the first failed clause and what was seen', () => {
    const { class: winner, skipped } = classify(policy, facts);
    expect(winner).toBe('rest');
    expect(skipped.map(({ id, failed }) => [id, failed.clause.key, failed.because, failed.seen])).toEqual([
      ['tests', 'files', 'no', 'src/a.ts'],
      ['large', 'diff', 'no', '7'],
      ['ours', 'team', 'unknown', undefined],
    ]);
  });
  it('explains all classes on demand, those behind the winner too', () => {
    expect(explainClasses(policy, facts).map(({ id, failed }) => [id, failed?.seen ?? failed?.because])).toEqual([
      ['tests', 'src/a.ts'],
      ['large', '7'],
      ['ours', 'unknown'],
      ['rest', undefined],
      ['never', 'edit'],
    ]);
  });
  it('explains the nearest fifty of many', () => {
    const many = policyWith({
      classes: Array.from({ length: 80 }, (_, n) => ({ id: `c${n}`, when: { files: [`f${n}/**`] } })),
    });
    const { skipped, skippedCount } = classify(many, facts);
    expect([skippedCount, skipped.length, skipped[0]?.id, skipped.at(-1)?.id]).toEqual([80, 50, 'c30', 'c79']);
  });
  it('finds a class by a file that is touched and not counted', () => {
    const guard = policyWith({ classes: [{ id: 'locks', when: { touches: ['go.sum'] } }] });
    expect(classify(guard, working('a.go', 'go.sum')).class).toBe('locks');
  });
  it('agrees with a walk over all classes', () => {
    const layer = onlyLayer(policy);
    const sight = sightOfWork(layer, facts);
    const naive = layer.policy.classes.find(({ when }) => firstFailure(when, sight) === undefined);
    expect(classify(policy, facts).winner).toBe(naive);
  });
});
