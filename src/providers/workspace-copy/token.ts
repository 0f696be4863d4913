/**
 * A token is one integer: its word's number in the lexicon, and in the low bits the white space before it.
 * Two tokens are the same *word* when they agree above those bits, however they are spaced.
 */
const GAP_BITS = 3;
const GAP_MASK = (1 << GAP_BITS) - 1;
/** Distinct words after which no file is added. It bounds memory, and keeps tokens below 2^30 many times over. */
export const MOST_WORDS = 1 << 21;
/** White space before a token, by code. Any other run becomes a word of its own, so that nothing is lost. */
const GAPS = ['', ' ', '\t', '  ', '   ', '    ', '     ', '      '] as const;
const TAB = 9;
const SPACE = 32;

/** The word for a line's end: the first one of every lexicon. */
export const END_OF_LINE_WORD = 0;
export const END_OF_LINE = END_OF_LINE_WORD << GAP_BITS;
/** Not a token: what separates files, and what a removed file leaves behind. Its word is negative too. */
export const NO_TOKEN = -1;

export function tokenOf(word: number, gap: number): number {
  return (word << GAP_BITS) | gap;
}

export function wordOf(token: number): number {
  return token >> GAP_BITS;
}

/** The white space before `token`, as it was written. */
export function gapOf(token: number): string {
  return GAPS[token & GAP_MASK] ?? '';
}

/** The code of the white space `text[start, end)`; undefined when it has none. */
export function gapCode(text: string, start: number, end: number): number | undefined {
  const length = end - start;
  if (length === 1) return text.charCodeAt(start) === TAB ? 2 : 1;
  if (length > 6) return undefined;
  for (let i = start; i < end; i++) if (text.charCodeAt(i) !== SPACE) return undefined;
  return length + 1;
}

/** Tokens as they are written, in an array that grows. */
export class TokenBuffer {
  #tokens = new Int32Array(1 << 10);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(token: number): void {
    if (this.#length === this.#tokens.length) {
      const larger = new Int32Array(this.#length * 2);
      larger.set(this.#tokens);
      this.#tokens = larger;
    }
    this.#tokens[this.#length++] = token;
  }

  clear(): void {
    this.#length = 0;
  }

  /** The tokens as a view, valid until the next change. */
  view(): Int32Array {
    return this.#tokens.subarray(0, this.#length);
  }
}
