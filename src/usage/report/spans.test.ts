import { expect, it } from 'vitest';
import { missingSpans, type Piece, piecesOf, type Span } from './spans.ts';

const kept = (...spans: readonly (readonly [firstDay: number, days: number])[]): readonly Span[] =>
  spans.map(([firstDay, days]) => ({ firstDay, days })).sort((a, b) => a.firstDay - b.firstDay || b.days - a.days);

const words = (pieces: readonly Piece[]): string =>
  pieces
    .map((piece) =>
      piece.kind === 'read'
        ? `read ${piece.days.firstDay}-${piece.days.lastDay}`
        : `kept ${piece.span.firstDay}+${piece.span.days}`,
    )
    .join(', ');

it.each([
  ['nothing is kept', [60, 70], kept(), 'read 60-70'],
  ['one day is kept', [60, 62], kept([61, 1]), 'read 60-60, kept 61+1, read 62-62'],
  ['a longer span is there as well', [64, 73], kept([64, 8], [65, 1], [72, 1]), 'kept 64+8, kept 72+1, read 73-73'],
  [
    'a longer span reaches out of the range',
    [65, 72],
    kept([64, 8], [65, 1], [72, 1], [72, 8]),
    'kept 65+1, read 66-71, kept 72+1',
  ],
  [
    'all is kept',
    [56, 97],
    kept([56, 8], [64, 32], [64, 8], [96, 1], [97, 1]),
    'kept 56+8, kept 64+32, kept 96+1, kept 97+1',
  ],
] as const)('a range of which %s is read as few pieces', (_, [firstDay, lastDay], spans, expected) => {
  expect(words(piecesOf({ firstDay, lastDay }, spans))).toBe(expected);
});

it('the newest days are made first, and longer spans of the shorter ones, once they are whole', () => {
  const missing = [...missingSpans({ firstDay: 62, lastDay: 72 }, kept([64, 1], [70, 1]))];
  expect(missing.map(({ firstDay, days }) => `${firstDay}+${days}`)).toEqual([
    ...['72+1', '71+1', '69+1', '68+1', '67+1', '66+1', '65+1', '63+1', '62+1'],
    ...['64+8', '56+8', '32+32'],
    ...['67+6', '44+29', '-16+89'],
  ]);
});
