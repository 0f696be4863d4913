import { ImportError } from './importedRow.ts';

export interface CsvRow {
  readonly cells: readonly string[];
  /** Where it begins; the first is 1. */
  readonly line: number;
}

/** A row that is longer is no row of a bill. */
const MOST_CELLS = 500;

/**
 * Reads CSV as RFC 4180 has it: quotes around cells with commas, line breaks or quotes, which are doubled. Empty lines are none.
 * @throws {ImportError} where a quote is not closed
 */
export function csvRows(text: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let [line, begun] = [1, 1];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const end = (): void => {
    if (cells.length > 1 || cells[0] !== '') rows.push({ cells, line: begun });
    cells = [];
    begun = line;
  };
  while (at <= text.length) {
    if (cells.length >= MOST_CELLS) throw new ImportError(`Line ${begun} has more than ${MOST_CELLS} cells.`);
    const cell = text[at] === '"' ? quoted(text, at, begun) : plain(text, at);
    cells.push(cell.value);
    line += cell.breaks;
    at = cell.after;
    if (at >= text.length) break;
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    at += text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1;
    line += 1;
    end();
    if (at >= text.length) return rows;
  }
  end();
  return rows;
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

function quoted(text: string, at: number, line: number): Cell {
  const parts: string[] = [];
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) throw new ImportError(`Line ${line} has a quote that is not closed.`);
    parts.push(text.slice(from, quote));
    if (text[quote + 1] !== '"') {
      const value = parts.join('"');
      const after = quote + 1;
      // What follows a closed quote up to the comma belongs to no cell.
      return { value, after: plain(text, after).after, breaks: value.split('\n').length - 1 };
    }
    from = quote + 2;
  }
}
