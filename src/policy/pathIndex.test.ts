import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexPaths } from './pathIndex.ts';
import { indexAgrees, PATHS_OF_A_POLICY } from './testing/agreement.ts';

describe('the path index', () => {
  it('gives the answer of the naive loop for any lists and any path', () => {
    let pairs = 0;
    fc.assert(
      indexAgrees((count) => {
        pairs += count;
      }),
      { numRuns: 1_000 },
    );
    expect(pairs).toBeGreaterThanOrEqual(1_000 * PATHS_OF_A_POLICY);
  });

  it.each([
    { path: 'packages/core/a.ts', matched: [0, 3] },
    { path: 'packages/core/deep/ledger/a.test.ts', matched: [0, 1, 2] },
    { path: 'package.json', matched: [3, 4] },
    { path: 'x/y/package.json', matched: [3, 4] },
    { path: 'README', matched: [3] },
  ])('finds lists by folder, segment, ending and whole name: $path', ({ path, matched }) => {
    const index = indexPaths([
      ['packages/core/**'],
      ['**/ledger/**'],
      ['**/*.test.*', '!**/skip/**'],
      ['!**/*.test.*'],
      ['**/package.json'],
    ]);
    expect(index.match(path)).toEqual(matched);
  });

  it('takes matches away wherever the "!" stands', () => {
    for (const list of [
      ['src/**', '!src/gen/**'],
      ['!src/gen/**', 'src/**'],
    ]) {
      const index = indexPaths([list]);
      expect([index.match('src/a.ts'), index.match('src/gen/a.ts'), index.match('b')]).toEqual([[0], [], []]);
    }
  });

  it('answers the same from its memory, also after it has forgotten', () => {
    const index = indexPaths([['**/*.ts'], ['src/**']]);
    const first = index.match('src/a.ts');
    expect(index.match('src/a.ts')).toBe(first);
    for (let number = 0; number < 10_000; number += 1) index.match(`other/${number}.go`);
    expect(index.match('src/a.ts')).toEqual([0, 1]);
  });
});
