import fc from 'fast-check';
import { Minimatch } from 'minimatch';
import { describe, expect, it } from 'vitest';
import { findGlobProblem, globOptions, readSign } from '../glob.ts';
import { anyGlob, anyPath } from '../testing/globs.ts';
import { accepts, automatonOf } from './automaton.ts';

/** Runs of this test: `PROPERTY_RUNS=200000` for a thorough look. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 5_000);

const isRepositoryPath = (path: string): boolean =>
  path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');

describe('the automaton of a glob', () => {
  it('takes exactly the paths that minimatch does', () => {
    let compared = 0;
    let matched = 0;
    fc.assert(
      fc.property(anyGlob, anyPath, (glob, path) => {
        const { pattern } = readSign(glob);
        if (pattern === '' || findGlobProblem(glob)?.deadly === true || !isRepositoryPath(path)) return;
        const automaton = automatonOf([pattern]);
        if (automaton === undefined) return;
        compared += 1;
        const expected = new Minimatch(pattern, globOptions).match(path);
        if (expected) matched += 1;
        expect(accepts(automaton, path)).toBe(expected);
      }),
      { numRuns: RUNS },
    );
    expect(compared).toBeGreaterThan(RUNS / 2);
    expect(matched).toBeGreaterThan(RUNS / 100);
  });

  it.each(['!(a|b).ts', '[[:alpha:]]', 'a/./b', '\u{1f600}', '@(a', '{a,\\*}', '[z-a]', '?()'])(
    'is not made for %s, about which nothing is then said',
    (glob) => {
      expect(automatonOf([glob])).toBeUndefined();
    },
  );

  it('grows no further than its budget', () => {
    const automaton = automatonOf([`*a${'?'.repeat(30)}`]);
    expect(automaton).toBeDefined();
    let full = false;
    for (let round = 0; round < 4_000 && !full; round += 1) {
      const path = [...round.toString(2).padStart(40, '0')].map((bit) => (bit === '1' ? 'a' : 'b')).join('');
      full = accepts(automaton!, `${path}${path}`) === undefined;
    }
    expect(full).toBe(true);
  });
});
