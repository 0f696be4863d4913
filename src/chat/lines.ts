import { StreamFault } from './fault.ts';

/** Text arriving in pieces, cut into lines. */
export interface LineSplitter {
  /** The lines that this piece completes, without their ends. Throws a malformed {@link StreamFault} for a line too long. */
  push(piece: Uint8Array | string): string[];
  /** What stands after the last line end; a line that is not ended. Call once, when there are no more pieces. */
  rest(): string;
  /** Characters of the line that is not ended yet. */
  waiting(): number;
}

export interface LineRules {
  /** The longest line accepted, in characters: a peer that never ends its line must not fill the memory. */
  readonly longestLine?: number;
  /** Lines may also end in CR alone, as in event streams. */
  readonly carriageReturnEnds?: boolean;
}

export const longestLineByDefault = 8_000_000;

export function tooLong(characters: number): string {
  return `The provider sent a line or event of more than ${characters.toLocaleString('en')} characters; the stream was given up.`;
}

/** UTF-8 may be split anywhere; a leading byte order mark is dropped; bytes that are not UTF-8 become U+FFFD. */
export function splitLines({
  longestLine = longestLineByDefault,
  carriageReturnEnds = false,
}: LineRules = {}): LineSplitter {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  // Pieces of the unfinished line are joined only when it ends: a long line in many pieces must not cost n².
  let held: string[] = [];
  let heldLength = 0;
  let afterCarriageReturn = false;
  let first = true;

  function hold(text: string): void {
    heldLength += text.length;
    if (heldLength > longestLine) {
      held = [];
      throw new StreamFault('malformed', tooLong(longestLine));
    }
    if (text !== '') held.push(text);
  }

  function take(): string {
    const line = held.join('');
    held = [];
    heldLength = 0;
    return line;
  }

  /** The line that ends with this text. */
  function ended(text: string): string {
    if (held.length === 0 && text.length <= longestLine) return text;
    hold(text);
    return take();
  }

  function cut(arrived: string): string[] {
    let text = arrived;
    if (text === '') return [];
    if (first) {
      first = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    // A CR that ended the last piece has ended its line already; the LF of the same pair ends nothing.
    if (afterCarriageReturn && text.startsWith('\n')) text = text.slice(1);
    afterCarriageReturn = carriageReturnEnds && arrived.endsWith('\r');
    const lines: string[] = [];
    let from = 0;
    // Each searched for by itself: an expression for both takes ten times as long.
    let feed = text.indexOf('\n');
    let back = carriageReturnEnds ? text.indexOf('\r') : -1;
    while (feed >= 0 || back >= 0) {
      if (back >= 0 && (feed < 0 || back < feed)) {
        lines.push(ended(text.slice(from, back)));
        from = feed === back + 1 ? feed + 1 : back + 1;
      } else {
        const isPair = !carriageReturnEnds && feed > from && text[feed - 1] === '\r';
        lines.push(ended(text.slice(from, isPair ? feed - 1 : feed)));
        from = feed + 1;
      }
      if (feed >= 0 && feed < from) feed = text.indexOf('\n', from);
      if (back >= 0 && back < from) back = text.indexOf('\r', from);
    }
    hold(text.slice(from));
    return lines;
  }

  return {
    push(piece) {
      return cut(typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }));
    },
    waiting: () => heldLength,
    rest() {
      const tail = decoder.decode();
      if (tail !== '') hold(tail);
      return take();
    },
  };
}
