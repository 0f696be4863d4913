/** Of an answer that is not streamed, in bytes. */
export const longestWhole = 32 * 1024 * 1024;
/** Of a stream with all that is around its words, in bytes: several times the longest that any model writes. */
export const longestStream = 256 * 1024 * 1024;

export function tooMuch(bytes: number): string {
  return `The provider sent more than ${bytes / 1024 / 1024} MB; it was given up.`;
}
