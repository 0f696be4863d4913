import { indentEnd, indentToken } from './indent.ts';
import type { Lexicon } from './lexicon.ts';
import { END_OF_LINE, gapCode, type TokenBuffer, tokenOf } from './token.ts';

/** A word longer than this is cut: such runs are data, and a cut keeps the lexicon's entries short. */
const LONGEST_WORD = 120;

const OTHER = 0;
const WORD = 1;
const DIGIT = 2;
const SPACE = 3;
const CARRIAGE_RETURN = 13;
const DOT = 46;

/** Units below 128 by kind; everything above is part of a word, whatever its script. */
const KIND = new Uint8Array(128);
for (const unit of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$') KIND[unit.charCodeAt(0)] = WORD;
for (const unit of '0123456789') KIND[unit.charCodeAt(0)] = DIGIT;
for (const unit of ' \t') KIND[unit.charCodeAt(0)] = SPACE;

const OPERATORS_OF_TWO = new Set(
  '== != <= >= => -> <- := += -= *= /= %= |= &= ^= ++ -- && || ?? ?. :: ** // /* */ << >> .. </ /> #[ {{ }}'.split(' '),
);
const OPERATORS_OF_THREE = new Set('=== !== ... """ \'\'\' ``` **= &&= ||= ??= <<= >>= >>>'.split(' '));

/** Where the last token of a piece of a line lies, and whether more of the same word could follow. */
export interface LastToken {
  readonly start: number;
  readonly end: number;
  readonly isWord: boolean;
}

/**
 * Writes the tokens of `text[from, end)`, which is part of one line without its indentation and line end.
 *
 * Names and numbers are whole words; quotes are operators, so that what a string says is split like code.
 * No state crosses a line: any line can be read again alone. White space at the end is no token.
 */
export function tokenizeLine(text: string, from: number, end: number, lexicon: Lexicon, out: TokenBuffer): LastToken {
  let at = from;
  let start = from;
  let tokenEnd = from;
  let isWord = false;
  while (at < end) {
    let gap = 0;
    if (kindAt(text, at) === SPACE) {
      const gapStart = at;
      at = indentEnd(text, at, end);
      if (at === end) break;
      const code = gapCode(text, gapStart, at);
      if (code === undefined) out.push(tokenOf(lexicon.intern(text, gapStart, at), 0));
      gap = code ?? 0;
    }
    const kind = kindAt(text, at);
    start = at;
    at = kind === OTHER ? operatorEnd(text, at, end) : wordEnd(text, at, end, kind === DIGIT);
    tokenEnd = at;
    isWord = kind !== OTHER;
    out.push(tokenOf(lexicon.intern(text, start, at), gap));
  }
  return { start, end: tokenEnd, isWord };
}

/**
 * Writes the tokens of whole lines, `text[from, text.length)`, where the last line before that is indented by
 * `indentBefore`; a last line without a line end is written too, and so is a line's change of indentation.
 * `onLine` is told where each line begins, in the text and in `out`.
 */
export function tokenizeLines(
  text: string,
  from: number,
  indentBefore: string,
  lexicon: Lexicon,
  out: TokenBuffer,
  onLine?: (textStart: number, tokenStart: number) => void,
): void {
  let indent = indentBefore;
  for (let start = from; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    onLine?.(start, out.length);
    const code = indentEnd(text, start, end);
    const codeEnd = end > code && text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end;
    if (code < codeEnd) {
      const next = text.slice(start, code);
      if (next !== indent) {
        out.push(indentToken(indent, next, lexicon));
        indent = next;
      }
      tokenizeLine(text, code, codeEnd, lexicon, out);
    }
    if (newline < 0) return;
    out.push(END_OF_LINE);
    start = newline + 1;
  }
}

function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit < 128 ? (KIND[unit] ?? OTHER) : WORD;
}

function wordEnd(text: string, start: number, end: number, isNumber: boolean): number {
  let at = start + 1;
  const limit = Math.min(end, start + LONGEST_WORD);
  while (at < limit) {
    const kind = kindAt(text, at);
    const isFraction = isNumber && text.charCodeAt(at) === DOT && at + 1 < limit && kindAt(text, at + 1) === DIGIT;
    if (kind !== WORD && kind !== DIGIT && !isFraction) break;
    at++;
  }
  if (at < limit || at === end) return at;
  // A cut never falls between the two halves of a character.
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? at - 1 : at;
}

function operatorEnd(text: string, at: number, end: number): number {
  if (at + 1 >= end || kindAt(text, at + 1) !== OTHER) return at + 1;
  if (at + 3 <= end && OPERATORS_OF_THREE.has(text.slice(at, at + 3))) return at + 3;
  if (OPERATORS_OF_TWO.has(text.slice(at, at + 2))) return at + 2;
  return at + 1;
}
