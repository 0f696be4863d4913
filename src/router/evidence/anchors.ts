/** Letters of a piece of each text by which it is looked for. */
export const anchorLength = 8;
/** Texts that may share one anchor; what is written like so many others cannot be told from them quickly. */
const mostSharing = 64;

const factor = 0x01000193;
/** What the first letter of a piece weighs in its hash. */
const leading = Array.from({ length: anchorLength - 1 }).reduce<number>((power) => Math.imul(power, factor), 1);
/** Bits of a hash that a quick look asks for. */
const quickBits = 20;

interface Anchored {
  readonly text: string;
  /** Where its anchor begins. */
  readonly offset: number;
}

/** Texts that are looked for, all at once, in other texts. */
export interface Anchors {
  readonly quick: Uint8Array;
  readonly byHash: ReadonlyMap<number, readonly Anchored[]>;
}

const quickOf = (hash: number): number => (hash ^ (hash >>> 12)) & ((1 << quickBits) - 1);

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
  const counts = new Uint16Array(1 << quickBits);
  for (const text of all) {
    eachHash(text, (hash) => {
      const slot = quickOf(hash);
      counts[slot] = Math.min((counts[slot] ?? 0) + 1, 0xffff);
    });
  }
  const quick = new Uint8Array(1 << quickBits);
  const byHash = new Map<number, Anchored[]>();
  for (const text of all) {
    let best: { readonly hash: number; readonly offset: number } | undefined;
    let least = Number.POSITIVE_INFINITY;
    eachHash(text, (hash, offset) => {
      const count = counts[quickOf(hash)] ?? 0;
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
    quick[quickOf(best.hash)] = 1;
  }
  return { quick, byHash };
}

/** Tells each place where one of the texts stands. Linear in the length of `text`. */
export function findAnchored(
  text: string,
  { quick, byHash }: Anchors,
  found: (text: string, from: number) => void,
): void {
  // As `eachHash` goes, without a call for each letter, which takes longer than its hash.
  let hash = 0;
  for (let next = 0; next < text.length; next += 1) {
    hash = (Math.imul(hash, factor) + text.charCodeAt(next)) | 0;
    const at = next - anchorLength + 1;
    if (at < 0) continue;
    if (quick[quickOf(hash)] !== 0) {
      for (const { text: sought, offset } of byHash.get(hash) ?? []) {
        if (at >= offset && text.startsWith(sought, at - offset)) found(sought, at - offset);
      }
    }
    hash = (hash - Math.imul(leading, text.charCodeAt(at))) | 0;
  }
}
