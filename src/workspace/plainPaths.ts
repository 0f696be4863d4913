import { sep } from 'node:path';

/** What a path is not written with when it is as short as it can be: empty segments, and those that stay or lead up. */
const indirect = sep === '/' ? /\/\.{0,2}(?:\/|$)/ : /[\\/]\.{0,2}(?:[\\/]|$)|\//;

/**
 * Whether an absolute path certainly lies below a folder: most paths are written so that their texts tell, and the platform
 * takes as long to compare two of them as a look at the disk.
 */
export function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder) && path.charAt(folder.length) === sep && !indirect.test(path);
}
