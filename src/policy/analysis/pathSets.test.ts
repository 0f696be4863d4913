import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findGlobProblem, globSet } from '../glob.ts';
import { anyGlobList, anyPath } from '../testing/globs.ts';
import { createMemo } from './memo.ts';
import { findPath, pathSetOf } from './pathSets.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 5_000);

function search(inside: readonly string[][], outside: readonly string[][]): string {
  const memo = createMemo();
  const sets = (lists: readonly string[][]) => lists.map((globs) => pathSetOf(globs, memo)!);
  const found = findPath(sets(inside), sets(outside), memo);
  return found.kind === 'found' ? found.path : `(${found.kind})`;
}

describe('the algebra of glob lists', () => {
  it.each<{ inside: string[][]; outside: string[][]; is: string }>([
    { inside: [['src/**']], outside: [], is: 'src/a' },
    { inside: [['**/*.test.*']], outside: [], is: 'a.test.a' },
    { inside: [['**/.env']], outside: [], is: '.env' },
    { inside: [['src/**'], ['**/*.ts']], outside: [], is: 'src/a.ts' },
    { inside: [['src/**']], outside: [['**/*.ts']], is: 'src/a' },
    { inside: [['src/**/*.ts']], outside: [['src/**']], is: '(none)' },
    { inside: [['src/**']], outside: [['src/*', 'src/*/**']], is: '(none)' },
    { inside: [['src/a*']], outside: [['src/a'], ['src/a?*']], is: '(none)' },
    { inside: [['**/*.{ts,tsx}']], outside: [['**/*.ts']], is: 'a.tsx' },
    { inside: [['a/**', '!a/b/**']], outside: [['a/*']], is: 'a/a/a' },
    { inside: [['!src/**']], outside: [], is: 'a' },
    { inside: [['!src/**'], ['src/**']], outside: [], is: '(none)' },
    { inside: [['src']], outside: [['src/**']], is: 'src' },
    { inside: [['app/[id]/*']], outside: [], is: 'app/d/a' },
    { inside: [['app/[id]/*']], outside: [['app/{i,d}/**']], is: '(none)' },
    { inside: [['*']], outside: [['[!a]*', 'a']], is: 'aa' },
    { inside: [['+(ab)']], outside: [['ab', 'abab']], is: 'ababab' },
    { inside: [[`**/*a${'?'.repeat(40)}`], [`**/*b${'?'.repeat(39)}`]], outside: [['*']], is: '(unknown)' },
  ])('in $inside and not in $outside: $is', ({ inside, outside, is }) => {
    expect(search(inside, outside)).toBe(is);
  });

  it('never says "none" of what some path is in, and only names paths that minimatch confirms', () => {
    let none = 0;
    let found = 0;
    const isSound = (globs: readonly string[]): boolean =>
      !globs.some((glob) => findGlobProblem(glob)?.deadly === true);
    fc.assert(
      fc.property(
        anyGlobList,
        anyGlobList,
        fc.array(anyPath, { minLength: 20, maxLength: 20 }),
        (first, second, paths) => {
          if (!isSound(first) || !isSound(second)) return;
          const memo = createMemo();
          const [inside, outside] = [pathSetOf(first, memo), pathSetOf(second, memo)];
          if (inside === undefined || outside === undefined) return;
          const isIn = globSet(0, first).test;
          const isOut = globSet(1, second).test;
          const answer = findPath([inside], [outside], memo);
          if (answer.kind === 'none') {
            none += 1;
            const real = paths.filter((path) =>
              path.split('/').every((name) => name !== '' && name !== '.' && name !== '..'),
            );
            expect(real.filter((path) => isIn(path) && !isOut(path))).toEqual([]);
          }
          if (answer.kind === 'found') {
            found += 1;
            expect([isIn(answer.path), isOut(answer.path)]).toEqual([true, false]);
          }
        },
      ),
      { numRuns: Math.ceil(RUNS / 5) },
    );
    expect(none).toBeGreaterThan(RUNS / 500);
    expect(found).toBeGreaterThan(RUNS / 50);
  });
});
