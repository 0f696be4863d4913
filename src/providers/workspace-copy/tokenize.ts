import type { Lexicon } from './lexicon.ts';

/**
 * A token is one integer: its word's number in the lexicon, and in the low bits the white space before it.
 * Two tokens are the same *word* when they agree above those bits, however they are spaced.
 */
export const GAP_BITS = 3;
const GAP_MASK = (1 << GAP_BITS) - 1;
/** White space before a token, by code. Any other run becomes a word of its own, so that nothing is lost. */
const GAPS = ['', ' ', '\t', '  ', '   ', '    ', '     ', '      '] as const;

/** The word every lexicon used here gives to a line's end: it is interned first. */
export const END_OF_LINE_WORD = 0;
export const END_OF_LINE = END_OF_LINE_WORD << GAP_BITS;
/** Not a token: what separates files, and what a removed file leaves behind. Its word is negative too. */
export const NO_TOKEN = -1;

/** A word longer than this is cut: such runs are data, and a cut keeps the lexicon's entries short. */
const LONGEST_WORD = 120;

const OTHER = 0;
const WORD = 1;
const DIGIT = 2;
const SPACE = 3;

/** Units below 128 by kind; everything above is part of a word, whatever its script. */
const KIND = new Uint8Array(128);
for (const unit of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$') KIND[unit.charCodeAt(0)] = WORD;
for (const unit of '0123456789') KIND[unit.charCodeAt(0)] = DIGIT;
for (const unit of ' \t') KIND[unit.charCodeAt(0)] = SPACE;

const OPERATORS = new Set(
  '== != <= >= => -> <- := += -= *= /= %= |= &= ^= ++ -- && || ?? ?. :: ** // /* */ << >> .. ${ </ /> #[ {{ }}'.split(' '),
);
const LONG_OPERATORS = new Set('=== !== ... """ \'\'\' ``` **= &&= ||= ??= <<= >>= >>> <!--'.split(' '));

/** Tokens as they are written, with what a reader at the end of them needs to know. */
export class TokenBuffer {
  ids = new Int32Array(1 << 10);
  length = 0;

  push(id: number): void {
    if (this.length === this.ids.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.ids);
      this.ids = larger;
    }
    this.ids[this.length++] = id;
  }

  /** The tokens as a view, valid until the next push. */
  view(): Int32Array {
    return this.ids.subarray(0, this.length);
  }
}

/** Where the last token of a piece of a line lies, and whether more of the same word could follow. */
export interface LastToken {
  readonly start: number;
  readonly end: number;
  readonly isWord: boolean;
}

export function wordOf(token: number): number {
  return token >> GAP_BITS;
}

export function gapOf(token: number): string {
  return GAPS[token & GAP_MASK] ?? '';
}

/**
 * Writes the tokens of `text[from, end)`, which is part of one line without its indentation and line end.
 *
 * Names and numbers are whole words; quotes are operators, so that what a string says is split like code.
 * No state crosses a line: any line can be read again alone.
 */
export function tokenizeLine(text: string, from: number, end: number, lexicon: Lexicon, out: TokenBuffer): LastToken {
  let last: LastToken = { start: from, end: from, isWord: false };
  let at = from;
  let lastStart = from;
  let lastEnd = from;
  let lastIsWord = false;
  while (at < end) {
    let gap = 0;
    if (kindAt(text, at) === SPACE) {
      const start = at;
      while (at < end && kindAt(text, at) === SPACE) at++;
      if (at === end) break;
      gap = gapCode(text, start, at);
      if (gap < 0) {
        out.push(lexicon.intern(text, start, at) << GAP_BITS);
        gap = 0;
      }
    }
    lastStart = at;
    const kind = kindAt(text, at);
    at = kind === OTHER ? operatorEnd(text, at, end) : wordEnd(text, at, end, kind === DIGIT);
    lastEnd = at;
    lastIsWord = kind !== OTHER;
    out.push((lexicon.intern(text, lastStart, at) << GAP_BITS) | gap);
  }
  if (lastEnd > from) last = { start: lastStart, end: lastEnd, isWord: lastIsWord };
  return last;
}

/**
 * Writes the tokens of whole lines, `text[from, text.length)`; a last line without a line end is written too.
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
    const codeEnd = text.charCodeAt(end - 1) === 13 && end > code ? end - 1 : end;
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

/** Where the indentation of the line `text[start, end)` ends. */
export function indentEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && kindAt(text, at) === SPACE) at++;
  return at;
}

/** The indentation of the last line before `offset` (a line's start) that is not blank. */
export function indentBefore(text: string, offset: number): string {
  for (let end = offset - 1; end >= 0; ) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const code = indentEnd(text, start, end);
    if (code < end && text.charCodeAt(code) !== 13) return text.slice(start, code);
    if (start === 0) return '';
    end = start - 1;
  }
  return '';
}

/** The token for a change of indentation. It is relative, so that nesting depth does not hide a likeness. */
export function indentToken(before: string, after: string, lexicon: Lexicon): number {
  const change = after.startsWith(before)
    ? `\n>${after.slice(before.length)}`
    : before.startsWith(after)
      ? `\n<${before.length - after.length}`
      : `\n=${after}`;
  return lexicon.intern(change) << GAP_BITS;
}

/** The indentation after `change`, the spelling of an indentation token, in a line indented by `before`. */
export function indentAfter(before: string, change: string): string {
  const amount = change.slice(2);
  if (change[1] === '>') return before + amount;
  if (change[1] === '<') return before.slice(0, Math.max(0, before.length - Number(amount)));
  return amount;
}

function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit < 128 ? (KIND[unit] ?? OTHER) : WORD;
}

function gapCode(text: string, start: number, end: number): number {
  const length = end - start;
  const isTab = text.charCodeAt(start) === 9;
  if (length === 1) return isTab ? 2 : 1;
  if (length > 6) return -1;
  for (let i = start; i < end; i++) if (text.charCodeAt(i) !== 32) return -1;
  return length + 1;
}

function wordEnd(text: string, start: number, end: number, isNumber: boolean): number {
  let at = start + 1;
  const limit = Math.min(end, start + LONGEST_WORD);
  while (at < limit) {
    const kind = kindAt(text, at);
    const isFraction = isNumber && text.charCodeAt(at) === 46 && at + 1 < limit && kindAt(text, at + 1) === DIGIT;
    if (kind !== WORD && kind !== DIGIT && !isFraction) break;
    at++;
  }
  // A cut never falls between the two halves of a character.
  const unit = text.charCodeAt(at - 1);
  return at === limit && at < end && unit >= 0xd800 && unit < 0xdc00 && at - 1 > start ? at - 1 : at;
}

function operatorEnd(text: string, at: number, end: number): number {
  if (at + 1 >= end || kindAt(text, at + 1) !== OTHER) {
    if (text.charCodeAt(at + 1) !== 123) return at + 1;
  }
  if (at + 3 <= end && LONG_OPERATORS.has(text.slice(at, at + 3))) return at + 3;
  if (at + 2 <= end && OPERATORS.has(text.slice(at, at + 2))) return at + 2;
  return at + 1;
}
