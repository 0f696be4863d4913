import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Insertion, insertionBetween, shareLeft, survivalOf } from './survival.ts';

const before = 'alpha();\nbeta();\ngamma();\n';
const put = 'const total = sum(prices);\nreport(total, currency);\n';
const after = `alpha();\n${put}beta();\ngamma();\n`;

function between(one: string, other: string): Insertion {
  const insertion = insertionBetween(one, other);
  if (insertion === undefined) throw new Error('the texts were not compared');
  return insertion;
}

function left(insertion: Insertion, now: string): number | undefined {
  const survival = survivalOf(insertion, now);
  return survival && shareLeft([survival]);
}

describe('what was put in', () => {
  const texts = (one: string, other: string): string[] => {
    const { text, spans } = between(one, other);
    return spans.map(({ start, end }) => text.slice(start, end));
  };
  it.each<[string, string, string, string[]]>([
    ['new lines', before, after, [put]],
    ['nothing', before, before, []],
    ['nothing, where lines are only taken away', after, before, []],
    ['the part of a line that changed', 'let a = 1;\nb\n', 'let a = compute(1);\nb\n', ['compute(1)']],
    ['a whole new file', '', put, [put]],
    ['two places', 'a\nb\nc\n', 'a\nX\nb\nY\nc\n', ['X\n', 'Y\n']],
    ['a line without an end', 'a', 'ab', ['b']],
  ])('%s', (_name, one, other, expected) => {
    expect(texts(one, other)).toEqual(expected);
  });

  it('is not told where the texts are too large', () => {
    expect(insertionBetween('', 'x'.repeat(1_000_001))).toBeUndefined();
  });
});

describe('what is left of it', () => {
  const insertion = between(before, after);
  it.each<[string, string, number, number]>([
    ['all, where nothing changed', after, 1, 1],
    ['all, where lines before and after it changed', `// head\nALPHA();\n${put}BETA();\n`, 1, 1],
    ['all, where it was moved in', after.replace(put, put.replace(/^/gm, '    ').trimEnd().concat('\n')), 1, 1],
    ['all, where a line was broken', after.replace('sum(prices)', 'sum(\n  prices)'), 0.9, 1],
    ['none, where it was taken out', before, 0, 0],
    ['none, where it stands elsewhere now', `alpha();\nbeta();\ngamma();\n// a\n// b\n${put}`, 0, 0],
    ['half, where one of two lines went', after.replace('const total = sum(prices);\n', ''), 0.4, 0.6],
    ['most, where a name changed', after.replaceAll('total', 'totals'), 0.7, 0.95],
    ['nothing, of an empty file', '', 0, 0],
  ])('%s', (_name, now, low, high) => {
    const share = left(insertion, now);
    expect(share).toBeGreaterThanOrEqual(low);
    expect(share).toBeLessThanOrEqual(high);
  });

  it('a like line elsewhere does not stand in for one that went', () => {
    const twice = between('x();\n', `x();\nreport(total);\ny();\n`);
    expect(left(twice, 'x();\n')).toBe(0);
    const other = between('report(total);\nx();\nz();\n', 'report(total);\nx();\nreport(total);\nz();\n');
    expect(left(other, 'report(total);\nx();\nz();\n')).toBe(0);
  });

  it('one line does not count for two that were put in', () => {
    const two = between('a\nz\n', 'a\nreport(total);\nreport(total);\nz\n');
    const share = left(two, 'a\nreport(total);\nz\n');
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.55);
  });

  it('adds up over several places and files by their size', () => {
    expect(shareLeft([])).toBeUndefined();
    expect(
      shareLeft([
        { total: 90, left: 90 },
        { total: 10, left: 0 },
      ]),
    ).toBe(0.9);
  });
});

const line = fc.constantFrom('a();', 'b(1);', 'return x;', '}', '', 'const y = 2;', 'for (;;) {');
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

it('is a share: never more is left than was put in, all of it in the same text, and what was put in is what is new', () => {
  fc.assert(
    fc.property(text, text, text, (one, other, now) => {
      const insertion = between(one, other);
      const same = survivalOf(insertion, other);
      const survival = survivalOf(insertion, now);
      expect(same?.left).toBe(same?.total);
      expect(survival?.total).toBe(same?.total);
      expect(survival?.left).toBeLessThanOrEqual(survival?.total ?? 0);
      // Taken out again, what is left is what was there before, as far as it was not taken away.
      const rest = [...insertion.spans]
        .reverse()
        .reduce((left, { start, end }) => left.slice(0, start) + left.slice(end), other);
      for (const word of new Set(rest.split('\n'))) if (word.length > 9) expect(one).toContain(word);
    }),
  );
});
