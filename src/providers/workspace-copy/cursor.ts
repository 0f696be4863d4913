import type { DraftPart } from './draft.ts';
import { indentBefore, indentEnd, indentToken } from './indent.ts';
import type { Lexicon } from './lexicon.ts';
import type { Context } from './shelf.ts';
import { END_OF_LINE_WORD, TokenBuffer, wordOf } from './token.ts';
import { tokenizeLine } from './tokenize.ts';

/** Words of the lines above that a query looks back at. */
const LOOK_BACK = 40;
/** Units of the cursor's own line that a query reads; a longer line is data. */
const LONGEST_LINE = 4_000;

/** A context that grows as a continuation is chosen. */
export class GrowingContext implements Context {
  words: Int32Array;
  length = 0;

  constructor(capacity: number) {
    this.words = new Int32Array(capacity);
  }

  push(word: number): void {
    if (this.length === this.words.length) {
      const larger = new Int32Array(this.length * 2 + 1);
      larger.set(this.words);
      this.words = larger;
    }
    this.words[this.length++] = word;
  }
}

/** What the text around a cursor says about what may be typed next. */
export interface Cursor {
  readonly context: GrowingContext;
  /** Nothing but indentation stands before the cursor in its line. */
  readonly atLineStart: boolean;
  readonly indent: string;
  /** White space already typed after the last token. */
  readonly gap: string;
  /** The word the cursor stands at the end of, which may go on; empty when there is none. */
  readonly partial: string;
  /** What stands after the cursor in its line, without the line end. */
  readonly rest: string;
  /** The first line below that is not blank, without white space at its end; empty when there is none. */
  readonly nextLine: string;
  readonly lineEnd: '\n' | '\r\n';
}

/** Reads where the cursor stands; `above` already holds the lines before its own. */
export function readCursor(prefix: string, suffix: string, above: DraftPart, lexicon: Lexicon): Cursor {
  const lineStart = prefix.lastIndexOf('\n') + 1;
  const code = indentEnd(prefix, lineStart, prefix.length);
  const indent = prefix.slice(lineStart, code);
  const previous = indentBefore(prefix, lineStart);
  const line = new TokenBuffer();
  if (indent !== previous) line.push(indentToken(previous, indent, lexicon));
  const last = tokenizeLine(prefix, Math.max(code, prefix.length - LONGEST_LINE), prefix.length, lexicon, line);

  const { shelf } = above;
  const from = Math.max(0, shelf.length - LOOK_BACK);
  const context = new GrowingContext(shelf.length - from + line.length + 64);
  if (shelf.length === 0) context.push(END_OF_LINE_WORD);
  for (const token of shelf.tokens.subarray(from, shelf.length)) context.push(wordOf(token));
  for (const token of line.view()) context.push(wordOf(token));

  const atLineStart = code === prefix.length;
  const gap = atLineStart ? '' : prefix.slice(last.end);
  const word = last.isWord && gap === '' ? prefix.slice(last.start) : '';
  const newline = suffix.indexOf('\n');
  return {
    context,
    atLineStart,
    indent,
    gap,
    partial: /^\d/.test(word) ? '' : word,
    rest: newline < 0 ? suffix : suffix.slice(0, newline),
    nextLine:
      /^[ \t]*\S.*/m.exec(newline < 0 ? '' : suffix.slice(newline + 1, newline + 1 + LONGEST_LINE))?.[0].trimEnd() ??
      '',
    lineEnd:
      prefix.slice(lineStart - 2, lineStart) === '\r\n' || suffix.slice(newline - 1, newline) === '\r' ? '\r\n' : '\n',
  };
}
