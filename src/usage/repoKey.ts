import { join } from 'node:path';
import { keyedHash } from './keyedHash.ts';
import { secretIn } from './secretFile.ts';

/**
 * The random key of this machine's user, made on first use. It never leaves the state folder.
 * @throws when it can neither be read nor made.
 */
export function machineKey(folder: string): Buffer {
  return secretIn(join(folder, 'machine-key'));
}

/** A name for a repository that does not tell where it is: a keyed hash of its root, 24 characters. */
export function repoKey(key: Buffer, root: string): string {
  return keyedHash(key, `repository\n${root}`).slice(0, 24);
}

/** A name for a file of a repository that does not tell where it is: a keyed hash of its path from the root, 24 characters. */
export function fileKey(key: Buffer, root: string, path: string): string {
  return keyedHash(key, `file\n${root}\n${path}`).slice(0, 24);
}
