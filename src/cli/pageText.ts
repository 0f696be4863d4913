import type { Cell, Page, Section, Table } from '../router/page.ts';
import { onOneLine } from '../routing/labels.ts';
import type { Painter } from './paint.ts';
import { columns } from './table.ts';

/** A page for a terminal: headings in bold, tables in columns, sentences on lines of their own. */
export function pageText({ sections }: Page, paint: Painter): string {
  return sections.map((section) => sectionText(section, paint)).join('\n');
}

function sectionText({ heading, table, lines }: Section, paint: Painter): string {
  return [
    heading === undefined ? '' : `${paint('bold', onOneLine(heading))}\n`,
    table === undefined ? '' : tableText(table, paint),
    // The words set ids apart with backticks, for readers of Markdown.
    ...lines.map((line) => `${onOneLine(line.replaceAll('`', '"'))}\n`),
  ].join('');
}

function tableText({ head, rows, numbers = [] }: Table, paint: Painter): string {
  const cells = rows.map((row) => row.map((cell) => cellText(cell, paint)));
  const alignments = head.map((_, place) => (numbers.includes(place) ? 'right' : 'left'));
  return columns([head.map((name) => paint('bold', name)), ...cells], alignments);
}

function cellText(cell: Cell, paint: Painter): string {
  if (typeof cell === 'string') return onOneLine(cell);
  return paint(cell.tone === 'bad' ? 'red' : 'bold', onOneLine(cell.text));
}
