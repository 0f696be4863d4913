/** Letters of a piece of each text by which it is looked for. */
export const anchorLength = 8;
/** Texts that may share one anchor; what is written like so many others cannot be told from them quickly. */
const mostSharing = 64;

const factor = 0x01000193;
/** What the first letter of a piece weighs in its hash. */
const leading = Array.from({ length: anchorLength - 1 }).reduce<number>((power) => Math.imul(power, factor), 1);
/** Bits of a hash by which it is told how rare a piece is. */
const countedBits = 20;
/** Letters at the end of a piece that tell how far the next one is. */
const endLength = 4;
/** How far it is at most: no piece can end sooner. */
const farthest = anchorLength - endLength + 1;
/** Bits of what is told of such an end: few, so that all of it stays close to the processor, and more where there are many pieces. */
const endBits = { least: 12, most: 20 } as const;
/** Ends of pieces that are told apart for each of them: the less often two are taken for one, the more is passed over. */
const endsForEach = 256;

interface Anchored {
  readonly text: string;
  /** Where its anchor begins. */
  readonly offset: number;
}

/** Texts that are looked for, all at once, in other texts. */
export interface Anchors {
  /** By the last letters of a piece of text: how far the next place is at which an anchor may end, from 0 where it may end here. */
  readonly ahead: Uint8Array;
  readonly byHash: ReadonlyMap<number, readonly Anchored[]>;
}

const countedOf = (hash: number): number => (hash ^ (hash >>> 12)) & ((1 << countedBits) - 1);

/** A hash of the letters up to one, of as many bits as `mask` has. */
function endAt(text: string, last: number, mask: number): number {
  const before = (text.charCodeAt(last - 3) * 0x5f1) ^ (text.charCodeAt(last - 2) * 0x12d);
  return (before ^ (text.charCodeAt(last - 1) * 0x1d) ^ text.charCodeAt(last)) & mask;
}

/** Each piece of a text by its hash, which is made of the one before it. */
function eachHash(text: string, visit: (hash: number, at: number) => void): void {
  if (text.length < anchorLength) return;
  let hash = 0;
  for (let at = 0; at < anchorLength; at += 1) hash = (Math.imul(hash, factor) + text.charCodeAt(at)) | 0;
  visit(hash, 0);
  for (let at = anchorLength; at < text.length; at += 1) {
    const without = (hash - Math.imul(leading, text.charCodeAt(at - anchorLength))) | 0;
    hash = (Math.imul(without, factor) + text.charCodeAt(at)) | 0;
    visit(hash, at - anchorLength + 1);
  }
}

/**
 * Prepares texts to be looked for by the rarest piece of each, so that what many of them begin with costs nothing.
 *
 * @param texts of at least {@link anchorLength} characters; shorter ones are never found
 */
export function anchorsOf(texts: Iterable<string>): Anchors {
  const all = [...texts];
  const counts = new Uint16Array(1 << countedBits);
  for (const text of all) {
    eachHash(text, (hash) => {
      const slot = countedOf(hash);
      counts[slot] = Math.min((counts[slot] ?? 0) + 1, 0xffff);
    });
  }
  const byHash = new Map<number, Anchored[]>();
  for (const text of all) {
    let best: { readonly hash: number; readonly offset: number } | undefined;
    let least = Number.POSITIVE_INFINITY;
    eachHash(text, (hash, offset) => {
      const count = counts[countedOf(hash)] ?? 0;
      if (count < least) {
        least = count;
        best = { hash, offset };
      }
    });
    if (best === undefined) continue;
    const sharing = byHash.get(best.hash) ?? [];
    if (sharing.length >= mostSharing) continue;
    sharing.push({ text, offset: best.offset });
    byHash.set(best.hash, sharing);
  }
  return { ahead: aheadOf(byHash), byHash };
}

function aheadOf(byHash: Anchors['byHash']): Anchors['ahead'] {
  const bits = Math.ceil(Math.log2(1 + byHash.size * endsForEach));
  const ahead = new Uint8Array(1 << Math.min(Math.max(bits, endBits.least), endBits.most)).fill(farthest);
  const mask = ahead.length - 1;
  for (const sharing of byHash.values()) {
    for (const { text, offset } of sharing) {
      for (let far = 0; far < farthest; far += 1) {
        const last = offset + anchorLength - 1 - far;
        const end = endAt(text, last, mask);
        ahead[end] = Math.min(ahead[end] ?? farthest, far);
      }
    }
  }
  return ahead;
}

/**
 * Tells each place where one of the texts stands. What cannot be the end of an anchor is passed over, mostly several letters
 * at a time (S. Wu and U. Manber, "A fast algorithm for multi-pattern searching", 1994). Linear in the length of `text`.
 */
export function findAnchored(
  text: string,
  { ahead, byHash }: Anchors,
  found: (text: string, from: number) => void,
): void {
  const mask = ahead.length - 1;
  let last = anchorLength - 1;
  while (last < text.length) {
    const far = ahead[endAt(text, last, mask)] ?? 0;
    if (far === 0) {
      const at = last - anchorLength + 1;
      for (const { text: sought, offset } of byHash.get(hashAt(text, at)) ?? NONE) {
        if (at >= offset && text.startsWith(sought, at - offset)) found(sought, at - offset);
      }
    }
    last += far || 1;
  }
}

const NONE: readonly Anchored[] = [];

/** As `eachHash` gives it. */
function hashAt(text: string, from: number): number {
  let hash = 0;
  for (let at = from; at < from + anchorLength; at += 1) hash = (Math.imul(hash, factor) + text.charCodeAt(at)) | 0;
  return hash;
}
