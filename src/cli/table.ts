import { widthOf } from './paint.ts';

/** A column whose cells end at the same place, for numbers; the others begin there. */
export type Alignment = 'left' | 'right';

/** Rows as aligned columns, two spaces apart, each line indented by two. Cells may carry colours. */
export function columns(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [place, cell] of row.entries()) widths[place] = Math.max(widths[place] ?? 0, widthOf(cell));
  }
  return rows
    .map((row) => {
      const cells = row.map((cell, place) => {
        const room = ' '.repeat((widths[place] ?? 0) - widthOf(cell));
        return alignments[place] === 'right' ? room + cell : cell + room;
      });
      return `  ${cells.join('  ')}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** `1 file`, `3 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}
