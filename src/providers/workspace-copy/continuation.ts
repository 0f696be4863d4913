import type { Cursor } from './cursor.ts';
import { indentAfter } from './indent.ts';
import type { Lexicon } from './lexicon.ts';
import type { Context } from './shelf.ts';
import { type Piece, piecesBefore } from './suffix.ts';
import { END_OF_LINE, gapOf, wordOf } from './token.ts';
import { castVotes, type Shelving, type Tally, type Winner, winnerOf } from './vote.ts';

/** A line with more tokens than this is not offered whole. */
const MOST_TOKENS_A_LINE = 64;
/** Marks an outcome that finishes the word at the cursor; tokens are below it. */
const FINISHES = 1 << 30;
/** Units of line ends in a row that are offered inside a block. */
const MOST_LINE_BREAK = 4;
const LINE_FEED = 10;
/** A partial word counts as one word of likeness. */
const PARTIAL_BONUS = 1;

export interface Completion {
  /** What to insert at the cursor. */
  readonly text: string;
  /** Product of the vote shares of its tokens: between 0 and 1. */
  readonly confidence: number;
  readonly tokens: number;
  /** It begins at the start of a line, after the indentation. */
  readonly wholeLine: boolean;
}

export interface Limits {
  readonly maxLines: number;
  readonly minConfidence: number;
}

/** The token most likely to come next; `\n` for a line's end. */
export function nextToken(cursor: Cursor, shelvings: readonly Shelving[], lexicon: Lexicon): Piece | undefined {
  const winner = firstWinner(cursor, shelvings, lexicon);
  if (winner === undefined) return undefined;
  return { text: winner.outcome === END_OF_LINE ? '\n' : firstText(winner, cursor, lexicon), confidence: winner.share };
}

/** The continuation to the end of the line, or of several lines while the confidence holds. */
export function continuation(
  cursor: Cursor,
  shelvings: readonly Shelving[],
  lexicon: Lexicon,
  limits: Limits,
): Completion | undefined {
  const walk: Walk = { cursor, shelvings, lexicon, pieces: [], confidence: 1, indent: cursor.indent };
  const { pieces } = walk;
  let kept = 0;
  for (let line = 0; line < limits.maxLines; line++) {
    const lineAt = pieces.length;
    const end = walkLine(walk, line, limits.minConfidence);
    const isAlone = cursor.atLineStart || line > 0;
    if (isAlone && walk.indent + printed(pieces, lineAt).trim() === cursor.nextLine) break;
    if (end === 'ended' || (end === 'lost' && line === 0)) kept = pieces.length;
    if (end !== 'ended' || cursor.rest.trim() !== '') break;
  }
  kept = piecesBefore(pieces.slice(0, kept), cursor.rest) ?? 0;
  if (kept === 0) return undefined;
  // Where the suffix cuts, the piece that it stands for is evidence too.
  const confidence = pieces[kept]?.confidence ?? pieces[kept - 1]?.confidence ?? 0;
  const text = printed(pieces.slice(0, kept), 0);
  return { text, confidence, tokens: kept, wholeLine: cursor.atLineStart };
}

interface Walk {
  readonly cursor: Cursor;
  readonly shelvings: readonly Shelving[];
  readonly lexicon: Lexicon;
  readonly pieces: Piece[];
  confidence: number;
  indent: string;
}

/** Why a line goes no further: it is whole, nothing known follows, too little speaks for it, or it left the block. */
type LineEnd = 'ended' | 'lost' | 'doubtful' | 'left';

function walkLine(walk: Walk, line: number, minConfidence: number): LineEnd {
  const { cursor, pieces, lexicon } = walk;
  const { context } = cursor;
  const lineAt = pieces.length;
  let lineBreak = line === 0 ? '' : cursor.lineEnd;
  while (pieces.length - lineAt < MOST_TOKENS_A_LINE) {
    const isFirst = pieces.length === 0;
    const winner = isFirst ? firstWinner(cursor, walk.shelvings, lexicon) : nextWinner(walk, pieces.length === lineAt);
    if (winner === undefined) return 'lost';
    walk.confidence *= winner.share;
    if (walk.confidence < minConfidence) return 'doubtful';
    const token = winner.outcome & ~FINISHES;
    if (winner.outcome !== token) context.length--;
    context.push(wordOf(token));
    if (token === END_OF_LINE) {
      const last = pieces.at(-1);
      if (last !== undefined && pieces.length > lineAt) {
        pieces[pieces.length - 1] = { text: last.text, confidence: walk.confidence };
        return 'ended';
      }
      if (lineBreak.length > MOST_LINE_BREAK || line === 0) return 'left';
      lineBreak += cursor.lineEnd;
      continue;
    }
    const spelling = lexicon.text(wordOf(token));
    const indent = indentAfter(walk.indent, spelling);
    if (indent !== undefined) {
      if (!indent.startsWith(cursor.indent)) return 'left';
      walk.indent = indent;
      continue;
    }
    const text = isFirst
      ? firstText(winner, cursor, lexicon)
      : pieces.length === lineAt
        ? lineBreak + walk.indent + spelling
        : gapOf(token) + spelling;
    pieces.push({ text, confidence: walk.confidence });
  }
  return 'doubtful';
}

/**
 * The first token, of which part may have been typed. A word at the cursor may be whole or may go on: what follows
 * the whole word and what begins with it are put to one vote.
 */
function firstWinner(cursor: Cursor, shelvings: readonly Shelving[], lexicon: Lexicon): Winner | undefined {
  const { context, gap, partial, atLineStart } = cursor;
  const tally: Tally = new Map();
  castVotes(shelvings, context, tally, (token, shelving, position) => {
    // The file as it was saved while this line was being typed says that it ends here.
    if (token === END_OF_LINE) return shelving.isStale(position) ? -1 : token;
    if (isIndent(token, lexicon)) return -1;
    return atLineStart || gapOf(token).startsWith(gap) ? token : -1;
  });
  if (partial !== '') {
    const before: Context = { words: context.words, length: context.length - 1 };
    const finish = (token: number) => (lexicon.continues(wordOf(token), partial) ? token | FINISHES : -1);
    castVotes(shelvings, before, tally, finish, PARTIAL_BONUS);
  }
  return winnerOf(tally, (outcome) => lexicon.text(wordOf(outcome & ~FINISHES)));
}

function nextWinner(walk: Walk, isLineStart: boolean): Winner | undefined {
  const { cursor, shelvings, lexicon } = walk;
  const tally: Tally = new Map();
  castVotes(shelvings, cursor.context, tally, (token) =>
    isLineStart || token === END_OF_LINE || !isIndent(token, lexicon) ? token : -1,
  );
  return winnerOf(tally, (outcome) => lexicon.text(wordOf(outcome)));
}

function firstText(winner: Winner, cursor: Cursor, lexicon: Lexicon): string {
  const token = winner.outcome & ~FINISHES;
  const spelling = lexicon.text(wordOf(token));
  if (winner.outcome !== token) return spelling.slice(cursor.partial.length);
  return (cursor.atLineStart ? '' : gapOf(token).slice(cursor.gap.length)) + spelling;
}

function isIndent(token: number, lexicon: Lexicon): boolean {
  return lexicon.firstUnit(wordOf(token)) === LINE_FEED;
}

function printed(pieces: readonly Piece[], from: number): string {
  let text = '';
  for (let at = from; at < pieces.length; at++) text += pieces[at]?.text ?? '';
  return text;
}
