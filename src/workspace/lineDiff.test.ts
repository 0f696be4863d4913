import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import { countChangedLines, countLines } from './lineDiff.ts';
import { scratch } from './scratch.fixture.ts';

/** Longest common subsequence by the textbook's table. */
function naive(before: readonly string[], after: readonly string[]) {
  let row = new Array<number>(after.length + 1).fill(0);
  for (const line of before) {
    const next = [0];
    for (let at = 1; at <= after.length; at++) {
      next[at] = line === after[at - 1] ? row[at - 1]! + 1 : Math.max(row[at]!, next[at - 1]!);
    }
    row = next;
  }
  const common = row.at(-1)!;
  return { added: after.length - common, deleted: before.length - common };
}

describe('counting changed lines', () => {
  it.each([
    ['nothing', '', '', 0, 0],
    ['a new file', '', 'a\nb\n', 2, 0],
    ['an emptied file', 'a\nb\n', '', 0, 2],
    ['one line changed', 'a\nb\nc\n', 'a\nx\nc\n', 1, 1],
    ['a moved block', 'a\nb\nc\nd\n', 'c\nd\na\nb\n', 2, 2],
    ['other line ends', 'a\nb\n', 'a\r\nb\r\n', 0, 0],
    ['a missing last line end', 'a\nb\n', 'a\nb', 0, 0],
    ['a blank line more', 'a\n', 'a\n\n', 1, 0],
  ])('%s', (_name, before, after, added, deleted) => {
    expect(countChangedLines(before, after)).toEqual({ added, deleted, exact: true });
  });

  it('is what the longest common subsequence says, on any lines', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 40 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const { added, deleted } = countChangedLines(
          before.map((l) => `${l}\n`).join(''),
          after.map((l) => `${l}\n`).join(''),
        );
        expect({ added, deleted }).toEqual(naive(before, after));
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with git on an edited text', () => {
    const { root } = scratch('folder');
    const before = Array.from({ length: 400 }, (_, at) => `line ${at}`);
    const after = before.flatMap((line, at) => (at % 37 === 0 ? [] : at % 23 === 0 ? [line, `more ${at}`] : [line]));
    writeFileSync(join(root, 'before'), `${before.join('\n')}\n`);
    writeFileSync(join(root, 'after'), `${after.join('\n')}\n`);
    let numstat = '';
    try {
      execFileSync('git', ['diff', '--no-index', '--numstat', 'before', 'after'], { cwd: root });
    } catch (error) {
      numstat = String((error as { stdout: unknown }).stdout);
    }
    const { added, deleted } = countChangedLines(before.join('\n'), after.join('\n'));
    expect(numstat.split('\t').slice(0, 2)).toEqual([String(added), String(deleted)]);
  });

  it('gives an honest estimate instead of hanging on two huge unlike texts', () => {
    const shuffled = (seed: number) => {
      let state = seed;
      return Array.from({ length: 60_000 }, () => {
        state = (state * 1664525 + 1013904223) % 4294967296;
        return `line ${state % 500}`;
      }).join('\n');
    };
    const started = cpuNow();
    const counts = countChangedLines(shuffled(1), shuffled(2));
    expect(counts.exact).toBe(false);
    expect(counts.added).toBe(counts.deleted);
    expect(cpuNow() - started).toBeLessThan(3000);
  });

  it('counts the lines of a text', () => {
    expect(['', 'a', 'a\n', 'a\nb', 'a\r\nb\r\n', '\n'].map(countLines)).toEqual([0, 1, 1, 2, 2, 1]);
  });
});
