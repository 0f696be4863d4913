const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const LONGEST_END = 4;
const NOTHING = new Uint8Array();

/**
 * Holds back the end of a stream of server-sent events until its event is whole, so that after a cut something can still be
 * said: half an event would swallow what follows. Nothing is delayed that a client could already have read.
 */
export class WholeFrames {
  #held: Uint8Array[] = [];

  /** What of all that came can go on. */
  take(bytes: Uint8Array): Uint8Array {
    // So nearly all of a stream comes.
    if (this.#held.length === 0 && endsWithEvent(bytes)) return bytes;
    const tail = this.#tail();
    const joint =
      tail.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([tail, bytes]);
    const end = endOfLast(joint) - tail.length;
    if (end <= 0) {
      this.#held.push(bytes);
      return NOTHING;
    }
    const whole =
      this.#held.length === 0 ? bytes.subarray(0, end) : Buffer.concat([...this.#held, bytes.subarray(0, end)]);
    this.#held = end < bytes.length ? [bytes.subarray(end)] : [];
    return whole;
  }

  /** What is left when the stream has ended as it should. */
  rest(): Uint8Array {
    return this.#held.length === 0 ? NOTHING : Buffer.concat(this.#held.splice(0));
  }

  /** The last bytes that are held, as far as the end of an event may have begun in them. */
  #tail(): Uint8Array {
    const last = this.#held.at(-1);
    if (last === undefined) return NOTHING;
    const needed = LONGEST_END - 1;
    return last.length >= needed ? last.subarray(-needed) : Buffer.concat(this.#held.slice(-needed)).subarray(-needed);
  }
}

function endsWithEvent(bytes: Uint8Array): boolean {
  const last = bytes.length - 1;
  return (
    bytes[last] === LINE_FEED &&
    (bytes[last - 1] === LINE_FEED || (bytes[last - 1] === CARRIAGE_RETURN && bytes[last - 2] === LINE_FEED))
  );
}

/** The index behind the last empty line, 0 where there is none. */
function endOfLast(bytes: Buffer): number {
  for (let at = bytes.lastIndexOf(LINE_FEED); at > 0; at = bytes.lastIndexOf(LINE_FEED, at - 1)) {
    const before = bytes[at - 1] === CARRIAGE_RETURN ? at - 2 : at - 1;
    if (before >= 0 && bytes[before] === LINE_FEED) return at + 1;
  }
  return 0;
}
