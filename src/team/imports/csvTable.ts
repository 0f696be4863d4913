import { ImportError } from './importedRow.ts';

/** A row with as many cells as the first has, or lines that are none. Lines count from 1. */
export type CsvEntry =
  | { readonly kind: 'row'; readonly cells: readonly string[]; readonly line: number }
  | { readonly kind: 'unread'; readonly line: number; readonly last: number; readonly why: string };

export interface CsvTable {
  /** The first row. */
  readonly head: readonly string[];
  /** All others, in their order. */
  readonly entries: readonly CsvEntry[];
}

/** What has more is no row of a bill. */
const MOST_CELLS = 500;
const LONGEST_CELL = 100_000;

/**
 * Reads CSV as RFC 4180 has it: quotes around cells with commas, line breaks or quotes, which are doubled. Empty lines are none.
 * What cannot be a row (a quote that is never closed, or with something behind it; more or fewer cells than the first row) is left
 * out, and keeps no other row from being read: reading goes on with the next line, and where a quote went wrong all lines are left
 * out up to the next that is a row.
 * @throws {ImportError} where the first row cannot be read
 */
export function csvTable(text: string): CsvTable {
  const begin = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const head = rowAt(text, begin);
  if (head.kind === 'torn')
    throw new ImportError(`Its first line, which names the columns, cannot be read. ${head.why}`);
  const entries: CsvEntry[] = [];
  const width = head.cells.length;
  let torn: { kind: 'unread'; line: number; last: number; why: string } | undefined;
  for (let [at, line] = [head.after, 1 + head.lines]; at < text.length; ) {
    const row = rowAt(text, at);
    const why = whyUnread(row, width);
    if (row.kind === 'row' && why === undefined) {
      if (!isEmpty(row)) {
        entries.push({ kind: 'row', cells: row.cells, line });
        torn = undefined;
      }
      at = row.after;
      line += row.lines;
      continue;
    }
    if (torn !== undefined) torn.last = line;
    else {
      const unread = { kind: 'unread' as const, line, last: line, why: why ?? '' };
      entries.push(unread);
      if (row.kind === 'torn' || row.lines > 1) torn = unread;
    }
    at = lineAfter(text, at);
    line += 1;
  }
  return { head: head.cells, entries };
}

type Row =
  | { readonly kind: 'row'; readonly cells: readonly string[]; readonly after: number; readonly lines: number }
  | { readonly kind: 'torn'; readonly why: string };

function whyUnread(row: Row, width: number): string | undefined {
  if (row.kind === 'torn') return row.why;
  if (isEmpty(row) || row.cells.length === width) return undefined;
  return `It has ${row.cells.length} cells, and the first line ${width}.`;
}

function isEmpty({ cells }: Row & { readonly kind: 'row' }): boolean {
  return cells.length === 1 && cells[0] === '';
}

function rowAt(text: string, begin: number): Row {
  const cells: string[] = [];
  let lines = 1;
  for (let at = begin; ; ) {
    if (cells.length >= MOST_CELLS) return { kind: 'torn', why: `It has more than ${MOST_CELLS} cells.` };
    const cell = text[at] === '"' ? quoted(text, at) : plain(text, at);
    if (typeof cell === 'string') return { kind: 'torn', why: cell };
    cells.push(cell.value);
    lines += cell.breaks;
    at = cell.after;
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    return { kind: 'row', cells, after: lineAfter(text, at), lines };
  }
}

interface Cell {
  readonly value: string;
  readonly after: number;
  /** Lines that end in it. */
  readonly breaks: number;
}

function plain(text: string, at: number): Cell {
  const stop = /[,\r\n]/g;
  stop.lastIndex = at;
  const after = stop.exec(text)?.index ?? text.length;
  return { value: text.slice(at, after), after, breaks: 0 };
}

/** @returns why it is no cell, for people */
function quoted(text: string, at: number): Cell | string {
  const parts: string[] = [];
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return 'It has a quote that is not closed.';
    if (quote - at > LONGEST_CELL) return `It has a quote that is not closed within ${LONGEST_CELL} characters.`;
    parts.push(text.slice(from, quote));
    if (text[quote + 1] !== '"') {
      const value = parts.join('"');
      const behind = plain(text, quote + 1);
      if (behind.value.trim() !== '') return 'It has something between a closed quote and the comma.';
      return { value, after: behind.after, breaks: value.match(/\r\n|\n|\r/g)?.length ?? 0 };
    }
    from = quote + 2;
  }
}

/** Where the next line begins. */
function lineAfter(text: string, at: number): number {
  const end = /\r\n|\n|\r/g;
  end.lastIndex = at;
  const found = end.exec(text);
  return found === null ? text.length : found.index + found[0].length;
}
