import { jsonOrUndefined } from '../chat/untrusted.ts';

/** What may differ between two frames that say a text each and nothing else. */
type Gap = 'text' | 'number' | 'filling' | 'spaces';

/** One event whose data are one line, without what it says. With no backslash in it each quote begins or ends a string. */
const oneEvent = /^(?:event: ?[\w.]+\r?\n)?data: ?\{[^\r\n\\]*\}\r?\n\r?\n$/;
/** What no dialect of ours reads: the number of an event, what hides its length, and spaces before its last brace. */
const unread = /(?<="sequence_number": ?)(\d+)|(?<="obfuscation": ?")([^"]*)|(?<=\}) *(?=\}\r?\n\r?\n$)/g;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * How a frame is spelt that says a piece of text and nothing else. Nearly all of a stream are such frames, alike but for
 * their text, so they are told by their bytes: what repeats the frame before it but for the text says that text.
 */
export class RepeatedFrame {
  /** The one that was made last: streams of one provider are often spelt alike from one to the next. */
  static #latest: RepeatedFrame | undefined;
  readonly #key: string;
  readonly #parts: readonly Buffer[];
  /** What stands after each part but the last. */
  readonly #gaps: readonly Gap[];
  #from = 0;
  #to = 0;
  #isAscii = true;
  #isEscaped = false;

  private constructor(key: string, parts: readonly Buffer[], gaps: readonly Gap[]) {
    this.#key = key;
    this.#parts = parts;
    this.#gaps = gaps;
  }

  /**
   * From a frame that said the string under this key of its data, and nothing else. undefined where it cannot be told from
   * the bytes alone which string that is.
   */
  static of(frame: Buffer, key: string): RepeatedFrame | undefined {
    const latest = RepeatedFrame.#latest;
    if (latest !== undefined && latest.#key === key && latest.endOf(frame, 0) >= 0) return latest;
    const raw = frame.toString('latin1');
    const name = `"${key}"`;
    const from = stringAfter(raw, name);
    const to = from < 0 ? -1 : new RepeatedFrame(key, [], []).#afterText(frame, from);
    if (to < 0) return undefined;
    const [head, tail] = [raw.slice(0, from), raw.slice(to)];
    // Named twice, it might be the other one that was read.
    if (tail.includes(name) || !oneEvent.test(head + tail)) return undefined;
    const parts: Buffer[] = [];
    const gaps: Gap[] = [];
    const cut = (spelt: string): void => {
      let at = 0;
      for (const found of spelt.matchAll(unread)) {
        parts.push(Buffer.from(spelt.slice(at, found.index), 'latin1'));
        gaps.push(found[1] !== undefined ? 'number' : found[2] !== undefined ? 'filling' : 'spaces');
        at = found.index + found[0].length;
      }
      parts.push(Buffer.from(spelt.slice(at), 'latin1'));
    };
    cut(head);
    gaps.push('text');
    cut(tail);
    RepeatedFrame.#latest = new RepeatedFrame(key, parts, gaps);
    return RepeatedFrame.#latest;
  }

  /** Where such a frame ends that begins here; -1 where none does, or not all of it is here. */
  endOf(bytes: Buffer, begin: number): number {
    let at = begin;
    for (let place = 0; place < this.#parts.length; place++) {
      const part = this.#parts[place] as Buffer;
      if (at + part.length > bytes.length) return -1;
      for (let n = 0; n < part.length; n++) if (bytes[at + n] !== part[n]) return -1;
      at += part.length;
      const gap = this.#gaps[place];
      if (gap !== undefined) at = this.#after(gap, bytes, at);
      if (at < 0) return -1;
    }
    return at;
  }

  /** What the frame says whose end was found last; undefined where it is no text. */
  text(bytes: Buffer): string | undefined {
    const written = bytes.toString(this.#isAscii ? 'latin1' : 'utf8', this.#from, this.#to);
    if (!this.#isEscaped) return written;
    const read = jsonOrUndefined(`"${written}"`);
    return typeof read === 'string' ? read : undefined;
  }

  #after(gap: Gap, bytes: Buffer, begin: number): number {
    let at = begin;
    switch (gap) {
      case 'text':
        return this.#afterText(bytes, begin);
      case 'spaces':
        while (bytes[at] === SPACE) at++;
        return at;
      case 'number':
        if (bytes[at] === ZERO) return at + 1;
        while (isDigit(bytes[at])) at++;
        return at === begin ? -1 : at;
      case 'filling':
        while (isPlain(bytes[at])) at++;
        return at;
      default:
        return gap satisfies never;
    }
  }

  /** The end of a string that is not empty. */
  #afterText(bytes: Buffer, begin: number): number {
    let isAscii = true;
    let isEscaped = false;
    let at = begin;
    for (; bytes[at] !== QUOTE; at++) {
      const byte = bytes[at];
      if (byte === undefined || byte < SPACE) return -1;
      if (byte === BACKSLASH) {
        isEscaped = true;
        at++;
      } else if (byte > 0x7f) isAscii = false;
    }
    if (at === begin) return -1;
    this.#from = begin;
    this.#to = at;
    this.#isAscii = isAscii;
    this.#isEscaped = isEscaped;
    return at;
  }
}

/** Where the string under this key begins, -1 where there is none. */
function stringAfter(raw: string, name: string): number {
  const named = raw.indexOf(name);
  if (named < 0) return -1;
  const at = named + name.length;
  return raw.startsWith(':"', at) ? at + 2 : raw.startsWith(': "', at) ? at + 3 : -1;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isPlain(byte: number | undefined): boolean {
  return byte !== undefined && byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH;
}
