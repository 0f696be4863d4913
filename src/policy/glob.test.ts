import fc from 'fast-check';
import { braceExpand } from 'minimatch';
import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import { countBraceExpansions, expandPlainBraces } from './braces.ts';
import { findGlobProblem, globSet } from './glob.ts';
import { anyGlob, anyPath } from './testing/globs.ts';

function matches(globs: readonly string[], path: string): boolean {
  return globSet(0, globs).test(path);
}

describe('a list of globs', () => {
  it.each<{ globs: string[]; yes: string[]; no: string[] }>([
    { globs: ['**/*.md'], yes: ['a.md', 'a/b.md', '.x/.y.md'], no: ['a.MD', 'a.mdx'] },
    { globs: ['src/**'], yes: ['src/a', 'src/.env', 'src/a/b'], no: ['src', 'srcs/a', 'a/src/b'] },
    { globs: ['#a'], yes: ['#a'], no: ['a'] },
    { globs: ['!(*.test).ts'], yes: ['a.ts'], no: ['a.test.ts', 'b/a.ts'] },
    { globs: ['!**/*.md'], yes: ['a.ts', 'b/c'], no: ['a.md', 'b/c.md'] },
    { globs: ['!**/*.md', '!b/**'], yes: ['a.ts'], no: ['a.md', 'b/c'] },
    { globs: ['!a/b', 'a/*'], yes: ['a/c'], no: ['a/b', 'c'] },
    { globs: ['app/[id]/**'], yes: ['app/i/x', 'app/d/x'], no: ['app/[id]/x'] },
    { globs: ['app/\\[id\\]/**'], yes: ['app/[id]/x'], no: ['app/i/x'] },
    { globs: ['**/{a,b}/*.{ts,js}'], yes: ['a/x.ts', 'q/b/x.js'], no: ['c/x.ts', 'a/x.go'] },
    { globs: ['a\\*'], yes: ['a*'], no: ['ab'] },
    { globs: ['~/notes/**'], yes: ['~/notes/a'], no: ['notes/a'] },
  ])('$globs', ({ globs, yes, no }) => {
    expect(yes.filter((path) => !matches(globs, path))).toEqual([]);
    expect(no.filter((path) => matches(globs, path))).toEqual([]);
  });
});

describe('a glob that is not right', () => {
  it.each([
    { glob: '', deadly: true, mended: undefined },
    { glob: '!', deadly: true, mended: undefined },
    { glob: '/src/**', deadly: true, mended: 'src/**' },
    { glob: '!/src/**', deadly: true, mended: '!src/**' },
    { glob: './src/*.ts', deadly: true, mended: 'src/*.ts' },
    { glob: '../other/**', deadly: true, mended: undefined },
    { glob: 'src/', deadly: true, mended: 'src/**' },
    { glob: 'src\\main\\**', deadly: false, mended: 'src/main/**' },
    { glob: 'src\\\\test\\\\**', deadly: false, mended: 'src/test/**' },
    { glob: 'src\\/test\\x', deadly: false, mended: 'src/test/x' },
    { glob: '**/*.{ts, tsx}', deadly: false, mended: '**/*.{ts,tsx}' },
    { glob: '!{ a,b c , {d , e}}/x y', deadly: false, mended: '!{a,b c,{d,e}}/x y' },
    { glob: '\\', deadly: true, mended: undefined },
    { glob: 'a/[', deadly: false, mended: undefined },
    { glob: 'a'.repeat(513), deadly: true, mended: undefined },
    { glob: '{a,b}'.repeat(9), deadly: true, mended: undefined },
    { glob: '{1..257}', deadly: true, mended: undefined },
    { glob: '{1..99999999999999999999}', deadly: true, mended: undefined },
    { glob: '{a,b}'.repeat(100), deadly: true, mended: undefined },
  ])('$glob', ({ glob, deadly, mended }) => {
    const problem = findGlobProblem(glob);
    expect([problem?.deadly, problem?.mended]).toEqual([deadly, mended]);
  });

  it.each([
    'src/**',
    '!src/**',
    '{1..256}',
    '{a,b}'.repeat(8),
    'a'.repeat(512),
    '!(a|b).ts',
    'app/\\[id\\]/*',
    '~/x',
    '**',
    '[ab]',
  ])('is not %s', (glob) => expect(findGlobProblem(glob)).toBeUndefined());
});

describe('a hostile glob', () => {
  const longPath = `${'a'.repeat(200)}/${'ab'.repeat(500)}/${'a/'.repeat(200)}b`;
  it.each([
    'a*'.repeat(256),
    `${'*a'.repeat(250)}c`,
    '**/'.repeat(170),
    `${'**/a/'.repeat(100)}z`,
    `+(${'a|'.repeat(200)}b)`,
    '+(a|aa)'.repeat(60),
    '+(+(+(+(+(+(a))))))z',
    `${'+('.repeat(100)}a${')'.repeat(100)}`,
    '*(*(*(a|b)|c)|d)'.repeat(20),
    `${'{'.repeat(250)}a,b${'}'.repeat(250)}`,
    '{a,{b,{c,{d,{e,{f,g}}}}}}'.repeat(3),
    `${'{a,'.repeat(160)}`,
    '['.repeat(512),
    '[a-'.repeat(150),
    `${'!('.repeat(20)}a${')'.repeat(20)}`,
    '?'.repeat(512),
    `[${'a-z'.repeat(150)}]`,
  ])('%#: neither hangs nor throws', (glob) => {
    const started = cpuNow();
    const problem = findGlobProblem(glob);
    if (problem?.deadly !== true) matches([glob], longPath);
    expect(cpuNow() - started).toBeLessThan(1_000);
  });

  it('is found out without an exception, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(anyGlob, fc.string({ maxLength: 80 })), anyPath, (glob, path) => {
        const problem = findGlobProblem(glob);
        if (problem?.deadly !== true) matches([glob], path);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('counting brace expansions', () => {
  it.each([
    ['a', 1],
    ['{a,b}', 2],
    ['{a,b}{c,d,e}', 6],
    ['{a,{b,c}}', 3],
    ['{a,b{c,d}}', 3],
    ['{a}', 1],
    ['{}', 1],
    ['{,a}b', 2],
    ['{1..9}', 9],
    ['{9..1}', 9],
    ['{1..9..2}', 5],
    ['{a..e}', 5],
    ['\\{a,b\\}', 1],
    ['{a,b', 1],
    ['a,b}', 1],
    ['{a,{b,c}', 2],
  ])('%s counts %i, as it expands', (glob, count) => {
    expect(countBraceExpansions(glob)).toBe(count);
    expect(new Set(braceExpand(glob)).size).toBe(count);
  });

  it('expands plain braces as minimatch does, or leaves them to it', () => {
    const parts = fc.constantFrom(
      '{a,b}',
      '{a,b,cd}',
      '{a',
      'x',
      ',',
      '{',
      '}',
      '\\',
      '$',
      '{,}',
      '..',
      '*',
      '/',
      '.',
      ' ',
    );
    let plain = 0;
    fc.assert(
      fc.property(fc.string({ unit: parts, minLength: 1, maxLength: 9 }), (glob) => {
        const rows = expandPlainBraces(glob);
        if (rows === undefined) return;
        plain += 1;
        expect(rows).toEqual(braceExpand(glob));
      }),
      { numRuns: 20_000 },
    );
    expect(plain).toBeGreaterThan(200);
    expect(expandPlainBraces('src/{a,b}/*.{ts,tsx}')).toEqual(braceExpand('src/{a,b}/*.{ts,tsx}'));
  });

  it('lets no glob through that expands further than the limit', () => {
    const parts = fc.constantFrom('{a,b}', '{},c}', '{1..9}', '{a,{b,c}}', 'x', ',', '{', '}', '\\', '$', '{,}', '..');
    fc.assert(
      fc.property(fc.string({ unit: parts, maxLength: 14 }), (glob) => {
        fc.pre(findGlobProblem(glob)?.deadly !== true);
        expect(braceExpand(glob, { braceExpandMax: 5_000 }).length).toBeLessThanOrEqual(256);
      }),
      { numRuns: 5_000 },
    );
  });
});
