/** A token as it is printed: with the white space before it. */
export interface Piece {
  readonly text: string;
  /** Confidence of all pieces up to and including this one. */
  readonly confidence: number;
}

const OPENERS = '([{';
const CLOSERS = ')]}';

/**
 * How many of `pieces` to keep where `rest` already stands after the cursor, so that it is not written twice.
 *
 * An editor closes brackets as they are opened, so what is left of the line is mostly the end of the continuation.
 * Undefined: the continuation does not lead to `rest`.
 */
export function piecesBefore(pieces: readonly Piece[], rest: string): number | undefined {
  const wanted = rest.trim();
  if (wanted === '') return pieces.length;
  let tail = '';
  let kept: number | undefined;
  for (let at = pieces.length - 1; at >= 0 && tail.length <= wanted.length + 1; at--) {
    tail = (pieces[at]?.text ?? '') + tail;
    if (tail.trimStart() === wanted) kept = at;
  }
  return kept ?? firstUnmatched(pieces, wanted[0] ?? '');
}

/** The first piece that is `closer` and closes nothing opened in `pieces`. */
function firstUnmatched(pieces: readonly Piece[], closer: string): number | undefined {
  if (!CLOSERS.includes(closer)) return undefined;
  let depth = 0;
  for (const [at, piece] of pieces.entries()) {
    for (const unit of piece.text) {
      if (OPENERS.includes(unit)) depth++;
      else if (CLOSERS.includes(unit)) {
        if (depth === 0) return unit === closer ? at : undefined;
        depth--;
      }
    }
  }
  return undefined;
}
