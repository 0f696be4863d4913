import type { Figure, Row } from './report.ts';

/** Draws rows as an aligned table: what was measured on the left, figures on the right under their headings. */
export function drawTable(title: string, rows: readonly Row[]): string {
  const headings = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  const cells = rows.map(({ what, figures }) => [what, ...headings.map((heading) => written(figures[heading]))]);
  const lines = [[title, ...headings], ...cells];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const drawn = lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(Math.max(...drawn.map((line) => line.length)));
  return [drawn[0], rule, ...drawn.slice(1)].join('\n');
}

/** Three digits are as many as a repetition would confirm; counts are exact. */
function written(figure: Figure | undefined): string {
  if (figure === undefined) return '';
  const { value, unit } = figure;
  if (!Number.isFinite(value)) return '–';
  const decimals = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const digits = value.toLocaleString('en-US', { maximumFractionDigits: decimals, minimumFractionDigits: decimals });
  return unit === '' ? digits : `${digits} ${unit}`;
}
