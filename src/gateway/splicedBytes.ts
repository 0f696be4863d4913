import type { Splice } from '../chat/rewrite.ts';

/** Bytes of a text with these changes. @param bytes one for each character, so that places in the one are those in the other */
export function splicedBytes(bytes: Uint8Array, splices: readonly Splice[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const { from, to, text } of splices) {
    pieces.push(bytes.subarray(at, from), Buffer.from(text));
    at = to;
  }
  return Buffer.concat([...pieces, bytes.subarray(at)]);
}
