import { describe, expect, it } from 'vitest';
import { growth, TENFOLD } from '../../../test/host/cpuTime.ts';
import { csvTable } from './csvTable.ts';

/** Rows as `line: cells`, and what was left out as `line-last!`. */
const read = (text: string): readonly string[] =>
  csvTable(text).entries.map((entry) =>
    entry.kind === 'row' ? `${entry.line}: ${entry.cells.join('|')}` : `${entry.line}-${entry.last}!`,
  );
const whys = (text: string): readonly string[] =>
  csvTable(text).entries.flatMap((entry) => (entry.kind === 'unread' ? [entry.why] : []));

describe('a table in CSV', () => {
  it.each<[what: string, text: string, rows: readonly string[]]>([
    ['plain', 'a,b\n1,2\n3,4\n', ['2: 1|2', '3: 3|4']],
    ['without a last line end', 'a,b\n1,2', ['2: 1|2']],
    ['of another system', '\ufeffa,b\r\n1,2\r\n\r\n3,4\r\n', ['2: 1|2', '4: 3|4']],
    ['with quotes, commas and lines in its cells', 'a,b\n"1, ""x""","\n2"\n3,4', ['2: 1, "x"|\n2', '4: 3|4']],
    ['with empty cells', 'a,b\n,\n"",""\n', ['2: |', '3: |']],
    ['with spaces behind a quote', 'a,b\n"1" ,2\n', ['2: 1|2']],
    ['with a quote within a cell', 'a,b\n5" disk,2\n', ['2: 5" disk|2']],
    ['of nothing but its head', 'a,b', []],
  ])('%s', (_what, text, rows) => {
    expect(read(text)).toEqual(rows);
    expect(csvTable(text).head).toEqual(['a', 'b']);
  });

  it.each<[what: string, text: string, rows: readonly string[], why: RegExp]>([
    ['in its last line', 'a,b\n1,2\n3,"4', ['2: 1|2', '3-3!'], /not closed/],
    ['before plain rows', 'a,b\n1,"2\n3,4\n5,6\n', ['2-2!', '3: 3|4', '4: 5|6'], /not closed/],
    ['before quoted rows', 'a,b\n1,"2\n3,"4"\n5,"6"\n', ['2-2!', '3: 3|4', '4: 5|6'], /between a closed quote/],
    ['before rows with empty quotes', 'a,b\n1,"2\n"",4\n5,"6"\n', ['2-2!', '3: |4', '4: 5|6'], /between|cells/],
    ['before lines that are no rows', 'a,b\n1,"2\nx\n\ny\n5,6\n', ['2-5!', '6: 5|6'], /not closed/],
    ['twice', 'a,b\n1,"2\n3,4\n5,"6\n7,8\n', ['2-2!', '3: 3|4', '4-4!', '5: 7|8'], /between|closed|cells/],
  ])('with a quote that is not closed %s has all its other rows', (_what, text, rows, why) => {
    expect(read(text)).toEqual(rows);
    expect(whys(text)[0]).toMatch(why);
  });

  it.each<[what: string, text: string, rows: readonly string[], why: RegExp]>([
    ['fewer cells', 'a,b\n1\n3,4', ['2-2!', '3: 3|4'], /It has 1 cells, and the first line 2/],
    ['more cells', 'a,b\n1,2,3\n4\n5,6', ['2-2!', '3-3!', '4: 5|6'], /It has 3 cells/],
    ['no end of cells', `a,b\n${','.repeat(600)}\n3,4`, ['2-2!', '3: 3|4'], /more than 500/],
    ['a cell without end', `a,b\n"${'x'.repeat(200_000)}",1\n3,4`, ['2-2!', '3: 3|4'], /100000/],
    ['lines that are too many cells', 'a,b\n"1\n2",3,4\n5,6', ['2-3!', '4: 5|6'], /It has 3 cells/],
  ])('with a row of %s has all its other rows', (_what, text, rows, why) => {
    expect(read(text)).toEqual(rows);
    expect(whys(text)[0]).toMatch(why);
  });

  it('whose head cannot be read is none', () => {
    expect(() => csvTable('"a,b\n1,2\n')).toThrow(/first line.*not closed/);
  });

  it.each(['"', 'x"",",', '"a"b', ',"', '"""', `${'"",'.repeat(20)}"`])(
    'of nothing but broken rows is read in time: %s',
    (line) => {
      const table = (rows: number): string => `a,b\n${`${line}\n`.repeat(rows)}`;
      expect(growth(csvTable, table, [2_000, 20_000])).toBeLessThan(TENFOLD);
    },
  );
});
