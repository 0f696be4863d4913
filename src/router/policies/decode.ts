/** UTF-8 without a byte order mark; undefined for what is no UTF-8. */
export function decodePolicy(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // the caller refuses the text and says so
  }
}
