import { isFields, jsonOrUndefined } from './untrusted.ts';

/** The plain input of a custom tool as the arguments of a function that takes it in one string. */
export function wrapInput(input: string): string {
  return JSON.stringify({ input });
}

/**
 * The plain input in the arguments that {@link wrapInput} asks for. Models get it wrong: a string that is not ended or
 * has line breaks in it is read as far as it goes, and arguments of another form are taken for the input itself.
 */
export function unwrapInput(given: string): string {
  const reader = new InputReader();
  const read = reader.push(given) + reader.end();
  if (reader.found) return read;
  const value = jsonOrUndefined(given);
  if (!isFields(value)) return given;
  const input = Object.hasOwn(value, 'input') ? value['input'] : undefined;
  if (typeof input === 'string') return input;
  return Object.keys(value).length === 0 ? '' : given;
}

/** What stands between the beginning of the arguments and the first character of the input, as far as it has come. */
const opening = /^\s*\{\s*"input"\s*:\s*"/;
const partOfOpening = /^\s*(?:\{\s*(?:"(?:i(?:n(?:p(?:u(?:t(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?$/;
/** White space comes before the opening now and then, but not without end. */
const longestOpening = 1000;

/** An escape in a string of JSON that is cut off at the end of a piece. */
const partOfEscape = /^\\(?:u[0-9a-fA-F]{0,3})?$/;
const meanings: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Reads the plain input out of arguments that come in pieces, as it comes. */
export class InputReader {
  #held = '';
  #state: 'before' | 'inside' | 'after' | 'other' = 'before';

  /** The arguments begin as they should; else nothing is read of them. */
  get found(): boolean {
    return this.#state === 'inside' || this.#state === 'after';
  }

  /** The plain text that this piece brings. */
  push(piece: string): string {
    if (this.#state === 'after' || this.#state === 'other') return '';
    let text = this.#held + piece;
    this.#held = '';
    if (this.#state === 'before') {
      const opened = opening.exec(text.slice(0, longestOpening));
      if (opened === null) {
        if (text.length < longestOpening && partOfOpening.test(text)) this.#held = text;
        else this.#state = 'other';
        return '';
      }
      this.#state = 'inside';
      text = text.slice(opened[0].length);
    }
    return this.#decode(text);
  }

  /** What was held back at the end of the last piece: half of a pair of surrogates. Half an escape is nothing. */
  end(): string {
    const half = this.#state === 'inside' ? this.#held.slice(0, 1) : '';
    this.#held = '';
    return half === '\\' ? '' : half;
  }

  #decode(text: string): string {
    let plain = '';
    let at = 0;
    for (;;) {
      const from = at;
      while (at < text.length && text[at] !== '"' && text[at] !== '\\') at++;
      plain += text.slice(from, at);
      if (at >= text.length) break;
      if (text[at] === '"') {
        this.#state = 'after';
        return plain;
      }
      const escaped = text.slice(at, at + 6);
      if (partOfEscape.test(escaped)) {
        this.#held = escaped;
        return this.#holdHalfPair(plain);
      }
      const unit = /^\\u([0-9a-fA-F]{4})/.exec(escaped)?.[1];
      const letter = escaped.charAt(1);
      plain += unit === undefined ? (meanings[letter] ?? letter) : String.fromCharCode(Number.parseInt(unit, 16));
      at += unit === undefined ? 2 : 6;
    }
    return this.#holdHalfPair(plain);
  }

  /** Half a pair of surrogates would be spoilt when its piece is sent on as UTF-8. */
  #holdHalfPair(plain: string): string {
    const last = plain.charCodeAt(plain.length - 1);
    if (!(last >= 0xd800 && last < 0xdc00)) return plain;
    // In front of a held escape, which is then the other half.
    this.#held = plain.slice(-1) + this.#held;
    return plain.slice(0, -1);
  }
}
