/** Spellings are kept as UTF-16 units in one pool: a slice of a source file would keep that whole file in memory. */
const INITIAL_WORDS = 1 << 12;
const INITIAL_POOL = 1 << 15;
const LINE_END = '\n';

/**
 * The distinct spellings seen so far, each with a small number.
 *
 * The line end is word 0. A spelling keeps its number for the lexicon's lifetime. Lone surrogates survive: units are stored, not characters.
 */
export class Lexicon {
  #pool = new Uint16Array(INITIAL_POOL);
  #poolLength = 0;
  /** `#starts[w]` to `#starts[w + 1]` is the spelling of word `w`. */
  #starts = new Uint32Array(INITIAL_WORDS + 1);
  #hashes = new Int32Array(INITIAL_WORDS);
  /** Open addressing; a slot holds word + 1, and 0 is empty. */
  #slots = new Int32Array(INITIAL_WORDS * 2);
  #size = 0;

  constructor() {
    this.intern(LINE_END);
  }

  /** How many distinct spellings there are. */
  get size(): number {
    return this.#size;
  }

  /** Bytes held by the arrays. */
  get bytes(): number {
    return this.#pool.byteLength + this.#starts.byteLength + this.#hashes.byteLength + this.#slots.byteLength;
  }

  /** The number of the spelling `text[start, end)`, given one when it is new. */
  intern(text: string, start = 0, end = text.length): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let entry = this.#slots[slot] ?? 0; entry !== 0; entry = this.#slots[slot] ?? 0) {
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, text, start, end)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return this.#append(text, start, end, hash, slot);
  }

  /** The spelling of `word`. */
  text(word: number): string {
    const start = this.#starts[word] ?? 0;
    const end = this.#starts[word + 1] ?? start;
    return String.fromCharCode(...this.#pool.subarray(start, end));
  }

  /** The first UTF-16 unit of `word`. */
  firstUnit(word: number): number {
    return this.#pool[this.#starts[word] ?? 0] ?? 0;
  }

  /** Whether `word` begins with `start` and goes on after it. */
  continues(word: number, start: string): boolean {
    const at = this.#starts[word] ?? 0;
    if ((this.#starts[word + 1] ?? at) - at <= start.length) return false;
    for (let i = 0; i < start.length; i++) if (this.#pool[at + i] !== start.charCodeAt(i)) return false;
    return true;
  }

  #equals(word: number, text: string, start: number, end: number): boolean {
    const at = this.#starts[word] ?? 0;
    if ((this.#starts[word + 1] ?? at) - at !== end - start) return false;
    for (let i = start, p = at; i < end; i++, p++) if (this.#pool[p] !== text.charCodeAt(i)) return false;
    return true;
  }

  #append(text: string, start: number, end: number, hash: number, slot: number): number {
    const word = this.#size++;
    const after = this.#poolLength + end - start;
    if (after > this.#pool.length)
      this.#pool = grown(this.#pool, new Uint16Array(Math.max(after, this.#pool.length * 2)));
    for (let i = start, p = this.#poolLength; i < end; i++, p++) this.#pool[p] = text.charCodeAt(i);
    this.#poolLength = after;
    if (word + 1 >= this.#starts.length) {
      this.#starts = grown(this.#starts, new Uint32Array(this.#hashes.length * 2 + 1));
      this.#hashes = grown(this.#hashes, new Int32Array(this.#hashes.length * 2));
    }
    this.#starts[word + 1] = after;
    this.#hashes[word] = hash;
    this.#slots[slot] = word + 1;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return word;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let word = 0; word < this.#size; word++) {
      let slot = (this.#hashes[word] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = word + 1;
    }
    this.#slots = slots;
  }
}

function grown<T extends Uint16Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
