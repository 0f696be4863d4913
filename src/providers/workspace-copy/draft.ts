import { indentBefore } from './indent.ts';
import type { Lexicon } from './lexicon.ts';
import { Shelf } from './shelf.ts';
import { END_OF_LINE, type TokenBuffer } from './token.ts';
import { tokenizeLines } from './tokenize.ts';

/**
 * Whole lines of the file being edited, kept in step with it at the cost of what changed.
 *
 * One part holds the lines above the cursor's: typing adds to its end. Another holds those below, which typing leaves as
 * they are. Neither holds the cursor's own line, which would only lead back to itself.
 */
export class DraftPart {
  readonly shelf = new Shelf();
  #text = '';
  readonly #lineStarts: number[] = [];
  readonly #tokenStarts: number[] = [];
  readonly #lexicon: Lexicon;
  readonly #buffer: TokenBuffer;

  constructor(lexicon: Lexicon, buffer: TokenBuffer) {
    this.#lexicon = lexicon;
    this.#buffer = buffer;
  }

  /** Makes this part hold `text`, whose end (the cursor) moves more often than its start. */
  followEnd(text: string): void {
    if (text === this.#text) return;
    const common = commonLength(this.#text, text);
    const lineStart = common === 0 ? 0 : text.lastIndexOf('\n', common - 1) + 1;
    const line = lowerBound(this.#lineStarts, lineStart);
    this.shelf.truncate(lineStart === 0 ? 0 : (this.#tokenStarts[line] ?? this.shelf.length));
    this.#lineStarts.length = line;
    this.#tokenStarts.length = line;
    this.#append(text, lineStart);
  }

  /**
   * Makes this part hold `text`, read from its start: the first line's indentation counts from the margin, whatever stood
   * above it, so that the same text gives the same tokens whatever was asked before.
   */
  followStart(text: string): void {
    if (text === this.#text) return;
    this.#lineStarts.length = 0;
    this.#tokenStarts.length = 0;
    this.shelf.truncate(0);
    this.#append(text, 0);
  }

  #append(text: string, from: number): void {
    const buffer = this.#buffer;
    buffer.clear();
    if (from === 0 && text !== '') buffer.push(END_OF_LINE);
    const base = this.shelf.length;
    tokenizeLines(text, from, indentBefore(text, from), this.#lexicon, buffer, (textStart, tokenStart) => {
      this.#lineStarts.push(textStart);
      this.#tokenStarts.push(base + tokenStart);
    });
    this.shelf.pushAll(buffer.view());
    this.#text = text;
  }
}

function commonLength(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  // Equal stretches are compared as whole strings, which is many times faster than unit by unit.
  let known = 0;
  let step = shorter;
  while (step > 0) {
    const next = Math.min(shorter, known + step);
    if (next > known && a.slice(known, next) === b.slice(known, next)) known = next;
    else step >>= 1;
    if (known === shorter) break;
  }
  return known;
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
