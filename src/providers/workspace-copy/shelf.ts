import { NO_TOKEN, wordOf } from './token.ts';

/** How many words before a position its chains are keyed by, longest first. */
export const ORDERS: readonly number[] = [6, 2];

const NONE = -1;
const INITIAL_CAPACITY = 1 << 12;

/** The words before a cursor, the nearest last: `words[length - 1]`. */
export interface Context {
  readonly words: Int32Array;
  readonly length: number;
}

interface Chain {
  readonly order: number;
  /** By hash of the words before: the latest position, or NONE. */
  heads: Int32Array;
  /** By position: the position before it with the same hash, or NONE. */
  previous: Int32Array;
}

/**
 * Tokens one after another, and for each order the chain of positions whose preceding words hash alike.
 *
 * A position is on a chain once its own token is known, so every position found has a continuation.
 * Chains run from the latest position to the earliest; hashes may collide, so a reader compares the words.
 */
export class Shelf {
  tokens = new Int32Array(INITIAL_CAPACITY);
  length = 0;
  readonly #chains: readonly Chain[] = ORDERS.map((order) => ({
    order,
    heads: new Int32Array(INITIAL_CAPACITY / 2).fill(NONE),
    previous: new Int32Array(INITIAL_CAPACITY),
  }));

  /** Bytes held by the arrays. */
  get bytes(): number {
    return this.#chains.reduce((sum, c) => sum + c.heads.byteLength + c.previous.byteLength, this.tokens.byteLength);
  }

  push(token: number): void {
    if (this.length === this.tokens.length) this.#grow();
    this.tokens[this.length] = token;
    this.#link(this.length++);
  }

  pushAll(tokens: Int32Array): void {
    while (this.length + tokens.length > this.tokens.length) this.#grow();
    for (const token of tokens) this.push(token);
  }

  /** Takes back what was pushed last. Nothing before `length` may have been erased. */
  truncate(length: number): void {
    for (let at = this.length - 1; at >= length; at--) {
      for (const chain of this.#chains) {
        const slot = this.#slot(chain, at);
        if (slot !== NONE) chain.heads[slot] = chain.previous[at] ?? NONE;
      }
    }
    this.length = length;
  }

  /** Makes the tokens from `start` to `end` match nothing. Their room is not given back. */
  erase(start: number, end: number): void {
    this.tokens.fill(NO_TOKEN, start, end);
  }

  /** The latest position that may follow `context`, by the chains of `ORDERS[order]`; negative when there is none. */
  first(order: number, context: Context): number {
    const chain = this.#chains[order];
    if (chain === undefined || context.length < chain.order) return NONE;
    let hash = 0;
    for (let i = context.length - chain.order; i < context.length; i++) hash = mix(hash, context.words[i] ?? 0);
    return chain.heads[finish(hash, chain.heads.length)] ?? NONE;
  }

  /** The position after `position` on the same chain; negative at its end. */
  next(order: number, position: number): number {
    return this.#chains[order]?.previous[position] ?? NONE;
  }

  /** How many words before `position`, at most `limit`, are those of `context`. */
  matchLength(position: number, context: Context, limit: number): number {
    return this.#agreeing(position - 1, context, context.length - 1, limit);
  }

  /**
   * How many words agree beyond one that differs, `matched` words before `position`.
   * Code that was written by copying differs by a name here and there.
   */
  matchBeyond(position: number, context: Context, matched: number, limit: number): number {
    return this.#agreeing(position - 2 - matched, context, context.length - 2 - matched, limit);
  }

  /** How many words agree going back from `at` here and from `from` in `context`. */
  #agreeing(at: number, context: Context, from: number, limit: number): number {
    const { words } = context;
    const tokens = this.tokens;
    const most = Math.min(limit, from + 1, at + 1);
    let agreed = 0;
    while (agreed < most && wordOf(tokens[at - agreed] ?? NO_TOKEN) === words[from - agreed]) agreed++;
    return agreed;
  }

  #link(at: number): void {
    for (const chain of this.#chains) {
      const slot = this.#slot(chain, at);
      if (slot === NONE) {
        chain.previous[at] = NONE;
      } else {
        chain.previous[at] = chain.heads[slot] ?? NONE;
        chain.heads[slot] = at;
      }
    }
  }

  #slot(chain: Chain, at: number): number {
    if (at < chain.order || (this.tokens[at] ?? NO_TOKEN) < 0) return NONE;
    let hash = 0;
    for (let i = at - chain.order; i < at; i++) {
      const token = this.tokens[i] ?? NO_TOKEN;
      if (token < 0) return NONE;
      hash = mix(hash, wordOf(token));
    }
    return finish(hash, chain.heads.length);
  }

  #grow(): void {
    const capacity = this.tokens.length * 2;
    const tokens = new Int32Array(capacity);
    tokens.set(this.tokens);
    this.tokens = tokens;
    for (const chain of this.#chains) {
      chain.heads = new Int32Array(capacity / 2).fill(NONE);
      chain.previous = new Int32Array(capacity);
    }
    for (let at = 0; at < this.length; at++) this.#link(at);
  }
}

function mix(hash: number, word: number): number {
  return Math.imul(hash ^ word, 0x9e3779b1) ^ (hash >>> 13);
}

/** Down to a slot of a table whose size is a power of two. */
function finish(hash: number, slots: number): number {
  return (Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 8) & (slots - 1);
}
