import { relative, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBelow } from './plainPaths.ts';

describe('a path below a folder', () => {
  it.each([
    ['/a/b', '/a/b/c', true],
    ['/a/b', '/a/b/.git/x', true],
    ['/a/b', '/a/bc', false],
    ['/a/b', '/a/b', false],
    ['/a/b', '/a/b/../c', false],
    ['/a/b', '/a/b/c/..', false],
    ['/a/b', '/a/b//c', false],
    ['/a/b', '/a/b/', false],
  ])('%s, %s: %s', (folder, path, expected) => {
    expect(isBelow(folder.replaceAll('/', sep), path.replaceAll('/', sep))).toBe(expected);
  });

  it('is one by the platform too, under the same name', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', '.', '..', '', '...', '.x'), { maxLength: 5 })
      .map((names) => sep + names.join(sep));
    fc.assert(
      fc.property(path, path, (folder, below) => {
        if (isBelow(folder, below)) expect(relative(folder, below)).toBe(below.slice(folder.length + 1));
      }),
    );
  });
});
